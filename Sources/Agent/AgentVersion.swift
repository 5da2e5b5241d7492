/// The version of this build; the package's changelog and the wire's `ready` line say the same.
public enum AgentVersion {
    /// MAJOR.MINOR.PATCH.
    public static let text = "0.1.0"
    /// What the agent calls itself on the wire and in the journal.
    public static let program = "miniond \(text)"
}
