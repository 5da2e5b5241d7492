import APIClient
import ArgumentParser
import Glibc
import Wire

struct Renew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Renew this node's certificate when half of its life is over.",
        discussion: "minion-renew.timer does it daily. Open connections go on; the next one sees the new certificate.")

    @Option(help: "The master's secure port; otherwise the one that was joined.")
    var master: String?
    @Flag(help: "Renew also when it is not due.")
    var force = false
    @Option(
        name: [.customLong("pki-dir"), .customLong("pki_dir")], help: "Where certificate and key are kept.",
        completion: .directory)
    var folder = PKIFolder.ofTheNode

    func run() async throws {
        let pki = PKIFolder(path: folder)
        let credentials = try pki.credentials()
        guard force || credentials.isDue(at: time(nil)) else {
            return print("not due      \(credentials.summary)")
        }
        do {
            let url = try master ?? pki.text(pki.master).split(separator: "\n").first.map(String.init) ?? ""
            let client = try EnrolmentClient(try APIServer(url))
            let (authority, key) = (try pki.text(pki.authority), NodeKey())
            let answer = try await client.renew(
                try key.request(), credentials: Array(try pki.text(pki.node).utf8), authority: authority)
            guard answer.identity == credentials.identity.uri, try key.isOf(answer.certificate) else {
                throw Failure("the certificate that came back is not for this machine's key")
            }
            try pki.write(certificate: answer.certificate, key: key, authority: authority, master: url)
            print("renewed      \(try pki.credentials().summary)")
        } catch let error as APIError {
            throw Failure("\(error)")
        }
    }
}
