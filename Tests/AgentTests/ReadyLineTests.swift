import ClusterModel
import Testing
import Wire

@Suite struct ReadyLineTests {
    @Test func anAgentNamesEveryKindItTakes() async throws {
        try await LinkFixture.run { link in
            let peer = try await LineClient.connect(unixPath: link.socket)
            var lines: [String] = []
            while lines.count < 2, let batch = await peer.nextBatch() {
                for case .line(_, let bytes) in batch { lines.append(String(decoding: bytes, as: UTF8.self)) }
            }
            await peer.close()
            #expect(lines.last?.hasSuffix(#""kinds":["Pod","Service","Endpoints","Minion"]}"#) == true)
        }
    }
}
