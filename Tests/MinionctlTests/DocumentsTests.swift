import ClusterModel
import Testing

@testable import minionctl

@Suite struct DocumentsTests {
    @Test(arguments: [
        (#"{"id":"a"}"#, ["a"]), ("{\"id\":\"a\"}\n{\"id\":\"b\"}", ["a", "b"]),
        (#"{"id":"a"}{"id":"b"}"#, ["a", "b"]),
        ("id: a\n---\nid: b\n", ["a", "b"]), ("# nothing\n---\nid: a\n---\n", ["a"]),
        ("{\"id\": \"a\", # a comment\n}", ["a"]), ("", []),
    ])
    func documents(_ text: String, _ names: [String]) throws {
        #expect(try Documents.parse(Array(text.utf8), "f").map { $0["id"].cell } == names)
    }

    @Test func whatCannotBeReadIsSaidWithItsPlace() {
        let failure = #expect(throws: Failure.self) {
            try Documents.parse(Array("{\"id\": \"a\"\n \"b\"}".utf8), "f.json")
        }
        #expect(failure?.description.hasPrefix("f.json: ") == true)
        #expect(failure?.description.contains("line 2") == true)
    }

    @Test func listsAreOpened() {
        let list: JSONValue = ["kind": "PodList", "items": [["id": "a"], ["id": "b", "kind": "Pod"]]]
        let items = Documents.items(of: [list, ["kind": "Service", "id": "s"]])
        #expect(items.map(Documents.name) == ["pod/a", "pod/b", "service/s"])
    }
}
