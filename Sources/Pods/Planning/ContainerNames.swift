import ClusterModel

/// Names on the engine and in the file system. Both are made of what a pusher wrote, so both are bounded and of a safe
/// character set whatever that was.
enum ContainerNames {
    /// `minion_<container>_<pod>_<namespace>_<uid8>_<attempt>`: the same for the same instance, so that a container whose
    /// creation was not confirmed is met again and not made twice. `uid8` folds the owner in: two agents on one engine
    /// that run the same pod must not meet.
    static func container(_ labels: ContainerLabels, owner: String) -> String {
        let uid = FNV1a("\(owner)/\(labels.uid)").shortHex
        let pieces = [labels.container, labels.pod, labels.namespace].map { bounded($0, to: pieceLimit) }
        return "minion_" + pieces.joined(separator: "_") + "_\(uid)_\(labels.attempt)"
    }

    /// The folder of an incarnation's volumes below the pods folder. The pod's name is folded in: a uid comes from whoever
    /// pushes, and a copied manifest brings it along; two pods must not share a folder, least of all its removal.
    static func folder(of pod: PodIncarnation) -> String {
        let name = FNV1a("\(pod.key.namespace)/\(pod.key.name)").shortHex
        return "\(formerFolder(uid: pod.uid))-\(name)"
    }

    /// What that folder was called when it was named after the uid alone. A uid is free text; one that is not
    /// plainly a file name is replaced by its hash.
    static func formerFolder(uid: String) -> String {
        let isPlain = uid.utf8.allSatisfy(isNameByte) && uid.utf8.count <= folderLimit && !uid.hasPrefix(".")
        return isPlain && !uid.isEmpty ? uid : "uid-" + FNV1a(uid).hex
    }

    /// The pod's host name: its own name within what sethostname(2) takes, cut where a host name may end.
    static func hostname(_ pod: String) -> String {
        var name = String(pod.prefix(hostnameLimit))
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        return name
    }

    /// RFC 1123; the kernel takes 64.
    private static let hostnameLimit = 63
    /// Names stay readable in `docker ps`, and the whole far below any limit of the engine.
    private static let pieceLimit = 63
    /// A UUID has 36.
    private static let folderLimit = 64

    /// `text` in the engine's character set; cut pieces end in a hash of the whole so that they stay apart.
    private static func bounded(_ text: String, to limit: Int) -> String {
        let isPlain = text.utf8.allSatisfy(isNameByte) && text.utf8.count <= limit
        guard !isPlain else { return text }
        let hash = FNV1a(text).shortHex
        let safe = text.utf8.map { isNameByte($0) ? Character(Unicode.Scalar($0)) : "-" }
        return String(safe.prefix(limit - hash.count - 1)) + "-" + hash
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }
}
