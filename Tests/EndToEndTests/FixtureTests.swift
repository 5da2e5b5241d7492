import Testing

extension EndToEnd {
    /// The stories' own scaffold, without a host.
    @Suite("The fixture of the stories")
    struct FixtureTests {
        private struct Broken: Error, Equatable {}

        /// testhost refuses the name, whatever it is asked for.
        private let stuck = Fixture(harness: Harness(prefix: "NOT-A-NAME"))

        @Test("A story's failure is not hidden by hosts that cannot be taken down")
        func storyFirst() async throws {
            await #expect(throws: Broken.self) { try await Fixture.run(stuck) { _ in throw Broken() } }
        }

        @Test("Hosts that cannot be taken down fail the story that left them")
        func teardownCounts() async throws {
            await #expect(throws: HostError.self) { try await Fixture.run(stuck) { _ in } }
        }

        @Test("The names of hosts tell their process, and are short enough", arguments: [1, 28, 4_194_304])
        func prefix(process: Int32) throws {
            for story in [1, 28, 99_999] {
                let prefix = Fixture.prefix(process: process, story: story)
                #expect(prefix.utf8.count <= 12)
                let end = try #require(prefix.lastIndex(of: "s"))
                #expect(Int32(prefix[..<end].dropFirst(), radix: 36) == process)
            }
        }
    }
}
