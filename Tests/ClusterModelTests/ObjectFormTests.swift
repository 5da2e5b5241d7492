import ClusterModel
import Testing

@Suite("What an object says it is")
struct ObjectFormTests {
    static let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    static let accepted: [(String, JSONValue, ObjectKind?, [ObjectKey])] = [
        ("a service", Samples.service([:]), nil, [ObjectKey(kind: .service, name: "web")]),
        ("endpoints", Samples.endpoints([:]), nil, [ObjectKey(kind: .endpoints, name: "web")]),
        ("a pod", Samples.pod([:]), nil, [ObjectKey(kind: .pod, name: "web")]),
        ("the expected kind", Samples.pod([:]), .pod, [ObjectKey(kind: .pod, name: "web")]),
        (
            "no kind where one is expected", Samples.service(["kind": .null]), .service,
            [ObjectKey(kind: .service, name: "web")]
        ),
        ("an empty kind where one is expected", Samples.pod(["kind": ""]), .pod, [ObjectKey(kind: .pod, name: "web")]),
        ("no apiVersion", Samples.service(["apiVersion": .null]), nil, [ObjectKey(kind: .service, name: "web")]),
        ("v1beta2", Samples.service(["apiVersion": "v1beta2"]), nil, [ObjectKey(kind: .service, name: "web")]),
        (
            "a namespace", Samples.service(["namespace": "team-a.prod"]), nil,
            [ObjectKey(kind: .service, namespace: "team-a.prod", name: "web")]
        ),
        ("a bare manifest", .object(Samples.manifest), nil, [ObjectKey(kind: .pod, name: "web")]),
        ("a bare manifest for a pod", .object(Samples.manifest), .pod, [ObjectKey(kind: .pod, name: "web")]),
        (
            "a manifest without containers", ["version": "v1beta1", "id": "web"], nil,
            [ObjectKey(kind: .pod, name: "web")]
        ),
        (
            "a manifest that says so", ["kind": "ContainerManifest", "id": "m", "version": "V1Beta2"], nil,
            [ObjectKey(kind: .pod, name: "m")]
        ),
        (
            "a list, its items without kind",
            ["kind": "ServiceList", "items": [Samples.service(["kind": .null]), Samples.service(["id": "b"])]], nil,
            [ObjectKey(kind: .service, name: "web"), ObjectKey(kind: .service, name: "b")]
        ),
        (
            "a list where its kind is expected", ["kind": "PodList", "items": [Samples.pod([:])]], .pod,
            [ObjectKey(kind: .pod, name: "web")]
        ),
        (
            "a list of endpoints", ["kind": "EndpointsList", "items": [Samples.endpoints([:])]], nil,
            [ObjectKey(kind: .endpoints, name: "web")]
        ),
        (
            "a list of manifests", ["kind": "ContainerManifestList", "items": [.object(Samples.manifest)]], nil,
            [ObjectKey(kind: .pod, name: "web")]
        ),
        ("a list without items", ["kind": "PodList"], nil, []),
        (
            "a list of nothing", ["kind": "PodList", "items": .null, "creationTimestamp": .null, "resourceVersion": 5],
            nil, []
        ),
    ]

    @Test("is taken", arguments: accepted)
    func accepts(name: String, value: JSONValue, defaultKind: ObjectKind?, keys: [ObjectKey]) throws {
        let decoded = try Self.node.decode(value, defaultKind: defaultKind)
        #expect(decoded.objects.map(\.key) == keys)
        #expect(decoded.warnings == [])
    }

    static let refused: [(JSONValue, ObjectKind?, Int, String)] = [
        ("text", nil, 400, "an API object must be a JSON object, was 'text'"),
        ([], .pod, 400, "an API object must be a JSON object, was []"),
        (["id": "x"], nil, 400, "kind is missing: it must be one of Pod, Service, Endpoints, Minion"),
        (["kind": 5], nil, 400, "kind must be a string, was 5"),
        (["kind": "Pdo"], nil, 400, "unknown kind 'Pdo' (did you mean Pod?)"),
        (["kind": "service"], nil, 400, "unknown kind 'service' (did you mean Service?)"),
        (["kind": "EndpointList"], nil, 400, "unknown kind 'EndpointList' (did you mean EndpointsList?)"),
        (["kind": "Deployment", "apiVersion": "apps/v1"], nil, 400, "unknown kind 'Deployment'"),
        (["kind": "List", "items": []], nil, 400, "unknown kind 'List'"),
        (["kind": "NodeList"], nil, 501, "kind 'NodeList' is not implemented yet by this version"),
        (["kind": "Node", "apiVersion": "v1"], nil, 501, "kind 'Node' is not implemented yet by this version"),
        (
            ["kind": "ReplicationController"], nil, 501,
            "kind 'ReplicationController' is not implemented yet by this version"
        ),
        (["kind": "EndpointSlice"], nil, 501, "kind 'EndpointSlice' is not implemented yet by this version"),
        (["kind": "Pod", "apiVersion": "v1"], nil, 501, "apiVersion 'v1' is not implemented yet: use v1beta1"),
        (["apiVersion": "v1beta3"], .pod, 501, "apiVersion 'v1beta3' is not implemented yet: use v1beta1"),
        (["kind": "Pod", "apiVersion": "v2"], nil, 400, "unknown apiVersion 'v2': use v1beta1"),
        (["kind": "Pod", "apiVersion": "V1BETA1"], nil, 400, "unknown apiVersion 'V1BETA1': use v1beta1"),
        (["kind": "Pod", "apiVersion": 1], nil, 400, "apiVersion must be a string, was 1"),
        (
            ["kind": .string(String(repeating: "k", count: 65))], nil, 400,
            "unknown kind '\(String(repeating: "k", count: 65))'"
        ),
        (["kind": "Pod"], .service, 400, "kind is 'Pod' where 'Service' is expected"),
        (["kind": "PodList"], .service, 400, "kind is 'PodList' where 'Service' is expected"),
        (
            ["kind": "PodList", "items": [Samples.pod([:]), Samples.service([:])]], nil, 400,
            "items[1]: kind is 'Service' where 'Pod' is expected"
        ),
        (
            ["kind": "ContainerManifestList", "items": [Samples.pod([:])]], nil, 400,
            "items[0]: kind is 'Pod' where 'ContainerManifest' is expected"
        ),
        (
            ["kind": "PodList", "items": [["kind": "Node"]]], nil, 501,
            "items[0]: kind 'Node' is not implemented yet by this version"
        ),
        (
            ["kind": "PodList", "items": [["apiVersion": "v1"]]], nil, 501,
            "items[0]: apiVersion 'v1' is not implemented yet: use v1beta1"
        ),
    ]

