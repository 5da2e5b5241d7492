import Glibc

/// The two inotify watches that follow one folder through its life: one on the folder, if it is there, and one on the
/// nearest folder above it that is. Not safe for two threads.
struct FolderWatches: ~Copyable {
    /// What changes the content of a folder, or takes the folder away (inotify(7)).
    private static let contentEvents = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
    /// What makes, replaces or removes a name in a folder, or the folder. All of them are content events too: where the
    /// path leads back to the folder above, both have one watch, with the events that were asked for last.
    private static let nameEvents = UInt32(
        IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
    /// The watch itself has ended.
    private static let selfEvents = UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)
    /// Arming is repeated while folders on the path come and go meanwhile; somebody who does that more often is waited for.
    private static let attempts = 100
    /// Room for at least 16 events with the longest name.
    private static let bufferSize = 16 * (MemoryLayout<inotify_event>.size + 256)

    /// Non-blocking; readable when `takeEvents` has something to do.
    let descriptor: Int32
    private let path: String
    private var folder: Int32?
    /// The folder above, and the name in it that leads to ours.
    private var anchor: (watch: Int32, name: String)?

    init(path: String) throws(FileError) {
        self.path = path
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw Self.failure(path) }
        try arm()
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable for good: the end of a watch is an event too. Nothing is watched properly after this.
    func wakeReader() {
        if let anchor { inotify_rm_watch(descriptor, anchor.watch) }
    }

    /// Reads all waiting events and follows the folder where they say it went. True if its content may have changed.
    mutating func takeEvents() throws(FileError) -> Bool {
        var isHint = false
        var isLost = false
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
            var offset = 0
            while offset < count {
                let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self) }
                let start = offset + MemoryLayout<inotify_event>.size
                offset = start + Int(event.len)
                let name = String(decoding: buffer[start..<offset].prefix { $0 != 0 }, as: UTF8.self)
                let isSelf = event.mask & Self.selfEvents != 0
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    isHint = true
                    isLost = true
                }
                if event.wd == folder {
                    isHint = true
                    // Unmounted, for one: the folder above hears nothing of that.
                    isLost = isLost || isSelf
                }
                if let anchor, event.wd == anchor.watch, isSelf || name == anchor.name { isLost = true }
            }
        }
        if isLost {
            let before = folder
            try arm()
            isHint = isHint || folder != before
        }
        return isHint
    }

    /// Watches the folder, if it is there, and the nearest one above; from the top again if that changed while it looked.
    private mutating func arm() throws(FileError) {
        let before = [folder, anchor?.watch]
        for _ in 0..<Self.attempts {
            let (watch, name, next) = try watchNearestAbove()
            anchor = (watch, name)
            folder = try watchFolder(path, Self.contentEvents)
            if folder != nil || !isFolder(next) { break }
        }
        // A watch that is gone already is refused; nothing else can be.
        for case let old? in before where old != folder && old != anchor?.watch { inotify_rm_watch(descriptor, old) }
    }

    private func watchNearestAbove() throws(FileError) -> (watch: Int32, name: String, next: String) {
        var next = path
        while let slash = next.lastIndex(of: "/") {
            let above = slash == next.startIndex ? "/" : String(next[..<slash])
            if let watch = try watchFolder(above, Self.nameEvents) {
                return (watch, String(next[next.index(after: slash)...]), next)
            }
            guard above != "/" else { break }
            next = above
        }
        throw FileError(.unsuitable, path, "watch \(path): not an absolute path")
    }

    /// `nil` if there is no such folder.
    private func watchFolder(_ path: String, _ events: UInt32) throws(FileError) -> Int32? {
        let watch = inotify_add_watch(descriptor, path, events | UInt32(IN_ONLYDIR))
        guard watch < 0 else { return watch }
        guard errno == ENOENT || errno == ENOTDIR else { throw Self.failure(path) }
        return nil
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// From `errno`; the two limits of inotify(7) do not say in their own words what they are.
    private static func failure(_ path: String) -> FileError {
        switch errno {
        case ENOSPC:
            FileError(.noSpace, path, "watch \(path): fs.inotify.max_user_watches is used up; raise it with sysctl")
        case EMFILE:
            FileError(
                .noSpace, path, "watch \(path): fs.inotify.max_user_instances or LimitNOFILE= of the unit is used up")
        default: FileError("watch", path, errno: errno)
        }
    }
}
