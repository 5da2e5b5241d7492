import ClusterModel
import Testing

@testable import Master

@Suite struct ObjectBodyTests {
    @Test(arguments: [
        #"{"id":"x","port":1}"#, "id: x\nport: 1\n", #"{"id":"x","port":1,}"#, "# a comment\n{id: x, port: 1}",
        "---\nid: x\nport: 1\n",
    ])
    func jsonAndYAMLAreTaken(_ text: String) throws {
        #expect(try ObjectBody.parse(Array(text.utf8)) == ["id": "x", "port": 1])
    }

    @Test(arguments: [
        ("", "empty input"), ("  \n# nothing\n", "empty input"), ("null", "empty input"),
        (
            "{",
            "couldn't get version/kind: YAML error: line 2: while parsing a flow node: did not find expected node content"
        ),
        ("a: 1\n---\nb: 2\n", "one object is wanted, the body holds 2"),
    ])
    func whatIsNoObjectIsRefusedInTheWordsOf2014(_ row: (text: String, message: String)) {
        #expect(throws: APIFailure.badRequest(row.message)) { try ObjectBody.parse(Array(row.text.utf8)) }
    }
}
