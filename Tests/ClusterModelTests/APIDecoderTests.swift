import ClusterModel
import Testing
import Wire

@Suite("What is sent to the master")
struct APIDecoderTests {
    static let decoder = APIDecoder(allowPrivileged: false)

    private func decode(_ text: String, as kind: APIKind, namespace: String = "default") throws -> APIObject {
        try Self.decoder.decode(try JSONText.parse(Array(text.utf8)), as: kind, namespace: namespace)
    }

    private func status(_ text: String, as kind: APIKind, namespace: String = "default") throws -> APIStatus {
        let error = #expect(throws: APIFailure.self) { _ = try decode(text, as: kind, namespace: namespace) }
        return try #require(error).status
    }

    private static func controller(_ desired: String) -> String {
        #"{"kind":"ReplicationController","id":"r","desiredState":{"# + desired
            + #""podTemplate":{"desiredState":{"manifest":{"version":"v1beta1","id":"f","containers":[{"name":"php","image":"php","#
            + #""ports":[{"containerPort":80}]}]}},"labels":{"name":"frontend"}}},"labels":{"name":"frontend"}}"#
    }

    @Test("objects are written as they were recorded", arguments: RecordedAnswers.objects)
    func recorded(name: String, body: String) throws {
        guard case .object(let object) = try JSONText.parse(Array(body.utf8)), case .string(let word)? = object["kind"],
            let kind = APIKind(rawValue: word)
        else { return }
        let namespace = if case .string(let namespace)? = object["namespace"] { namespace } else { "default" }
        var decoded = try Self.decoder.decode(.object(object), as: kind, namespace: namespace)
        if case .pod(var pod) = decoded {
            // The server says it; what a client says of it is ignored.
            #expect(pod.currentState == PodState())
            pod.currentState.status = .waiting
            if !pod.desiredState.host.isEmpty { pod.currentState.host = pod.desiredState.host }
            decoded = .pod(pod)
        }
        #expect(decoded.json().text == body)
    }

