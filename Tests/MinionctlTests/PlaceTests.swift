import APIClient
import ArgumentParser
import Glibc
import Testing

@testable import minionctl

/// Where a command goes. In processes of their own: the environment is one for all.
@Suite struct PlaceTests {
    @Test func theVariableStandsForTheFlagAndGivesWayToANode() async {
        await #expect(processExitsWith: .success) {
            setenv("MINION_MASTER", "http://10.0.0.1:8080/", 1)
            let arguments = [[], ["--master", "m2"], ["--socket", "/s"], ["--server", "n:1"]]
            let masters = try arguments.map { try PlaceOptions.parse($0).cluster()?.base }
            #expect(masters == ["http://10.0.0.1:8080", "http://m2", nil, nil])
            setenv("MINION_MASTER", "", 1)
            let none = try PlaceOptions.parse([]).cluster()
            #expect(none == nil)
        }
    }

    @Test(arguments: [
        ["--master", "http://m:8080", "--tls-dir", "/d"], ["--master", "ftp://x"],
        ["--master", "m", "--server", "n:1"], ["--master", "m", "--socket", "/s"],
    ])
    func whatCannotBeMeantIsRefused(_ arguments: [String]) throws {
        #expect(throws: (any Error).self) { try PlaceOptions.parse(arguments) }
    }

    @Test func aSecureMasterIsShownWhatIsInTheFolder() throws {
        let place = try PlaceOptions.parse(["--master", "https://m:8443", "--tls-dir", "/d"])
        let credentials = try place.credentials(for: try #require(try place.cluster()))
        #expect(credentials.certificateFile == "/d/node.pem" && credentials.keyFile == "/d/node.pem")
        #expect(credentials.authorityFile == "/d/ca.crt")
    }

    @Test(arguments: [
        ["get", "pods", "--watch", "--socket", "/s"], ["delete"], ["delete", "pod"], ["delete", "pod", "x", "-f", "y"],
        ["logs", "web", "--tail", "-1"], ["logs", "web", "--since", "yesterday"], ["explain"],
        ["explain", "minion", "x"],
        ["status", "--master", "m"], ["watch", "--master", "m"], ["get", "pods", "web", "-l", "a=b", "--master", "m"],
        ["apply", "-f", "x", "-n", "y", "--socket", "/s"],
    ])
    func whatIsNoCommandIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Minionctl.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        ["get", "pods", "-o", "wide", "--watch", "--master", "m"], ["delete", "pod", "x", "y"], ["delete", "-f", "x"],
        ["logs", "web", "-c", "c", "-f", "--tail", "0", "--since", "10m"], ["explain", "web"],
        ["explain", "svc", "web"],
        ["apply", "-f", "-", "-n", "y", "--master", "m"],
    ])
    func whatIsOneIsTaken(_ arguments: [String]) throws {
        _ = try Minionctl.parseAsRoot(arguments)
    }
}
