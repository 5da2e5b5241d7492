extension RecordedCommand {
    static let others: [RecordedCommand] = [
        .init(
            name: "stop",
            arguments: ["stop", "web"],
            status: 0,
            output: #"""
                id: web
                creationTimestamp: 2026-11-23T02:04:56Z
                selfLink: /api/v1beta1/replicationControllers/web
                resourceVersion: "47"
                namespace: default
                desiredState:
                  replicas: 0
                  replicaSelector:
                    simpleService: web
                  podTemplate:
                    desiredState:
                      manifest:
                        version: v1beta2
                        id: ""
                        volumes: []
                        containers:
                        - name: web
                          image: nginx
                          ports:
                          - hostPort: 8080
                            containerPort: 80
                            protocol: TCP
                          imagePullPolicy: ""
                        restartPolicy:
                          always: {}
                    labels:
                      simpleService: web
                currentState:
                  replicas: 0
                  podTemplate:
                    desiredState:
                      manifest:
                        version: ""
                        id: ""
                        volumes: []
                        containers: []
                        restartPolicy: {}

                """#),
        .init(
            name: "rm",
            arguments: ["rm", "web"],
            status: 0),
        .init(
            name: "rm missing",
            arguments: ["rm", "nope"],
            status: 255,
            errors: #"Error: replicationController "nope" not found\#n"#),
        .init(
            name: "print",
            arguments: ["-c", "p.json", "print", "pods"],
            status: 0,
            output: #"""
                ID                  Image(s)                   Host                Labels              Status
                ----------          ----------                 ----------          ----------          ----------
                kpod                busybox,second/image:tag   <unassigned>        a=1,b=2             

                """#),
        .init(
            name: "unknown command",
            arguments: ["dance", "pods"],
            status: 255,
            errors: "Unknown command dance\n"),
        .init(
            name: "unknown resource",
            arguments: ["list", "gadgets"],
            status: 255,
            errors: "usage: kubecfg [OPTIONS] list <minions|pods|replicationControllers|services>\n"),
        .init(
            name: "get without id",
            arguments: ["get", "pods"],
            status: 255,
            errors: "usage: kubecfg [OPTIONS] get <minions|pods|replicationControllers|services>[/<id>]\n"),
        .init(
            name: "ns show",
            arguments: ["ns"],
            status: 0,
            output: "Using namespace default\n"),
        .init(
            name: "ns set",
            arguments: ["ns", "other"],
            status: 0,
            output: "Using namespace other\n"),
        .init(
            name: "ns back",
            arguments: ["ns", "default"],
            status: 0,
            output: "Using namespace default\n"),
        .init(
            name: "version",
            arguments: ["-version"],
            status: 0,
            output: "Kubernetes v0.4-dev\n"),
        .init(
            name: "server version",
            arguments: ["-server_version"],
            status: 0,
            output: "Server: Kubernetes v0.4-dev\n"),
        .init(
            name: "delete pod",
            arguments: ["delete", "pods/kpod"],
            status: 0,
            output: #"""
                Status
                ----------
                Success


                """#),
        .init(
            name: "json list",
            arguments: ["-json", "list", "minions"],
            status: 0,
            output:
                #"{"kind":"MinionList","creationTimestamp":null,"selfLink":"/api/v1beta1/minions","apiVersion":"v1beta1","minions":[{"id":"172.16.213.140","creationTimestamp":null,"resourceVersion":4,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}},{"id":"172.16.213.141","creationTimestamp":null,"resourceVersion":5,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}}],"items":[{"id":"172.16.213.140","creationTimestamp":null,"resourceVersion":4,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}},{"id":"172.16.213.141","creationTimestamp":null,"resourceVersion":5,"resources":{"capacity":{"cpu":1000,"memory":3221225472}}}]}\#n"#
        ),
    ]
}
