extension RecordedCommand {
    static let controllers: [RecordedCommand] = [
        .init(
            name: "run",
            arguments: ["-p", "8080:80", "run", "nginx", "2", "web"],
            status: 0,
            output: #"""
                id: web
                creationTimestamp: 2026-11-23T02:04:56Z
                selfLink: /api/v1beta1/replicationControllers/web
                resourceVersion: "43"
                namespace: default
                desiredState:
                  replicas: 2
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
            name: "run with service",
            arguments: ["-p", "8081:80", "-s", "9000", "run", "nginx", "1", "websvc"],
            status: 0,
            output: #"""
                id: websvc
                creationTimestamp: 2026-11-23T02:04:56Z
                selfLink: /api/v1beta1/replicationControllers/websvc
                resourceVersion: "44"
                namespace: default
                desiredState:
                  replicas: 1
                  replicaSelector:
                    simpleService: websvc
                  podTemplate:
                    desiredState:
                      manifest:
                        version: v1beta2
                        id: ""
                        volumes: []
                        containers:
                        - name: websvc
                          image: nginx
                          ports:
                          - hostPort: 8081
                            containerPort: 80
                            protocol: TCP
                          imagePullPolicy: ""
                        restartPolicy:
                          always: {}
                    labels:
                      simpleService: websvc
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
                id: websvc
                creationTimestamp: 2026-11-23T02:04:56Z
                selfLink: /api/v1beta1/services/websvc
                resourceVersion: "45"
                namespace: default
                port: 9000
                protocol: TCP
                labels:
                  simpleService: websvc
                selector:
                  simpleService: websvc
                containerPort: 0
                portalIP: 10.11.0.16

                """#),
        .init(
            name: "list rc after run",
            arguments: ["list", "replicationControllers"],
            status: 0,
            output: #"""
                ID                  Image(s)            Selector               Replicas
                ----------          ----------          ----------             ----------
                web                 nginx               simpleService=web      2
                websvc              nginx               simpleService=websvc   1


                """#),
        .init(
            name: "get rc",
            arguments: ["get", "replicationControllers/web"],
            status: 0,
            output: #"""
                ID                  Image(s)            Selector            Replicas
                ----------          ----------          ----------          ----------
                web                 nginx               simpleService=web   2


                """#),
        .init(
            name: "resize",
            arguments: ["resize", "web", "3"],
            status: 0,
            output: #"""
                id: web
                creationTimestamp: 2026-11-23T02:04:56Z
                selfLink: /api/v1beta1/replicationControllers/web
                resourceVersion: "46"
                namespace: default
                desiredState:
                  replicas: 3
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
    ]
}
