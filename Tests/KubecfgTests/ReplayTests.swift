import NodeKit
import Testing

@testable import kubecfg

@Suite("The kubecfg of October 2014")
struct ReplayTests {
    /// One test, as each command finds what those before it left.
    @Test("every recorded command prints the same bytes and ends in the same status")
    func replay() async throws {
        let cluster = FakeCluster(revision: 39, lastPortal: 15)
        try await cluster.seed("services", RecordedStore.services)
        try await cluster.seed("pods", RecordedStore.pods)
        try await cluster.seed("minions", RecordedStore.minions)
        await cluster.refuse(
            "X", code: 422,
            #"service "X" is invalid: [id: invalid value 'X', port: invalid value '0', selector: required value 'map[]']"#
        )
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            try person.files.write("p.json", Array(RecordedCommand.podFile.utf8))
            try person.files.write("s.json", Array(RecordedCommand.serviceFile.utf8))
            for command in RecordedCommand.all {
                let outcome = await person.call(command.arguments, input: command.input)
                let expected = Person.Outcome(status: command.status, output: command.output, errors: command.errors)
                #expect(outcome == expected, "\(command.name)")
            }
        }
    }
}
