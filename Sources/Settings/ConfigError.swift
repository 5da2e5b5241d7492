/// Why a configuration cannot be used. Every problem is collected, so that one run of `--check` shows them all.
public struct ConfigError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong, and where.
    public struct Problem: Sendable, Equatable {
        /// `miniond.yaml:3:1`, `MINION_PORT`, `--port`.
        public let place: String
        /// What is wrong there, with the value.
        public let message: String

        /// A problem.
        public init(place: String, message: String) {
            self.place = place
            self.message = message
        }
    }

    /// What a daemon ends with: EX_CONFIG of sysexits.h, so that systemd shows `status=78/CONFIG`.
    public static let exitStatus: Int32 = 78

    /// Never empty, in the order found.
    public let problems: [Problem]

    /// An error of at least one problem.
    public init(problems: [Problem]) { self.problems = problems }

    /// One line per problem.
    public var description: String { problems.map { "\($0.place): \($0.message)" }.joined(separator: "\n") }
}
