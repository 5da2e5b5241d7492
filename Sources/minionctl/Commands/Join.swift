import APIClient
import ArgumentParser
import Wire

struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make this machine a node of a cluster, with a token of minion-master ca issue.",
        discussion: "The node's key is made here and stays here. The agent takes the certificate by itself.")

    @Option(help: "The master's secure port, https://HOST:8443.")
    var master: String
    @Option(help: "The token; it counts once.")
    var token: String
    @Option(help: "Fail unless the token is for this name.")
    var name: String?
    @Option(
        name: [.customLong("pki-dir"), .customLong("pki_dir")], help: "Where certificate and key are kept.",
        completion: .directory)
    var folder = PKIFolder.ofTheNode

    func run() async throws {
        guard let token = JoinToken(token) else {
            throw ValidationError("--token is no token of minion-master ca issue")
        }
        do {
            let client = try EnrolmentClient(try APIServer(master))
            let authority = try await client.authority()
            guard try token.isOf(authority: authority) else {
                throw Failure("\(master) is not the master this token is from: its authority is another one")
            }
            let key = NodeKey()
            let answer = try await client.join(try key.request(), token: token.text, authority: authority)
            guard let identity = ClusterIdentity(uri: answer.identity), try key.isOf(answer.certificate) else {
                throw Failure("the certificate that came back is not for this machine's key")
            }
            if let name, name != identity.name {
                throw Failure("the token was for \(identity), not for \(name); it is used up now")
            }
            let pki = PKIFolder(path: folder)
            try pki.write(certificate: answer.certificate, key: key, authority: authority, master: master)
            print("joined       as \(try pki.credentials().summary)")
            print("kept         \(pki.node), \(pki.authority)")
            if identity.role == .node {
                print("next         the agent serves port 10250 over TLS now; on the master: kubecfg list minions")
            }
        } catch let error as APIError {
            throw Failure("\(error)")
        }
    }
}
