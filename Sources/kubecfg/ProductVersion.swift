import ClusterModel

/// What a server or a client says it is.
struct ProductVersion: Equatable {
    var major: String
    var minor: String
    var gitVersion: String
    var gitCommit: String
    var gitTreeState: String

    /// The version whose behaviour kubecfg has, as the recorded one told it: scripts compare it with the server's.
    static let own = ProductVersion(
        major: "0", minor: "4+", gitVersion: "v0.4-dev", gitCommit: "", gitTreeState: "not a git tree")

    /// In words, or every field.
    func text(_ flag: Options.VersionFlag) -> String {
        guard flag == .raw else { return "Kubernetes \(gitVersion)" }
        let fields = [
            ("Major", major), ("Minor", minor), ("GitVersion", gitVersion), ("GitCommit", gitCommit),
            ("GitTreeState", gitTreeState),
        ]
        return "version.Info{" + fields.map { "\($0.0):\"\($0.1)\"" }.joined(separator: ", ") + "}"
    }
}

extension ProductVersion {
    /// What the answer of `/version` says.
    init(_ answer: JSONObject) {
        self.init(
            major: answer.string("major"), minor: answer.string("minor"), gitVersion: answer.string("gitVersion"),
            gitCommit: answer.string("gitCommit"), gitTreeState: answer.string("gitTreeState"))
    }
}
