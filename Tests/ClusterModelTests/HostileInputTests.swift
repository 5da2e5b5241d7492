import ClusterModel
import Testing
import Wire

@Suite("Hostile input")
struct HostileInputTests {
    static let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    /// Texts that are JSON: each must be refused with a cause at `field`, and nothing may stop.
    static let texts: [(String, String)] = [
        (#"{"kind":"Service","port":1e400}"#, "text"),
        (#"{"kind":"Service","id":"\ud800"}"#, "text"),
        (#"{"kind":"Service","port":99999999999999999999999999999999}"#, "port"),
        (#"{"kind":"Service","port":-9223372036854775808}"#, "port"),
        (#"{"kind":"Service","port":1,"port":2}"#, "text"),
        (#"{"kind":"Service","port":1e18}"#, "port"),
        (#"{"kind":"Service","containerPort":-9223372036854775808}"#, "containerPort"),
        (#"{"kind":"Service","containerPort":1.5}"#, "containerPort"),
        (#"{"kind":"Service","resourceVersion":18446744073709551616}"#, "resourceVersion"),
        (#"{"kind":"Service","id":"a\u0000b"}"#, "id"),
        (#"{"kind":"Service","selector":{"a\u0000":"b"}}"#, "selector"),
        (#"{"kind":"Service","labels":{"a":"\u0000"}}"#, "labels.a"),
        (#"{"kind":"Service","annotations":{"":{"":[]}}}"#, "annotations."),
        (
            #"{"kind":"Pod","desiredState":{"manifest":{"containers":[[],[[]],null,1,"",{}]}}}"#,
            "desiredState.manifest.containers[2]"
        ),
        (
            #"{"kind":"Pod","desiredState":{"manifest":{"volumes":[{"source":[]}],"containers":{}}}}"#,
            "desiredState.manifest.containers"
        ),
        (#"{"kind":"Endpoints","endpoints":[null,[],{},""]}"#, "endpoints[3]"),
    ]

    @Test("is refused and stops nothing", arguments: texts)
    func refused(text: String, field: String) {
        do {
            _ = try Self.node.decode(try JSONText.parse(Array(text.utf8)))
            Issue.record("it was taken")
        } catch let error as InvalidObject {
            #expect(error.causes.map(\.field).contains(field))
        } catch {
            #expect(error is TextError && field == "text")
        }
    }

    /// A value of every type, for every field there is.
    static let values: [JSONValue] = [
        .null, true, 0, -1, .int(.max), .int(.min), .double(1e308), .double(.infinity), .double(.nan), "", "\u{0}", "a",
        [], [[]],
        [.null], [:], ["": .null], ["a": ["b": []]],
    ]

    @Test("in any field is taken or refused with causes", arguments: values)
    func everyField(value: JSONValue) throws {
        let whole = Samples.whole
        for index in whole.indices {
            for mutant in Self.mutants(of: whole[index], with: value) {
                do {
                    let decoded = try Self.node.decode(mutant)
                    #expect(decoded.objects.count == 1)
                } catch {
                    #expect(!error.causes.isEmpty || error.code != 422)
                }
            }
        }
    }

    /// `value` with each of its nodes replaced in turn.
    static func mutants(of value: JSONValue, with replacement: JSONValue) -> [JSONValue] {
        var mutants = [replacement]
        switch value {
        case .array(let elements):
            for index in elements.indices {
                for mutant in self.mutants(of: elements[index], with: replacement) {
                    var changed = elements
                    changed[index] = mutant
                    mutants.append(.array(changed))
                }
            }
        case .object(let object):
            for member in object.members {
                for mutant in self.mutants(of: member.value, with: replacement) {
                    var changed = object
                    changed[member.key] = mutant
                    mutants.append(.object(changed))
                }
            }
        default: break
        }
        return mutants
    }
}

extension Samples {
    /// Objects that use every field.
    static let whole: [JSONValue] = [
        service([
            "uid": "u", "namespace": "n", "annotations": ["a": "b"], "protocol": "TCP", "labels": ["a": "b"],
            "createExternalLoadBalancer": false, "publicIPs": ["1.2.3.4"], "containerPort": 80, "proxyPort": 1,
            "resourceVersion": 1, "creationTimestamp": "2014-10-21T09:30:00Z", "selfLink": "/",
        ]),
        endpoints([:]),
        pod([
            "labels": ["a": "b"], "nodeSelector": ["a": "b"], "currentState": [:],
            "desiredState": [
                "status": "Running", "host": "h", "message": "m", "hostIP": "1.2.3.4", "podIP": "1.2.3.4",
                "manifest": [
                    "version": "v1beta1", "id": "i", "uuid": "u", "restartPolicy": ["never": [:]],
                    "volumes": [
                        ["name": "v", "source": ["hostDir": ["path": "/"]]],
                        ["name": "w", "source": ["persistentDisk": ["pdName": "d", "fsType": "f", "partition": 1]]],
                        ["name": "x", "source": ["gitRepo": ["repository": "r", "revision": "r"]]],
                    ],
                    "containers": [
                        [
                            "name": "c", "image": "i", "command": ["a"], "workingDir": "/", "memory": 1, "cpu": 1,
                            "ports": [
                                [
                                    "name": "p", "hostPort": 1, "containerPort": 1, "protocol": "UDP",
                                    "hostIP": "1.1.1.1",
                                ]
                            ],
                            "env": [["name": "A", "value": "b"]], "volumeMounts": [["name": "v", "mountPath": "/"]],
                            "livenessProbe": [
                                "httpGet": ["path": "/", "port": 1, "host": "h"], "initialDelaySeconds": 1,
                            ],
                            "lifecycle": [
                                "postStart": ["exec": ["command": ["a"]]], "preStop": ["httpGet": ["path": "/"]],
                            ],
                            "terminationMessagePath": "/", "privileged": false, "imagePullPolicy": "PullNever",
                        ]
                    ],
                ],
            ],
        ]),
    ]
}
