/// What ends kubecfg: words for standard error and an exit status.
struct Fatal: Error, Equatable {
    /// The status of everything that failed, as recorded.
    static let failureStatus: Int32 = 255
    /// The status of flags that are wrong.
    static let usageStatus: Int32 = 2

    /// Printed with a line feed.
    var message: String
    var status: Int32

    /// A failure.
    init(_ message: String, status: Int32 = Fatal.failureStatus) {
        self.message = message
        self.status = status
    }
}
