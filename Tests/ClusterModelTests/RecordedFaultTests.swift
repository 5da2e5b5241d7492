import ClusterModel
import Testing
import Wire

@Suite("Faults as the server of 2014 told them")
struct RecordedFaultTests {
    private func status(_ text: String, as kind: APIKind) throws -> APIStatus {
        let error = #expect(throws: APIFailure.self) {
            _ = try APIDecoder(allowPrivileged: false).decode(
                try JSONText.parse(Array(text.utf8)), as: kind, namespace: "default")
        }
        return try #require(error).status
    }

    @Test("several faults of a pod are told in the order of 2014")
    func faultsInOrder() throws {
        let status = try status(
            #"{"id":"p","desiredState":{"manifest":{"version":"","restartPolicy":{"always":{},"never":{}},"#
                + #""containers":[{"volumeMounts":[{"name":"V"},{}],"env":[{"name":"1"}],"name":"a","#
                + #""ports":[{"hostPort":9,"protocol":"x","name":"P"},{"containerPort":1,"hostPort":9}],"#
                + #""lifecycle":{"postStart":{"httpGet":{}}}},{"name":"a","image":"i"}],"#
                + #""volumes":[{"name":"V","source":{"hostDir":{}}}]}}}"#, as: .pod)
        let manifest = "desiredState.manifest"
        let first = "\(manifest).containers[0]"
        let told = [
            "\(manifest).version: required value ''", #"path "" not found"#,
            "\(manifest).volumes[0].name: invalid value 'V'", "\(first).image: required value ''",
            "\(first).lifecycle.postStart.httpGet.path: required value ''",
            "\(first).ports[0].name: invalid value 'P'", "\(first).ports[0].containerPort: required value '0'",
            "\(first).ports[0].protocol: unsupported value 'x'", "\(first).env[0].name: invalid value '1'",
            #"name "V" not found"#, "\(first).volumeMounts[0].mountPath: required value ''",
            "\(first).volumeMounts[1].name: required value ''",
            "\(first).volumeMounts[1].mountPath: required value ''",
            "\(manifest).containers[1].name: duplicate value 'a'", "\(first).port: duplicate value '9'",
            "\(manifest).restartPolicy: invalid value '&{0xb78f58 <nil> 0xb78f58}'",
        ]
        #expect(status.message == #"pod "p" is invalid: [\#(told.joined(separator: ", "))]"#)
    }

    @Test("keys of labels are no indices, whatever numbers they are")
    func hostileKeys() throws {
        for key in ["9223372036854775807.port", "a[9223372036854775807].port", "a[-1].port", "3"] {
            let status = try status(#"{"id":"a","port":1,"labels":{"\#(key)":1}}"#, as: .service)
            #expect(status.code == 422)
        }
    }

    @Test("several faults of a controller are told in the order of 2014")
    func controllerFaultsInOrder() throws {
        let status = try status(#"{"id":"r","desiredState":{"replicas":-1}}"#, as: .replicationController)
        #expect(
            status.details?.causes.map(\.field)
                == [
                    "desiredState.replicaSelector", "desiredState.replicas",
                    "desiredState.podTemplate.desiredState.manifest.version",
                ])
    }

    @Test("the pods of a controller may only read a disk they share")
    func sharedDisk() throws {
        let disk = #"{"name":"d","source":{"persistentDisk":{"pdName":"d","fsType":"ext4"}}}"#
        let status = try status(
            #"{"id":"r","desiredState":{"replicaSelector":{"a":"b"},"podTemplate":{"labels":{"a":"b"},"desiredState":"#
                + #"{"manifest":{"version":"v1beta1","volumes":[\#(disk)]}}}}}"#, as: .replicationController)
        #expect(
            status.details?.causes.map(\.message)
                == ["desiredState.podTemplate.desiredState.manifest.GCEPersistentDisk.ReadOnly: invalid value 'false'"])
    }
}
