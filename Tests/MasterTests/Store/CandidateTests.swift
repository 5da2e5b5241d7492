import Testing

@testable import Master

@Suite("A candidate")
struct CandidateTests {
    @Test("names a master by its URL and the id of its process, and reads a key with a URL alone")
    func candidates() {
        let one = Candidate.new(url: "http://a:8080")
        let other = Candidate.new(url: "http://a:8080")
        #expect(one.id != other.id && one.id.utf8.count == 16)
        #expect(Candidate(one.value) == one)
        for (text, url) in [("http://a", "http://a"), ("{}", "{}"), (#"{"url":"http://a"}"#, #"{"url":"http://a"}"#)] {
            #expect(Candidate(Array(text.utf8)) == Candidate(url: url, id: ""))
        }
    }

    @Test("takes a master for a living one once its key is older than any without an owner")
    func namesakes() {
        var watch = NamesakeWatch(lease: 10)
        let looks: [(id: String, at: Int, lives: Bool)] = [
            ("a", 0, false), ("a", 19, false), ("a", 20, true), ("a", 25, true), ("b", 26, false), ("b", 45, false),
            ("b", 46, true), ("a", 47, false),
        ]
        for (id, at, lives) in looks { #expect(watch.lives(id, now: .seconds(at)) == lives, "\(id) at \(at)") }
    }
}