    @Test("is refused when nobody can tell, or when it is not served", arguments: refused)
    func refuses(value: JSONValue, defaultKind: ObjectKind?, code: Int, message: String) throws {
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(value, defaultKind: defaultKind) }
        #expect(error.code == code)
        #expect(error.reason == (code == 501 ? "NotImplemented" : "BadRequest"))
        #expect(error.message == message)
        #expect(error.causes.isEmpty)
    }

    @Test("a list is refused with the causes of all its items")
    func list() throws {
        let items: [JSONValue] = [Samples.service([:]), Samples.service(["port": 0]), 5, Samples.service(["id": "B"])]
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(items: items, kind: .service) }
        #expect(error.kind == "ServiceList")
        #expect(error.name == "")
        #expect(error.causes.map(\.field) == ["items[1].port", "items[2]", "items[3].id"])
        #expect(error.message.hasPrefix("serviceList is invalid: items[1].port: must be 1…65535, was 0; "))
    }

    @Test("items that are no list are refused")
    func noList() throws {
        let error = try #require(throws: InvalidObject.self) {
            try Self.node.decode(["kind": "PodList", "items": [:]])
        }
        #expect(error.causes.map(\.description) == ["items: must be an array, was {}"])
    }

    @Test("a broken manifest is refused by its own paths")
    func manifest() throws {
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(["containers": [["name": "c"]]]) }
        #expect(error.kind == "ContainerManifest")
        #expect(
            error.causes.map(\.description) == [
                "id: is required", "version: is required", "containers[0].image: is required",
            ])
    }

    @Test("a desired state makes a pod, whatever stands beside it")
    func podWithVersion() throws {
        let pod = Samples.pod(["kind": .null, "version": "v1beta1"])
        let decoded = try Self.node.decode(pod, defaultKind: .pod)
        #expect(decoded.objects.map(\.key) == [ObjectKey(kind: .pod, name: "web")])
        #expect(decoded.warnings.map { $0.prefix(21) } == ["unknown field version"])
    }

    static let keys: [(JSONObject, ObjectKey)] = [
        (["op": "remove", "kind": "Pod", "name": "web"], ObjectKey(kind: .pod, name: "web")),
        (
            ["kind": "Service", "name": "a", "namespace": "b"],
            ObjectKey(kind: .service, namespace: "b", name: "a")
        ),
        (["kind": "Endpoints", "name": "No Name", "namespace": ""], ObjectKey(kind: .endpoints, name: "No Name")),
    ]

    @Test("a request names an object by kind, name and namespace", arguments: keys)
    func key(members: JSONObject, key: ObjectKey) throws {
        #expect(try ObjectKey(naming: members) == key)
    }

    static let brokenKeys: [(JSONObject, Int, String)] = [
        ([:], 422, "the request is invalid: kind: is required; name: is required"),
        (["kind": "Pod", "name": 5], 422, "pod is invalid: name: must be a string, was 5"),
        (
            ["kind": "Pod", "name": "a", "namespace": []], 422,
            "pod \"a\" is invalid: namespace: must be a string, was []"
        ),
        (["kind": "PodList", "name": "a"], 400, "kind must be one of Pod, Service, Endpoints, Minion, was 'PodList'"),
        (
            ["kind": "ContainerManifest", "name": "a"], 400,
            "kind must be one of Pod, Service, Endpoints, Minion, was 'ContainerManifest'"
        ),
        (["kind": "Node", "name": "a"], 501, "kind 'Node' is not implemented yet by this version"),
        (["kind": "pod", "name": "a"], 400, "unknown kind 'pod' (did you mean Pod?)"),
    ]

    @Test("a request that names nothing is refused", arguments: brokenKeys)
    func brokenKey(members: JSONObject, code: Int, message: String) throws {
        let error = try #require(throws: InvalidObject.self) { try ObjectKey(naming: members) }
        #expect(error.code == code)
        #expect(error.message == message)
    }

    @Test("kinds have lists")
    func listName() {
        #expect(ObjectKind.allCases.map(\.listName) == ["PodList", "ServiceList", "EndpointsList", "MinionList"])
    }
}
