import ClusterModel
import Testing
import Wire

@Suite("The API of October 2014")
struct RecordedAnswersTests {
    static let client = ObjectDecoder(allowPrivileged: false, requirePortalIP: false, keepsCurrentState: true)

    @Test("answers are decoded and written again to the same bytes", arguments: RecordedAnswers.objects)
    func roundTrip(name: String, body: String) throws {
        let decoded = try Self.client.decode(try JSONText.parse(Array(body.utf8)))
        let object = try #require(decoded.objects.first)
        #expect(decoded.objects.count == 1)
        #expect(decoded.warnings.isEmpty)
        var expected = body
        if object.key.kind == .endpoints {
            // That week's server forgot the namespace of endpoints; every object of ours has one.
            let version = #""apiVersion":"v1beta1","#
            expected = body.replacing(version, with: version + #""namespace":"default","#)
        }
        #expect(object.json().text == expected)
    }

    @Test("what it refused is refused for the same field in the same words", arguments: RecordedAnswers.refusals)
    func refusal(recorded: RecordedAnswers.Refusal) throws {
        let value = try JSONText.parse(Array(recorded.request.utf8))
        let error = try #require(throws: InvalidObject.self) { try Self.client.decode(value) }
        #expect(error.code == 422)
        #expect(error.reason == "Invalid")
        #expect(error.causes.count == 1)
        let cause = try #require(error.causes.first)
        #expect(cause.reason.rawValue == recorded.reason)
        #expect(cause.field == recorded.field)
        #expect(cause.statusMessage == recorded.message)
    }
}
