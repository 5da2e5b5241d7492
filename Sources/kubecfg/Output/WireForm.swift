import APIClient
import ClusterModel

/// A file's object as the original sent and printed it: read into the types of October 2014 and written again (reference
/// §1). Members are in their order, those that are never left out are there, unknown ones are not.
enum WireForm {
    /// The object of a collection.
    static func of(_ object: JSONObject, in resource: APIResource) -> JSONObject {
        var object = object
        object["kind"] = .string(resource.kind)
        object["apiVersion"] = .string(APIServer.versions[0])
        return object.form(header + body(resource))
    }

    private static let header: [WireField] = [
        .init("kind", .text), .init("id", .text), .init("uid", .text), .init("creationTimestamp", .time),
        .init("selfLink", .text), .init("resourceVersion", .number), .init("apiVersion", .text),
        .init("namespace", .text), .init("annotations", .map),
    ]

    private static func body(_ resource: APIResource) -> [WireField] {
        switch resource {
        case .pods:
            [
                .init("labels", .map), .init("desiredState", .object(podState)),
                .init("currentState", .object(podState)), .init("nodeSelector", .map),
            ]
        case .services: service
        case .replicationControllers:
            [
                .init("desiredState", .object(controllerState)), .init("currentState", .object(controllerState)),
                .init("labels", .map),
            ]
        case .minions:
            [
                .init("hostIP", .text), .init("resources", .object([.init("capacity", .map)])), .init("labels", .map),
                .init("podCIDR", .text),
            ]
        case .endpoints: [.init("endpoints", .texts)]
        // kubecfg makes none of these.
        case .events, .bindings: []
        }
    }

    private static let service: [WireField] = [
        .init("port", .number, isKept: true), .init("protocol", .text), .init("labels", .map),
        .init("selector", .map), .init("createExternalLoadBalancer", .flag), .init("publicIPs", .texts),
        .init("containerPort", .reference), .init("portalIP", .text), .init("proxyPort", .number),
    ]

    private static let controllerState: [WireField] = [
        .init("replicas", .number, isKept: true), .init("replicaSelector", .map),
        .init(
            "podTemplate",
            .object([
                .init("desiredState", .object(podState)), .init("nodeSelector", .map), .init("labels", .map),
            ])),
    ]

    private static let podState: [WireField] = [
        .init("manifest", .object(manifest)), .init("status", .text), .init("message", .text), .init("host", .text),
        .init("hostIP", .text), .init("podIP", .text), .init("info", .map),
    ]

    private static let manifest: [WireField] = [
        .init("version", .text, isKept: true), .init("id", .text, isKept: true), .init("uuid", .text),
        .init("volumes", .list(volume), isKept: true), .init("containers", .list(container), isKept: true),
        .init(
            "restartPolicy",
            .object([.init("always", .optional([])), .init("onFailure", .optional([])), .init("never", .optional([]))])
        ),
    ]

    private static let volume: [WireField] = [
        .init("name", .text, isKept: true), .init("source", .optional(source), isKept: true),
    ]

    private static let source: [WireField] = [
        .init("hostDir", .optional([.init("path", .text, isKept: true)]), isKept: true),
        .init("emptyDir", .optional([]), isKept: true),
        .init(
            "persistentDisk",
            .optional([
                .init("pdName", .text, isKept: true), .init("fsType", .text), .init("partition", .number),
                .init("readOnly", .flag),
            ]), isKept: true),
        .init(
            "gitRepo",
            .optional([.init("repository", .text, isKept: true), .init("revision", .text, isKept: true)])),
    ]

    private static let container: [WireField] = [
        .init("name", .text, isKept: true), .init("image", .text, isKept: true), .init("command", .texts),
        .init("workingDir", .text), .init("ports", .list(port)), .init("env", .list(variable)),
        .init("memory", .number), .init("cpu", .number), .init("volumeMounts", .list(mount)),
        .init("livenessProbe", .optional(probe)),
        .init("lifecycle", .optional([.init("postStart", .optional(check)), .init("preStop", .optional(check))])),
        .init("terminationMessagePath", .text), .init("privileged", .flag),
        .init("imagePullPolicy", .text, isKept: true),
    ]

    private static let port: [WireField] = [
        .init("name", .text), .init("hostPort", .number), .init("containerPort", .number, isKept: true),
        .init("protocol", .text), .init("hostIP", .text),
    ]

    private static let variable: [WireField] = [
        .init("name", .text, isKept: true, twin: "key"), .init("key", .text, isKept: true, twin: "name"),
        .init("value", .text),
    ]

    private static let mount: [WireField] = [
        .init("name", .text, isKept: true), .init("readOnly", .flag),
        .init("mountPath", .text, twin: "path"), .init("path", .text, twin: "mountPath"),
    ]

    private static let check: [WireField] = [
        .init("exec", .optional([.init("command", .texts)])),
        .init("httpGet", .optional([.init("path", .text), .init("port", .reference), .init("host", .text)])),
    ]

    private static let probe: [WireField] =
        check + [
            .init("tcpSocket", .optional([.init("port", .reference)])), .init("initialDelaySeconds", .number),
        ]
}
