/// The version of this build; the package's changelog says the same.
public enum MasterVersion {
    /// MAJOR.MINOR.PATCH.
    public static let text = "0.1.0"
}
