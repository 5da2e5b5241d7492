import ClusterModel
import Testing

@Suite("Selecting pods and ports")
struct SelectionTests {
    static let labels = ["name": "web", "tier": "front"]

    static let selectors: [(String, Bool)] = [
        ("", true), (",", true), ("name=web", true), ("name==web", true), ("name!=web", false), ("name=x", false),
        ("name=web,tier=front", true), ("name=web,tier=back", false), ("name=web,,tier!=back", true),
        ("gone=", true), ("gone==", true), ("gone!=", false), ("gone!=x", true), ("gone=x", false), ("=", true),
        ("name!=a=b", true), ("name= web", false),
    ]

    @Test("a selector's terms must all hold, a missing label reads as empty", arguments: selectors)
    func selector(text: String, matches: Bool) throws {
        #expect(try Selector(parsing: text).matches(Self.labels) == matches)
    }

    static let broken: [(String, String)] = [
        ("a b", "invalid selector: 'a b'; can't understand 'a b'"),
        ("x=1,name", "invalid selector: 'x=1,name'; can't understand 'name'"),
        ("a=b=c", "invalid selector: 'a=b=c'; can't understand 'a=b=c'"),
        ("a==b==c", "invalid selector: 'a==b==c'; can't understand 'a==b==c'"),
        ("name in (a)", "invalid selector: 'name in (a)'; can't understand 'name in (a)'"),
    ]

    @Test("a selector that is none is refused", arguments: broken)
    func brokenSelector(text: String, message: String) throws {
        let error = try #require(throws: InvalidSelector.self) { try Selector(parsing: text) }
        #expect("\(error)" == message)
    }

    static let matches: [([String: String], Bool)] = [
        (["name": "web"], true), (["name": "web", "x": "y"], true), (["name": "WEB"], false), (["x": "web"], false),
        ([:], false),
    ]

    @Test("a service has the pods that carry its selector", arguments: matches)
    func service(labels: [String: String], isMatch: Bool) {
        let service = Service(meta: ObjectMeta(name: "s"), port: 80, selector: ["name": "web"])
        #expect(service.matches(labels) == isMatch)
    }

    @Test("an empty value in a selector matches pods without the label")
    func emptyValue() {
        let service = Service(meta: ObjectMeta(name: "s"), port: 80, selector: ["canary": ""])
        #expect(service.matches([:]))
        #expect(!service.matches(["canary": "yes"]))
    }

    static let pod = Pod(
        meta: ObjectMeta(name: "p"),
        desiredState: PodState(
            manifest: ContainerManifest(
                version: "v1beta1",
                containers: [
                    Container(
                        name: "a", image: "i",
                        ports: [
                            ContainerPort(name: "admin", containerPort: 1),
                            ContainerPort(name: "http", containerPort: 2),
                        ]),
                    Container(
                        name: "b", image: "i",
                        ports: [
                            ContainerPort(name: "http", containerPort: 3), ContainerPort(name: "9", containerPort: 4),
                        ]),
                ])))

    static let ports: [(PortReference?, Int?)] = [
        (nil, 1), (.number(77), 77), (.name("http"), 2), (.name("9"), 4), (.name("gone"), nil), (.name("1"), nil),
    ]

    @Test("a service's port is found in a pod", arguments: ports)
    func targetPort(reference: PortReference?, port: Int?) {
        let service = Service(meta: ObjectMeta(name: "s"), port: 80, selector: ["a": "b"], containerPort: reference)
        #expect(service.targetPort(in: Self.pod) == port)
    }

    @Test("a pod whose first container has no port has no default one")
    func noPort() {
        let service = Service(meta: ObjectMeta(name: "s"), port: 80, selector: ["a": "b"])
        var pod = Self.pod
        pod.desiredState.manifest.containers.insert(Container(name: "z", image: "i"), at: 0)
        #expect(service.targetPort(in: pod) == nil)
        pod.desiredState.manifest.containers = []
        #expect(service.targetPort(in: pod) == nil)
    }

    @Test("services are told to containers in seven variables each")
    func environment() {
        let services = [
            Service(
                meta: ObjectMeta(name: "abc-123"), port: 8081, transport: .udp, selector: ["a": "b"],
                portalIP: "5.6.7.8"),
            Service(meta: ObjectMeta(name: "no-portal"), port: 1, selector: ["a": "b"]),
            Service(meta: ObjectMeta(name: "q-u-u-x"), port: 80, selector: ["a": "b"], portalIP: "1.2.3.4"),
        ]
        let variables = ServiceEnvironment.variables(for: services).map { "\($0.name)=\($0.value)" }
        #expect(
            variables == [
                "ABC_123_SERVICE_HOST=5.6.7.8", "ABC_123_SERVICE_PORT=8081", "ABC_123_PORT=udp://5.6.7.8:8081",
                "ABC_123_PORT_8081_UDP=udp://5.6.7.8:8081", "ABC_123_PORT_8081_UDP_PROTO=udp",
                "ABC_123_PORT_8081_UDP_PORT=8081", "ABC_123_PORT_8081_UDP_ADDR=5.6.7.8",
                "Q_U_U_X_SERVICE_HOST=1.2.3.4", "Q_U_U_X_SERVICE_PORT=80", "Q_U_U_X_PORT=tcp://1.2.3.4:80",
                "Q_U_U_X_PORT_80_TCP=tcp://1.2.3.4:80", "Q_U_U_X_PORT_80_TCP_PROTO=tcp", "Q_U_U_X_PORT_80_TCP_PORT=80",
                "Q_U_U_X_PORT_80_TCP_ADDR=1.2.3.4",
            ])
    }
}
