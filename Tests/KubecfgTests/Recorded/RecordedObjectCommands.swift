extension RecordedCommand {
    static let objects: [RecordedCommand] = [
        .init(
            name: "list services",
            arguments: ["list", "services"],
            status: 0,
            output: #"""
                ID                  Labels              Selector            IP                  Port
                ----------          ----------          ----------          ----------          ----------
                second              app=x,tier=web      name=second         10.11.0.3           8081
                pp                                      name=pp             10.11.0.7           83
                after                                   name=after          10.11.0.4           80
                async                                   name=async          10.11.0.15          99
                yamlsvc                                 name=y              10.11.0.12          90
                tc                                      name=x              10.11.0.13          91
                apache-service                          name=apache         10.11.0.1           12345
                named                                   name=named          10.11.0.5           81
                asks                                    name=asks           10.11.0.6           82
                nokind                                  name=nokind         10.11.0.8           80
                unk                                     name=unk            10.11.0.9           84


                """#),
        .init(
            name: "list pods",
            arguments: ["list", "pods"],
            status: 0,
            output: #"""
                ID                                     Image(s)            Host                Labels              Status
                ----------                             ----------          ----------          ----------          ----------
                2a73da12-e6e2-11f1-a297-2accf529e856   i                   <unassigned>                            Waiting
                p1                                                         <unassigned>        name=p1             Waiting
                P_X                                    busybox             <unassigned>        name=P_X            Waiting
                                                                           172.16.213.140/                         Waiting
                apache-1                               busybox             172.16.213.140/     name=apache         Waiting


                """#),
        .init(
            name: "list minions",
            arguments: ["list", "minions"],
            status: 0,
            output: #"""
                Minion identifier
                ----------
                172.16.213.140
                172.16.213.141


                """#),
        .init(
            name: "list rc",
            arguments: ["list", "replicationControllers"],
            status: 0,
            output: #"""
                ID                  Image(s)            Selector            Replicas
                ----------          ----------          ----------          ----------


                """#),
        .init(
            name: "list events",
            arguments: ["list", "events"],
            status: 255,
            errors: "usage: kubecfg [OPTIONS] list <minions|pods|replicationControllers|services>\n"),
        .init(
            name: "list endpoints",
            arguments: ["list", "endpoints"],
            status: 255,
            errors: "usage: kubecfg [OPTIONS] list <minions|pods|replicationControllers|services>\n"),
        .init(
            name: "get service",
            arguments: ["get", "services/apache-service"],
            status: 0,
            output: #"""
                ID                  Labels              Selector            IP                  Port
                ----------          ----------          ----------          ----------          ----------
                apache-service                          name=apache         10.11.0.1           12345


                """#),
        .init(
            name: "get missing",
            arguments: ["get", "services/nope"],
            status: 255,
            errors: #"Got request error: service "nope" not found\#n"#),
        .init(
            name: "delete missing",
            arguments: ["delete", "services/nope"],
            status: 255,
            errors: #"Got request error: service "nope" not found\#n"#),
        .init(
            name: "create pod",
            arguments: ["-c", "p.json", "create", "pods"],
            status: 0,
            output: #"""
                ID                  Image(s)                   Host                Labels              Status
                ----------          ----------                 ----------          ----------          ----------
                kpod                busybox,second/image:tag   <unassigned>        a=1,b=2             Waiting


                """#),
        .init(
            name: "get pod",
            arguments: ["get", "pods/kpod"],
            status: 0,
            output: #"""
                ID                  Image(s)                   Host                Labels              Status
                ----------          ----------                 ----------          ----------          ----------
                kpod                busybox,second/image:tag   <unassigned>        a=1,b=2             Waiting


                """#),
        .init(
            name: "get pod json",
            arguments: ["-json", "get", "pods/kpod"],
            status: 0,
            output:
                #"{"kind":"Pod","id":"kpod","creationTimestamp":"2026-11-23T02:04:56Z","selfLink":"/api/v1beta1/pods/kpod","resourceVersion":40,"apiVersion":"v1beta1","namespace":"default","labels":{"a":"1","b":"2"},"desiredState":{"manifest":{"version":"v1beta1","id":"kpod","uuid":"47a6b123-e6e2-11f1-a297-2accf529e856","volumes":null,"containers":[{"name":"c","image":"busybox","imagePullPolicy":""},{"name":"d","image":"second/image:tag","imagePullPolicy":""}],"restartPolicy":{"always":{}}},"status":"Running"},"currentState":{"manifest":{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}},"status":"Waiting"}}\#n"#
        ),
        .init(
            name: "create from stdin",
            arguments: ["-c", "-", "create", "pods"],
            input:
                #"{"kind": "Pod", "apiVersion": "v1beta1", "id": "kstdin", "labels": {"name": "kstdin"}, "desiredState": {"manifest": {"version": "v1beta1", "id": "kstdin", "containers": [{"name": "c", "image": "busybox"}, {"name": "d", "image": "second/image:tag"}]}}}"#,
            status: 0,
            output: #"""
                ID                  Image(s)                   Host                Labels              Status
                ----------          ----------                 ----------          ----------          ----------
                kstdin              busybox,second/image:tag   <unassigned>        name=kstdin         Waiting


                """#),
        .init(
            name: "create missing file",
            arguments: ["-c", "nofile.json", "create", "pods"],
            status: 255,
            errors: "Unable to read nofile.json: open nofile.json: no such file or directory\n"),
        .init(
            name: "create no -c",
            arguments: ["create", "pods"],
            status: 255,
            errors: "Need config file (-c)\n"),
        .init(
            name: "create bad json",
            arguments: ["-c", "-", "create", "pods"],
            input: "{",
            status: 255,
            errors:
                "Error parsing - as an object for pods: couldn't get version/kind: YAML error: line 1: did not find expected node content\n"
        ),
        .init(
            name: "create invalid",
            arguments: ["-c", "-", "create", "services"],
            input: #"{"kind": "Service", "apiVersion": "v1beta1", "id": "X", "port": 0}"#,
            status: 255,
            errors:
                #"Got request error: service "X" is invalid: [id: invalid value 'X', port: invalid value '0', selector: required value 'map[]']\#n"#
        ),
        .init(
            name: "list by label",
            arguments: ["-l", "a=1", "list", "pods"],
            status: 0,
            output: #"""
                ID                  Image(s)                   Host                Labels              Status
                ----------          ----------                 ----------          ----------          ----------
                kpod                busybox,second/image:tag   <unassigned>        a=1,b=2             Waiting


                """#),
        .init(
            name: "update service",
            arguments: ["-c", "s.json", "update", "services/apache-service"],
            status: 0,
            output: #"""
                ID                  Labels              Selector            IP                  Port
                ----------          ----------          ----------          ----------          ----------
                apache-service                          name=apache         10.11.0.1           23456


                """#),
    ]
}
