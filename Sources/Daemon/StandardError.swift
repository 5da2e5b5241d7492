import SystemPackage

/// Where a daemon says why it does not start: before it logs, or instead.
public enum StandardError {
    /// Writes one line.
    public static func say(_ words: String) {
        // Nothing is left to tell anybody when standard error itself is gone.
        _ = try? FileDescriptor.standardError.writeAll(Array((words + "\n").utf8))
    }
}
