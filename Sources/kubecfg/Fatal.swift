/// What ends kubecfg: words and an exit status.
struct Fatal: Error, Equatable {
    /// The status of everything that failed, as recorded.
    static let failureStatus: Int32 = 255
    /// The status of flags that are wrong.
    static let usageStatus: Int32 = 2

    /// The status of what could not be learnt of a server's version, or is another.
    static let versionStatus: Int32 = 1

    /// Printed with a line feed.
    var message: String
    var status: Int32

    /// Whether the words go to standard output: the original wrote what concerns versions there.
    var isForOutput: Bool { status == Self.versionStatus }

    /// A failure.
    init(_ message: String, status: Int32 = Fatal.failureStatus) {
        self.message = message
        self.status = status
    }
}
