import ClusterModel
import Testing

@testable import Master

@Suite struct RESTQueryTests {
    @Test func everyParameterIsRead() throws {
        let query = try RESTQuery("namespace=other&labels=a%3Db%2Cc!%3Dd&fields=name%3Dx&resourceVersion=12&x=y")
        #expect(query.namespace == "other")
        #expect(query.labels == "a=b,c!=d")
        #expect(query.fields == "name=x")
        #expect(try query.revision(of: .pods) == 12)
        #expect(query.patience == RESTLimits.patience)
    }

    @Test func nothingSaidMeansTheDefaults() throws {
        let query = try RESTQuery("")
        #expect(query.namespace == nil)
        #expect(try query.revision(of: .pods) == 0)
        #expect(try query.selectors().labels.matches(["any": "thing"]))
        #expect(try RESTQuery("namespace=&namespace=late").namespace == nil)
    }

    @Test(arguments: [
        ("sync=true", Duration.seconds(30)), ("sync=true&timeout=1m30s", .seconds(90)),
        ("sync=true&timeout=250ms", .milliseconds(250)), ("sync=true&timeout=2h", RESTLimits.longestTimeout),
        ("sync=true&timeout=soon", .seconds(30)), ("sync=true&timeout=9999999999s", .seconds(30)),
        ("sync=true&timeout=5", .seconds(30)), ("timeout=5s", RESTLimits.patience), ("sync=yes", RESTLimits.patience),
    ])
    func patienceIsThatOfTheClient(_ row: (query: String, patience: Duration)) throws {
        #expect(try RESTQuery(row.query).patience == row.patience)
    }

    @Test(arguments: [
        ("labels=%zz", "the query 'labels=%zz' is not percent-encoded as it should be"),
        ("labels=a%20b", "invalid selector: 'a b'; can't understand 'a b'"),
        ("labels=a+b", "invalid selector: 'a b'; can't understand 'a b'"),
    ])
    func nonsenseIsRefused(_ row: (query: String, message: String)) {
        #expect(throws: APIFailure.badRequest(row.message)) {
            let query = try RESTQuery(row.query)
            _ = try query.selectors()
        }
    }

    @Test(arguments: [
        ("x", Resource.services, "service"), ("-1", .pods, "pod"), ("1.5", .endpoints, "endpoints"),
        ("99999999999999999999", .replicationControllers, "replicationControllers"), ("%2B1", .events, "events"),
        ("-0", .services, "service"),
    ])
    func aRevisionThatIsNoneIsAFaultOfItsField(
        _ row: (version: String, resource: Resource, kind: String)
    ) throws {
        let query = try RESTQuery("resourceVersion=\(row.version)")
        let failure = #expect(throws: APIFailure.self) { _ = try query.revision(of: row.resource) }
        let cause = "resourceVersion: invalid value '\(query.resourceVersion)'"
        #expect(failure?.status.message == "\(row.kind) \"\" is invalid: \(cause)")
        #expect(failure?.status.details?.causes.map(\.message) == [cause])
        #expect(failure?.status.code == 422)
    }
}
