import ClusterModel
import Machine
import Wire

/// Where a node's certificate, its key and the authority lie. Certificate and key are one file unless somebody wants two: so
/// no crash between two writes can leave the key of one certificate with another.
public struct TLSFiles: Sendable, Equatable {
    /// Largest file, in bytes: a chain of a few certificates.
    static let limit = 64 * 1_024

    /// PEM file of the certificate.
    public var certificate: String
    /// PEM file of the key.
    public var key: String
    /// PEM file of the authority.
    public var authority: String

    /// The texts of the files as they were read together.
    struct Contents: Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
        var authority: [UInt8]
    }

    /// The contents; `nil` when there is no certificate, and so no wish for TLS.
    /// - Throws: `FileError` when there is one and a file cannot be read.
    func read() throws(FileError) -> Contents? {
        guard let certificate = try AtomicFile.read(certificate, limit: Self.limit) else { return nil }
        return Contents(
            certificate: certificate, key: try AtomicFile.read(key, limit: Self.limit) ?? [],
            authority: try AtomicFile.read(authority, limit: Self.limit) ?? [])
    }

    /// What `--check` says: whose certificate it is and until when; `nil` where there is none.
    /// - Throws: `FileError`; `WireError` when files do not fit together, or when the authority has not made the
    ///   certificate, or when it is not valid now.
    public func check() async throws -> String? {
        guard let contents = try read() else { return nil }
        let credentials = try TLSCredentials(contents)
        try await credentials.check()
        return credentials.summary
    }
}

extension TLSCredentials {
    /// The credentials of a node. Throws `certificateInvalid`, also for the certificate of somebody who is no node.
    convenience init(_ contents: TLSFiles.Contents) throws(WireError) {
        try self.init(certificate: contents.certificate, key: contents.key, authority: contents.authority)
        guard identity.role == .node else {
            throw WireError(.certificateInvalid, "the certificate is of \(identity), which is no node")
        }
    }

    /// What is to be said of a certificate that seems to be another node's; `nil` where it fits. The agent cannot know for
    /// certain: a master may know the node by an address, or by the long or short form of the name.
    func mismatch(with nodeName: String) -> String? {
        let name = identity.name
        let isOtherForm = name.hasPrefix("\(nodeName).") || nodeName.hasPrefix("\(name).")
        guard name != nodeName, !isOtherForm, IPv4Address(name) == nil else { return nil }
        return
            "the certificate is of \(identity), but this node is called \(nodeName): a master that knows it by that name "
            + "refuses the certificate"
    }
}
