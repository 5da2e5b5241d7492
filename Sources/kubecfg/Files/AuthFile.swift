import APIClient
import ClusterModel
import Wire

/// The file with what a person shows an https server: `{"User":"…","Password":"…"}`, and optionally `BearerToken`, `CAFile`,
/// `CertFile`, `KeyFile`, `Insecure`.
struct AuthFile {
    var name: String
    var files: Files

    /// Fills what `credentials` leaves open. A missing file is asked for at the console and written, unless a certificate is
    /// shown already. Throws for a file that is none, and when nobody answers.
    func complete(_ credentials: APICredentials, console: any Console) throws(Fatal) -> APICredentials {
        let object: JSONObject
        do {
            guard case .object(let found) = try JSONText.parse(try files.read(name)) else {
                throw Fatal("Error loading auth: \(name) is no JSON object")
            }
            object = found
        } catch let failure as Files.Failure where failure.isMissing {
            if !credentials.certificateFile.isEmpty { return credentials }
            object = try ask(console)
        } catch {
            throw error as? Fatal ?? Fatal("Error loading auth: \(error)")
        }
        var complete = credentials
        complete.user = object.string("User")
        complete.password = object.string("Password")
        complete.bearerToken = object.string("BearerToken")
        if complete.authorityFile.isEmpty { complete.authorityFile = object.string("CAFile") }
        if complete.certificateFile.isEmpty { complete.certificateFile = object.string("CertFile") }
        if complete.keyFile.isEmpty { complete.keyFile = object.string("KeyFile") }
        if object["Insecure"] == true { complete.acceptsAnyCertificate = true }
        return complete
    }

    private func ask(_ console: any Console) throws(Fatal) -> JSONObject {
        guard let user = console.ask("Please enter Username:", isSecret: false),
            let password = console.ask("Please enter Password:", isSecret: true)
        else { throw Fatal("Error loading auth: \(name) is missing, and nobody is there to ask") }
        let object: JSONObject = ["User": .string(user), "Password": .string(password)]
        do {
            try files.write(name, Array(object.text.utf8))
        } catch {
            throw Fatal("Error saving auth: \(error)")
        }
        return object
    }
}
