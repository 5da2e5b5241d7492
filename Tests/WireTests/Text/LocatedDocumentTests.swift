import Testing
import Wire

@Suite("Places in a YAML document")
struct LocatedDocumentTests {
    static let text = """
        # a pod
        kind: Pod
        desiredState:
          manifest:
            containers:
              - name: a
                image: i
              - name: b
                ports:
                - {containerPort: 80, hostPort: 9}
        labels: {a.b: c}
        shared: &s
          x: 1
        again: *s
        """

    static let places: [(String, Int, Int)] = [
        ("", 2, 1),
        ("kind", 2, 1),
        ("desiredState", 3, 1),
        ("desiredState.manifest.containers", 5, 5),
        ("desiredState.manifest.containers[0]", 6, 9),
        ("desiredState.manifest.containers[1].name", 8, 9),
        ("desiredState.manifest.containers[1].ports[0].hostPort", 10, 31),
        ("desiredState.manifest.containers[1].image", 8, 9),
        ("desiredState.manifest.containers[7].image", 5, 5),
        ("desiredState.manifest.containers[x]", 5, 5),
        ("labels.a.b", 11, 1),
        ("nothing", 2, 1),
        ("shared.x", 13, 3),
        ("again", 14, 1),
        ("again.x", 13, 3),
        ("kind[0].x", 2, 1),
        ("..[[", 2, 1),
    ]

    @Test("are those of the field or of the nearest around it", arguments: places)
    func place(field: String, line: Int, column: Int) throws {
        let document = try #require(try YAMLText.parse(Array(Self.text.utf8)).first)
        #expect(document.position(of: field) == TextPosition(line: line, column: column))
    }

    @Test("are counted through all documents of a text")
    func secondDocument() throws {
        let documents = try YAMLText.parse(Array("a: 1\n---\n\nb: 2\n".utf8))
        #expect(
            documents.map { $0.position(of: "b") } == [
                TextPosition(line: 1, column: 1), TextPosition(line: 4, column: 1),
            ])
    }

    @Test("are counted in characters")
    func characters() throws {
        let document = try #require(try YAMLText.parse(Array("{\"€\": 1, b: 2}".utf8)).first)
        #expect(document.position(of: "b") == TextPosition(line: 1, column: 10))
    }
}