    @Test("a controller, a minion and an event are written in the recorded form")
    func otherKinds() throws {
        let controller = try decode(
            Self.controller(#""replicas":2,"replicaSelector":{"name":"frontend"},"#), as: .replicationController)
        #expect(
            controller.json().text == #"{"kind":"ReplicationController","id":"r","creationTimestamp":null,"#
                + #""apiVersion":"v1beta1","namespace":"default","desiredState":{"replicas":2,"replicaSelector":{"name":"frontend"},"#
                + #""podTemplate":{"desiredState":{"manifest":{"version":"v1beta1","id":"f","volumes":null,"containers":[{"name":"php","#
                + #""image":"php","ports":[{"containerPort":80,"protocol":"TCP"}],"imagePullPolicy":""}],"restartPolicy":{"always":{}}}},"#
                + #""labels":{"name":"frontend"}}},"currentState":{"replicas":0,"podTemplate":{"desiredState":{"manifest":{"version":"","#
                + #""id":"","volumes":null,"containers":null,"restartPolicy":{}}}}},"labels":{"name":"frontend"}}"#)
        let minion = try decode(
            #"{"id":"10.0.0.1","resources":{"capacity":{"memory":"3G","cpu":1000}},"podCIDR":"10.244.1.0/24"}"#,
            as: .minion)
        #expect(
            minion.json().text == #"{"kind":"Minion","id":"10.0.0.1","creationTimestamp":null,"apiVersion":"v1beta1","#
                + #""resources":{"capacity":{"cpu":1000,"memory":"3G"}},"podCIDR":"10.244.1.0/24"}"#)
        let event =
            #"{"id":"e1","involvedObject":{"kind":"Pod","name":"a","namespace":"n"},"timestamp":"2014-10-21T00:00:00Z"}"#
        let rest = #""involvedObject":{"kind":"Pod","namespace":"n","name":"a"}}"#
        #expect(try decode(event, as: .event).itemJSON().text == #"{"id":"e1","creationTimestamp":null,"# + rest)
        #expect(
            try decode(event, as: .event, namespace: "n").itemJSON().text
                == #"{"id":"e1","creationTimestamp":null,"namespace":"n","# + rest)
    }

    @Test(
        "what the recorded server refused is refused in its words",
        arguments: [
            (#""replicas":-1,"replicaSelector":{"name":"frontend"},"#, "desiredState.replicas: invalid value '-1'"),
            (#""replicas":2,"replicaSelector":{},"#, "desiredState.replicaSelector: required value 'map[]'"),
        ])
    func controllerRefusals(desired: String, words: String) throws {
        let status = try status(Self.controller(desired), as: .replicationController)
        #expect(status.code == 422)
        #expect(status.message == #"replicationController "r" is invalid: "# + words)
        #expect(status.details?.causes.map(\.message) == [words])
    }

    @Test("a controller whose pods it would not count is refused")
    func endlessController() throws {
        let status = try status(
            Self.controller(#""replicas":2,"replicaSelector":{"name":"other"},"#), as: .replicationController)
        #expect(status.details?.causes.map(\.field) == ["desiredState.podTemplate.labels"])
        // The whole template as the server's own language wrote it.
        let shown =
            "{{{v1beta1 f  [] [{php php []  [{ 0 80 TCP }] [] 0 0 [] <nil> <nil> false }] {<nil> <nil> <nil>}}     map[]} "
            + "map[name:frontend]}"
        #expect(
            status.message
                == #"replicationController "r" is invalid: desiredState.podTemplate.labels: invalid value '\#(shown)'"#)
    }

    @Test(
        "a pod's refusals have the recorded words, odd ones included",
        arguments: [
            (
                #""containers":[{"name":"a","image":"i","ports":[{"containerPort":1,"hostPort":9}]},"#
                    + #"{"name":"b","image":"i","ports":[{"containerPort":2,"hostPort":9}]}]"#,
                "desiredState.manifest.containers[1].port: duplicate value '9'", 1
            ),
            (#""volumes":[{"name":"v","source":{"hostDir":{}}}]"#, #"path "" not found"#, 0),
            (
                #""restartPolicy":{"always":{},"never":{}}"#,
                "desiredState.manifest.restartPolicy: invalid value '&{0xb78f58 <nil> 0xb78f58}'", 1
            ),
            (
                #""containers":[{"name":"a","image":"i","privileged":true}]"#,
                "desiredState.manifest.containers[0].privileged: forbidden 'true'", 1
            ),
            (
                #""containers":[{"name":"a","image":"i","volumeMounts":[{"name":"v","mountPath":"/v"}]}]"#,
                #"name "v" not found"#, 0
            ),
            (
                #""volumes":[{"name":"v","source":{"emptyDir":{},"hostDir":{"path":"/srv"}}}]"#,
                "desiredState.manifest.volumes[0].source: invalid value '&{0xc208000000 0xb78f58 <nil>}'", 1
            ),
            (
                #""volumes":[{"name":"v","source":{}}]"#,
                "desiredState.manifest.volumes[0].source: invalid value '&{<nil> <nil> <nil>}'", 1
            ),
            (
                #""containers":[{"name":"a","image":"i","lifecycle":{"preStop":{}}}]"#,
                "desiredState.manifest.containers[0].lifecycle.preStop: invalid value '&{<nil> <nil>}'", 1
            ),
            (
                #""volumes":[{"name":"d","source":{"persistentDisk":{"partition":256}}}]"#,
                "[desiredState.manifest.volumes[0].source.PD.PDName: invalid value '', "
                    + "desiredState.manifest.volumes[0].source.PD.FSType: invalid value '', "
                    + "desiredState.manifest.volumes[0].source.PD.Partition: invalid value '256']", 3
            ),
            (
                #""containers":[{"name":"a","image":"i","env":[{"value":"x"}]}]"#,
                "[desiredState.manifest.containers[0].env[0].name: required value '', "
                    + "desiredState.manifest.containers[0].env[0].name: invalid value '']", 2
            ),
            (
                #""containers":[{"name":"A","image":"i","privileged":true}]"#,
                "desiredState.manifest.containers[0].name: invalid value 'A'", 1
            ),
        ])
    func podRefusals(manifest: String, words: String, causes: Int) throws {
        let status = try status(
            #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1",\#(manifest)}}}"#, as: .pod)
        #expect(status.message == #"pod "p" is invalid: "# + words)
        #expect(status.details?.causes.count == causes)
    }

    @Test(
        "the header must agree with the path",
        arguments: [
            (#"{"kind":"Pod","id":"x"}"#, 400, "data of kind 'Pod', obj of type 'Service'"),
            (#"{"apiVersion":"v9","id":"x"}"#, 400, "unknown apiVersion 'v9': use v1beta1"),
            (#"[]"#, 400, "a Service must be an object, was []"),
            (
                #"{"namespace":"other"}"#, 409,
                #"service "other" cannot be updated: Service.Namespace does not match the provided context"#
            ),
        ])
    func header(text: String, code: Int, message: String) throws {
        let status = try status(text, as: .service)
        #expect(status.code == code)
        #expect(status.message == message)
    }

    @Test("a namespace that is none is refused wherever it is written")
    func badNamespace() throws {
        let status = try status(#"{"id":"x","port":1,"selector":{"a":"b"}}"#, as: .service, namespace: "A B")
        #expect(status.details?.causes.map(\.field) == ["namespace"])
    }

    @Test("label keys are free, and pods and controllers may come without a name")
    func leniency() throws {
        let text =
            #"{"labels":{"replicationController":"rc","a.b/c":"d"},"desiredState":{"manifest":{"version":"v1beta1"}}}"#
        let pod = try Self.decoder.decode(
            try JSONText.parse(Array(text.utf8)), as: .pod, namespace: "default", spareName: "spare")
        #expect(pod.labels == ["replicationController": "rc", "a.b/c": "d"])
        #expect(pod.meta.name == "spare")
        let nameless = try status(#"{"desiredState":{"manifest":{"version":"v1beta1"}}}"#, as: .pod)
        #expect(nameless.message == #"pod "" is invalid: id: required value ''"#)
        let refused = #expect(throws: APIFailure.self) {
            try Self.decoder.decode(["id": ""], as: .pod, namespace: "default", spareName: "spare")
        }
        #expect(refused?.status.details?.id == "spare")
        let service = try status(#"{"port":1,"selector":{"a":"b"}}"#, as: .service)
        #expect(service.message == #"service "" is invalid: id: required value ''"#)
    }

    @Test("a binding names a pod and a minion")
    func binding() throws {
        let body = try JSONText.parse(Array(#"{"kind":"Binding","podID":"p","host":"m"}"#.utf8))
        #expect(try Self.decoder.binding(body, namespace: "n") == Binding(namespace: "n", podID: "p", host: "m"))
        let error = #expect(throws: APIFailure.self) { try Self.decoder.binding(["podID": ""], namespace: "n") }
        #expect(error?.status.details?.causes.map(\.field) == ["podID", "host"])
        let foreign: JSONValue = ["podID": "p", "host": "m", "namespace": "other"]
        let conflict = #expect(throws: APIFailure.self) { try Self.decoder.binding(foreign, namespace: "n") }
        #expect(conflict?.status.code == 409)
    }
}

@Suite("What the master answers beside objects")
struct APIAnswerTests {
    @Test("a status is written as recorded")
    func statuses() {
        #expect(
            APIStatus.success.json().text
                == #"{"kind":"Status","creationTimestamp":null,"apiVersion":"v1beta1","status":"Success"}"#)
        #expect(
            APIFailure.alreadyExists("service", "a").at("/api/v1beta1/services").status.json().text
                == #"{"kind":"Status","creationTimestamp":null,"selfLink":"/api/v1beta1/services","apiVersion":"v1beta1","#
                + #""status":"Failure","message":"service \"a\" already exists","reason":"AlreadyExists","#
                + #""details":{"id":"a","kind":"service"},"code":409}"#)
        #expect(
            APIStatus.working(operation: "7").json().text
                == #"{"kind":"Status","creationTimestamp":null,"apiVersion":"v1beta1","status":"Working","reason":"Working","#
                + #""details":{"id":"7","kind":"operation"},"code":202}"#)
    }

    @Test(
        "an empty list is written as each kind's was recorded",
        arguments: [
            (APIKind.pod, #""selfLink":"/l","resourceVersion":5,"apiVersion":"v1beta1","items":[]}"#),
            (.service, #""selfLink":"/l","resourceVersion":5,"apiVersion":"v1beta1","items":null}"#),
            (.replicationController, #""selfLink":"/l","resourceVersion":5,"apiVersion":"v1beta1"}"#),
            (.endpoints, #""selfLink":"/l","resourceVersion":5,"apiVersion":"v1beta1"}"#),
            (.event, #""selfLink":"/l","resourceVersion":5,"apiVersion":"v1beta1"}"#),
            (.minion, #""selfLink":"/l","apiVersion":"v1beta1"}"#),
        ])
    func emptyLists(kind: APIKind, rest: String) {
        let list = APIList(kind: kind, items: [], revision: 5, selfLink: "/l")
        #expect(list.json().text == #"{"kind":"\#(kind.rawValue)List","creationTimestamp":null,"# + rest)
    }

    @Test("minions are listed twice")
    func minions() {
        let list = APIList(
            kind: .minion, items: [.minion(Minion(meta: ObjectMeta(name: "m", namespace: "")))], revision: 5,
            selfLink: "")
        let item = #"[{"id":"m","creationTimestamp":null,"resources":{}}]"#
        #expect(list.json().text.hasSuffix(#""apiVersion":"v1beta1","minions":\#(item),"items":\#(item)}"#))
    }

    @Test("operations are listed by their names")
    func operations() {
        let empty = #"{"kind":"ServerOpList","creationTimestamp":null,"apiVersion":"v1beta1""#
        #expect(ServerOpList(ids: []).json().text == empty + "}")
        #expect(ServerOpList(ids: ["1"]).json().text == empty + #","items":[{"id":"1","creationTimestamp":null}]}"#)
    }

    @Test("texts can be escaped as Go does")
    func escaping() {
        var bytes: [UInt8] = []
        JSONValue.string("&{<nil>}\n\t\"").write(into: &bytes, escaping: .asGo)
        #expect(String(decoding: bytes, as: UTF8.self) == #""\u0026{\u003cnil\u003e}\n\t\"""#)
    }
}
