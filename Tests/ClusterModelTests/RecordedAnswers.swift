import Testing

/// Objects as the API server of the founding article's week answered them (21 October 2014), byte for byte.
enum RecordedAnswers {
    static let objects: [(name: String, body: String)] = [
        (
            "create the founding service",
            #"{"kind":"Service","id":"apache-service","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/apache-service","resourceVersion":6,"apiVersion":"v1beta1","namespace":"default","port":12345,"protocol":"TCP","selector":{"name":"apache"},"containerPort":80,"portalIP":"10.11.0.1"}"#
        ),
        (
            "second service gets next ip",
            #"{"kind":"Service","id":"second","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/second","resourceVersion":7,"apiVersion":"v1beta1","namespace":"default","port":80,"protocol":"TCP","labels":{"app":"x","tier":"web"},"selector":{"name":"second"},"containerPort":80,"portalIP":"10.11.0.3"}"#
        ),
        (
            "udp service",
            #"{"kind":"Service","id":"dns","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/dns","resourceVersion":8,"apiVersion":"v1beta1","namespace":"default","port":53,"protocol":"UDP","selector":{"name":"dns"},"containerPort":80,"portalIP":"10.11.0.4"}"#
        ),
        (
            "service named port",
            #"{"kind":"Service","id":"named","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/named","resourceVersion":9,"apiVersion":"v1beta1","namespace":"default","port":81,"protocol":"TCP","selector":{"name":"named"},"containerPort":"http","portalIP":"10.11.0.5"}"#
        ),
        (
            "service body yaml",
            #"{"kind":"Service","id":"yamlsvc","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/yamlsvc","resourceVersion":14,"apiVersion":"v1beta1","namespace":"default","port":90,"protocol":"TCP","selector":{"name":"y"},"containerPort":0,"portalIP":"10.11.0.12"}"#
        ),
        (
            "create in namespace",
            #"{"kind":"Service","id":"apache-service","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/apache-service","resourceVersion":17,"apiVersion":"v1beta1","namespace":"other","port":12345,"protocol":"TCP","selector":{"name":"apache-service"},"containerPort":80,"portalIP":"10.11.0.14"}"#
        ),
        (
            "create endpoints",
            #"{"kind":"Endpoints","id":"apache-service","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/endpoints/apache-service","resourceVersion":20,"apiVersion":"v1beta1","endpoints":["172.16.213.140:80","172.16.213.141:80"]}"#
        ),
        (
            "create pod",
            #"{"kind":"Pod","id":"apache-1","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/apache-1","resourceVersion":21,"apiVersion":"v1beta1","namespace":"default","labels":{"name":"apache"},"desiredState":{"manifest":{"version":"v1beta1","id":"apache-1","uuid":"2a736100-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80,"protocol":"TCP"}],"imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#
        ),
        (
            "create pod no id",
            #"{"kind":"Pod","id":"2a73da12-e6e2-11f1-a297-2accf529e856","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/2a73da12-e6e2-11f1-a297-2accf529e856","resourceVersion":22,"apiVersion":"v1beta1","namespace":"default","desiredState":{"manifest":{"version":"v1beta1","id":"2a73da12-e6e2-11f1-a297-2accf529e856","uuid":"2a73da12-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"i","imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#
        ),
        (
            "create pod all fields",
            #"{"kind":"Pod","id":"full","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/full","resourceVersion":23,"apiVersion":"v1beta1","namespace":"default","labels":{"name":"full"},"desiredState":{"manifest":{"version":"v1beta1","id":"full","uuid":"2a74203b-e6e2-11f1-a297-2accf529e856","volumes":[{"name":"v","source":{"hostDir":null,"emptyDir":{},"persistentDisk":null}},{"name":"h","source":{"hostDir":{"path":"/srv"},"emptyDir":null,"persistentDisk":null}}],"containers":[{"name":"web","image":"nginx","command":["a","b"],"workingDir":"/w","ports":[{"name":"http","hostPort":8080,"containerPort":80,"protocol":"TCP","hostIP":"127.0.0.1"}],"env":[{"name":"A","key":"A","value":"1"},{"name":"B","key":"B","value":"2"}],"memory":1048576,"cpu":100,"volumeMounts":[{"name":"v","readOnly":true,"mountPath":"/v","path":"/v"}],"livenessProbe":{"httpGet":{"path":"/h","port":"http"},"initialDelaySeconds":5},"lifecycle":{"postStart":{"exec":{"command":["true"]}}},"imagePullPolicy":"PullNever"}],"restartPolicy":{"onFailure":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#
        ),
        (
            "pod no containers",
            #"{"kind":"Pod","id":"p1","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/p1","resourceVersion":24,"apiVersion":"v1beta1","namespace":"default","labels":{"name":"p1"},"desiredState":{"manifest":{"version":"v1beta1","id":"p1","uuid":"2a74661c-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":null,"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#
        ),
        (
            "get bound pod",
            #"{"kind":"Pod","id":"apache-1","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/apache-1","resourceVersion":26,"apiVersion":"v1beta1","namespace":"default","labels":{"name":"apache"},"desiredState":{"manifest":{"version":"v1beta1","id":"apache-1","uuid":"2a736100-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80,"protocol":"TCP"}],"imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running","host":"172.16.213.140"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting","host":"172.16.213.140"}}"#
        ),
    ]

