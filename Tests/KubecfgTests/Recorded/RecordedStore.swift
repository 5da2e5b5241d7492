/// What the recorded server held when the first of `RecordedCommand.all` was given, in the order it listed it: items as lists
/// have them, without kind and version.
enum RecordedStore {
    static let services = [
        #"{"id":"second","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/services/second","resourceVersion":16,"namespace":"default","port":8081,"protocol":"TCP","labels":{"app":"x","tier":"web"},"selector":{"name":"second"},"containerPort":80,"portalIP":"10.11.0.3"}"#,
        #"{"id":"pp","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":11,"namespace":"default","port":83,"protocol":"TCP","selector":{"name":"pp"},"containerPort":80,"portalIP":"10.11.0.7"}"#,
        #"{"id":"after","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":19,"namespace":"default","port":80,"protocol":"TCP","selector":{"name":"after"},"containerPort":80,"portalIP":"10.11.0.4"}"#,
        #"{"id":"async","creationTimestamp":"2026-11-23T02:04:13Z","resourceVersion":36,"namespace":"default","port":99,"protocol":"TCP","selector":{"name":"async"},"containerPort":80,"portalIP":"10.11.0.15"}"#,
        #"{"id":"yamlsvc","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":14,"namespace":"default","port":90,"protocol":"TCP","selector":{"name":"y"},"containerPort":0,"portalIP":"10.11.0.12"}"#,
        #"{"id":"tc","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":15,"namespace":"default","port":91,"protocol":"TCP","selector":{"name":"x"},"containerPort":0,"portalIP":"10.11.0.13"}"#,
        #"{"id":"apache-service","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":6,"namespace":"default","port":12345,"protocol":"TCP","selector":{"name":"apache"},"containerPort":80,"portalIP":"10.11.0.1"}"#,
        #"{"id":"named","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":9,"namespace":"default","port":81,"protocol":"TCP","selector":{"name":"named"},"containerPort":"http","portalIP":"10.11.0.5"}"#,
        #"{"id":"asks","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":10,"namespace":"default","port":82,"protocol":"TCP","selector":{"name":"asks"},"containerPort":80,"portalIP":"10.11.0.6"}"#,
        #"{"id":"nokind","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":12,"namespace":"default","port":80,"protocol":"TCP","selector":{"name":"nokind"},"containerPort":80,"portalIP":"10.11.0.8"}"#,
        #"{"id":"unk","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":13,"namespace":"default","port":84,"protocol":"TCP","selector":{"name":"unk"},"containerPort":80,"portalIP":"10.11.0.9"}"#,
        #"{"id":"apache-service","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":17,"namespace":"other","port":12345,"protocol":"TCP","selector":{"name":"apache-service"},"containerPort":80,"portalIP":"10.11.0.14"}"#,
    ]

    static let pods = [
        #"{"id":"2a73da12-e6e2-11f1-a297-2accf529e856","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":22,"namespace":"default","desiredState":{"manifest":{"version":"v1beta1","id":"2a73da12-e6e2-11f1-a297-2accf529e856","uuid":"2a73da12-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"i","imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#,
        #"{"id":"p1","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":24,"namespace":"default","labels":{"name":"p1"},"desiredState":{"manifest":{"version":"v1beta1","id":"p1","uuid":"2a74661c-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":null,"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#,
        #"{"id":"P_X","creationTimestamp":"2026-11-23T02:04:07Z","resourceVersion":25,"namespace":"default","labels":{"name":"P_X"},"desiredState":{"manifest":{"version":"v1beta1","id":"P_X","uuid":"2a76d038-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80,"protocol":"TCP"}],"imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}"#,
        #"{"id":"","creationTimestamp":null,"resourceVersion":28,"namespace":"default","desiredState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"host":"172.16.213.140"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting","host":"172.16.213.140"}}"#,
        #"{"id":"apache-1","creationTimestamp":"2026-11-23T02:04:07Z","selfLink":"/api/v1beta1/pods/apache-1","resourceVersion":26,"namespace":"default","labels":{"name":"apache"},"desiredState":{"manifest":{"version":"v1beta1","id":"apache-1","uuid":"2a736100-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"busybox","ports":[{"containerPort":80,"protocol":"TCP"}],"imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running","host":"172.16.213.140"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting","host":"172.16.213.140"}}"#,
    ]

    static let minions = [
        #"{"id":"172.16.213.140","creationTimestamp":null,"resourceVersion":4,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}}"#,
        #"{"id":"172.16.213.141","creationTimestamp":null,"resourceVersion":5,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}}"#,
    ]
}
