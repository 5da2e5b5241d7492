import APIClient
import ClusterModel
import Testing

@Suite("The API client")
struct APIClientTests {
    static let servers: [(String, String?)] = [
        ("localhost", "http://localhost"), ("localhost:8080", "http://localhost:8080"),
        ("http://h:1/", "http://h:1"), ("https://h/prefix//", "https://h/prefix"), ("", nil), ("http://", nil),
        ("ftp://h", nil), ("a b", nil), ("http://h?x", nil), ("http:///x", nil), (":8080", nil),
    ]

    @Test("addresses", arguments: servers)
    func address(text: String, base: String?) throws {
        if let base {
            #expect(try APIServer(text).base == base)
        } else {
            #expect { try APIServer(text) } throws: { ($0 as? APIError)?.code == .badAddress }
        }
    }

    @Test("a refusal is the server's Status")
    func refusal() async throws {
        try await FakeServer.with { server in
            try await APIClient.with(try APIServer(server.url)) { client in
                let error = await #expect(throws: APIError.self) {
                    try await client.get(.pods, "a/b", namespace: "default")
                }
                #expect(error?.code == .refused)
                #expect(error?.httpStatus == 404)
                #expect(error?.status?["status"] == "Failure")
            }
        }
    }

    @Test("an answer that is too long is not taken")
    func tooLong() async throws {
        try await FakeServer.with { server in
            var limits = APILimits()
            limits.answerLimit = 10
            try await APIClient.with(try APIServer(server.url), limits: limits) { client in
                let error = await #expect(throws: APIError.self) { try await client.list(.pods) }
                #expect(error?.code == .tooLarge)
            }
        }
    }

    @Test("an operation that never finishes is given up")
    func endless() async throws {
        let cluster = FakeCluster()
        await cluster.slowDown(questions: .max)
        try await FakeServer.with(cluster) { server in
            var limits = APILimits()
            limits.pollInterval = .zero
            limits.pollCount = 3
            try await APIClient.with(try APIServer(server.url), limits: limits) { client in
                let error = await #expect(throws: APIError.self) {
                    try await client.create(["id": "a"], in: .pods, namespace: "default")
                }
                #expect(error?.code == .timeout)
            }
            #expect(await cluster.received.count == 4)
        }
    }

    @Test("certificates that cannot be read are named")
    func certificates() async throws {
        var credentials = APICredentials()
        credentials.authorityFile = "/nowhere/ca.pem"
        let error = await #expect(throws: APIError.self) {
            try await APIClient.with(try APIServer("https://localhost"), credentials: credentials) { _ in }
        }
        #expect(error?.code == .badCertificate)
        #expect(error?.message.hasPrefix("/nowhere/ca.pem: ") == true)
    }
}