    /// A request that server refused with 422, and its one cause.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var request: String
        var reason: String
        var field: String
        var message: String
        var testDescription: String { name }
    }

    /// Two of its refusals are not here: of the shared host port it named the field `containers[1].port`, which is none, and
    /// of two restart policies it printed memory addresses.
    static let refusals = [
        Refusal(
            name: "service port 0",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"b1","port":0,"containerPort":80,"selector":{"name":"b1"}}"#,
            reason: "FieldValueInvalid",
            field: "port",
            message: "port: invalid value '0'"),
        Refusal(
            name: "service port 70000",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"b2","port":70000,"containerPort":80,"selector":{"name":"b2"}}"#,
            reason: "FieldValueInvalid",
            field: "port",
            message: "port: invalid value '70000'"),
        Refusal(
            name: "service no selector",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"b4","port":80}"#,
            reason: "FieldValueRequired",
            field: "selector",
            message: "selector: required value 'map[]'"),
        Refusal(
            name: "service upper id",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"UPPER","port":80,"containerPort":80,"selector":{"name":"UPPER"}}"#,
            reason: "FieldValueInvalid",
            field: "id",
            message: "id: invalid value 'UPPER'"),
        Refusal(
            name: "service long id",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"aaaaaaaaaaaaaaaaaaaaaaaaa","port":80,"containerPort":80,"selector":{"name":"aaaaaaaaaaaaaaaaaaaaaaaaa"}}"#,
            reason: "FieldValueInvalid",
            field: "id",
            message: "id: invalid value 'aaaaaaaaaaaaaaaaaaaaaaaaa'"),
        Refusal(
            name: "service no id",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"","port":80,"containerPort":80,"selector":{"name":""}}"#,
            reason: "FieldValueRequired",
            field: "id",
            message: "id: required value ''"),
        Refusal(
            name: "service protocol",
            request:
                #"{"kind":"Service","apiVersion":"v1beta1","id":"b5","port":80,"containerPort":80,"selector":{"name":"b5"},"protocol":"SCTP"}"#,
            reason: "FieldValueNotSupported",
            field: "protocol",
            message: "protocol: unsupported value 'SCTP'"),
        Refusal(
            name: "pod no image",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p2","labels":{"name":"p2"},"desiredState":{"manifest":{"version":"v1beta1","id":"p2","containers":[{"name":"c"}]}}}"#,
            reason: "FieldValueRequired",
            field: "desiredState.manifest.containers[0].image",
            message: "desiredState.manifest.containers[0].image: required value ''"),
        Refusal(
            name: "pod bad container name",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p3","labels":{"name":"p3"},"desiredState":{"manifest":{"version":"v1beta1","id":"p3","containers":[{"name":"A B","image":"i"}]}}}"#,
            reason: "FieldValueInvalid",
            field: "desiredState.manifest.containers[0].name",
            message: "desiredState.manifest.containers[0].name: invalid value 'A B'"),
        Refusal(
            name: "pod no container name",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p4","labels":{"name":"p4"},"desiredState":{"manifest":{"version":"v1beta1","id":"p4","containers":[{"image":"i"}]}}}"#,
            reason: "FieldValueRequired",
            field: "desiredState.manifest.containers[0].name",
            message: "desiredState.manifest.containers[0].name: required value ''"),
        Refusal(
            name: "pod container port 0",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p7","labels":{"name":"p7"},"desiredState":{"manifest":{"version":"v1beta1","id":"p7","containers":[{"name":"a","image":"i","ports":[{"hostPort":9}]}]}}}"#,
            reason: "FieldValueRequired",
            field: "desiredState.manifest.containers[0].ports[0].containerPort",
            message: "desiredState.manifest.containers[0].ports[0].containerPort: required value '0'"),
        Refusal(
            name: "pod port 70000",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p8","labels":{"name":"p8"},"desiredState":{"manifest":{"version":"v1beta1","id":"p8","containers":[{"name":"a","image":"i","ports":[{"containerPort":70000}]}]}}}"#,
            reason: "FieldValueInvalid",
            field: "desiredState.manifest.containers[0].ports[0].containerPort",
            message: "desiredState.manifest.containers[0].ports[0].containerPort: invalid value '70000'"),
        Refusal(
            name: "pod bad protocol",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p9","labels":{"name":"p9"},"desiredState":{"manifest":{"version":"v1beta1","id":"p9","containers":[{"name":"a","image":"i","ports":[{"containerPort":7,"protocol":"ICMP"}]}]}}}"#,
            reason: "FieldValueNotSupported",
            field: "desiredState.manifest.containers[0].ports[0].protocol",
            message: "desiredState.manifest.containers[0].ports[0].protocol: unsupported value 'ICMP'"),
        Refusal(
            name: "pod duplicate volume",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p13","labels":{"name":"p13"},"desiredState":{"manifest":{"version":"v1beta1","id":"p13","containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80}]}],"volumes":[{"name":"v"},{"name":"v"}]}}}"#,
            reason: "FieldValueDuplicate",
            field: "desiredState.manifest.volumes[1].name",
            message: "desiredState.manifest.volumes[1].name: duplicate value 'v'"),
        Refusal(
            name: "pod bad volume name",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p14","labels":{"name":"p14"},"desiredState":{"manifest":{"version":"v1beta1","id":"p14","containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80}]}],"volumes":[{"name":"V V"}]}}}"#,
            reason: "FieldValueInvalid",
            field: "desiredState.manifest.volumes[0].name",
            message: "desiredState.manifest.volumes[0].name: invalid value 'V V'"),
        Refusal(
            name: "pod privileged",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p17","labels":{"name":"p17"},"desiredState":{"manifest":{"version":"v1beta1","id":"p17","containers":[{"name":"a","image":"i","privileged":true}]}}}"#,
            reason: "FieldValueForbidden",
            field: "desiredState.manifest.containers[0].privileged",
            message: "desiredState.manifest.containers[0].privileged: forbidden 'true'"),
        Refusal(
            name: "pod no version",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p18","labels":{"name":"p18"},"desiredState":{"manifest":{"version":"","id":"p18","containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80}]}]}}}"#,
            reason: "FieldValueRequired",
            field: "desiredState.manifest.version",
            message: "desiredState.manifest.version: required value ''"),
        Refusal(
            name: "pod bad version",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p19","labels":{"name":"p19"},"desiredState":{"manifest":{"version":"v9","id":"p19","containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80}]}]}}}"#,
            reason: "FieldValueNotSupported",
            field: "desiredState.manifest.version",
            message: "desiredState.manifest.version: unsupported value 'v9'"),
        Refusal(
            name: "pod lifecycle empty exec",
            request:
                #"{"kind":"Pod","apiVersion":"v1beta1","id":"p21","labels":{"name":"p21"},"desiredState":{"manifest":{"version":"v1beta1","id":"p21","containers":[{"name":"a","image":"i","lifecycle":{"postStart":{"exec":{"command":[]}}}}]}}}"#,
            reason: "FieldValueRequired",
            field: "desiredState.manifest.containers[0].lifecycle.postStart.exec.command",
            message: "desiredState.manifest.containers[0].lifecycle.postStart.exec.command: required value '[]'"),
    ]
}
