import NodeKit
import Testing

@testable import kubecfg

/// A file as the original's codec wrote it: read into the types of October 2014 and written again, so that fields have
/// their order, members without `omitempty` are there, and what is not known is gone (pkg/api/v1beta1/types.go).
@Suite("Files as v1beta1 writes them")
struct WireFormTests {
    private static let emptyManifest =
        #""manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}}"#

    static let files: [(resource: String, file: String, json: String)] = [
        (
            "pods", "labels: {b: '2', a: '1'}\nid: p\ncolour: red",
            #"{"kind":"Pod","id":"p","creationTimestamp":null,"apiVersion":"v1beta1","labels":{"a":"1","b":"2"},"#
                + #""desiredState":{\#(emptyManifest)},"currentState":{\#(emptyManifest)}}"#
        ),
        (
            "services", "{apiVersion: v1beta2, port: 80, id: s}",
            #"{"kind":"Service","id":"s","creationTimestamp":null,"apiVersion":"v1beta1","port":80,"containerPort":0}"#
        ),
        (
            "services", "{containerPort: web, port: x, selector: {}}",
            #"{"kind":"Service","creationTimestamp":null,"apiVersion":"v1beta1","port":"x","containerPort":"web"}"#
        ),
        (
            "replicationControllers", "desiredState: {replicas: 2, replicaSelector: {a: b}}",
            #"{"kind":"ReplicationController","creationTimestamp":null,"apiVersion":"v1beta1","desiredState":"#
                + #"{"replicas":2,"replicaSelector":{"a":"b"},"podTemplate":{"desiredState":{\#(emptyManifest)}}},"#
                + #""currentState":{"replicas":0,"podTemplate":{"desiredState":{\#(emptyManifest)}}}}"#
        ),
        (
            "minions", "{id: m, hostIP: 1.2.3.4}",
            #"{"kind":"Minion","id":"m","creationTimestamp":null,"apiVersion":"v1beta1","hostIP":"1.2.3.4","resources":{}}"#
        ),
    ]

    @Test("as JSON, without a line feed", arguments: files)
    func json(resource: String, file: String, json: String) async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let printed = await person.call(["-json", "-c", "-", "print", resource], input: file)
        #expect(printed == .init(status: 0, output: json, errors: ""))
    }

    @Test("containers, with both spellings of what has two")
    func containers() async throws {
        let file =
            #"{"desiredState":{"manifest":{"containers":[{"image":"i","ports":[{"hostPort":1}],"env":[{"key":"A"}],"#
            + #""volumeMounts":[{"path":"/v","name":"v"}],"livenessProbe":{"httpGet":{"path":"/"}}}],"#
            + #""volumes":[{"name":"v","source":{"emptyDir":{}}},{"name":"w"}],"restartPolicy":{"never":{}}}}}"#
        let written =
            #""volumes":[{"name":"v","source":{"hostDir":null,"emptyDir":{},"persistentDisk":null}},"#
            + #"{"name":"w","source":null}],"containers":[{"name":"","image":"i","ports":[{"hostPort":1,"#
            + #""containerPort":0}],"env":[{"name":"A","key":"A"}],"volumeMounts":[{"name":"v","mountPath":"/v","#
            + #""path":"/v"}],"livenessProbe":{"httpGet":{"path":"/","port":0}},"imagePullPolicy":""}],"#
            + #""restartPolicy":{"never":{}}}"#
        let person = Person(folder: try TestFolder(), master: "")
        let printed = await person.call(["-json", "-c", "-", "print", "pods"], input: file)
        #expect(printed.output.contains(written), "\(printed.output)")
    }

    @Test("as YAML, where a time that is none was the text null")
    func yaml() async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let printed = await person.call(["-yaml", "-c", "-", "print", "services"], input: "{id: s, port: 80}")
        let yaml = "id: s\ncreationTimestamp: \"null\"\nport: 80\ncontainerPort: 0\n"
        #expect(printed == .init(status: 0, output: yaml, errors: ""))
    }

    @Test("an unknown version is told in the original's words")
    func version() async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let printed = await person.call(["-c", "-", "print", "pods"], input: "apiVersion: v9")
        let words = "Error parsing - as an object for pods: Unable to create new object of type ('v9', 'Pod')\n"
        #expect(printed == .init(status: 255, output: "", errors: words))
    }
}
