/// Values as refusals of the server of 2014 showed them: as `%v` of its language writes the values of its own program, pointers
/// included. Where it pointed differed from run to run, but for empty structures, which all had the address of the recording.
enum GoText {
    private static let none = "<nil>"
    private static let empty = "0xb78f58"
    private static let somewhere = "0xc208000000"
    /// Unicode scalars that are shown of a template: enough for any that a person writes.
    private static let templateLimit = 4_096

    /// A handler without an action.
    static let emptyHandler = "&{\(none) \(none)}"

    /// Restart policies, of which there are `given`.
    static func policies(_ given: Set<RestartPolicy>) -> String { "&" + policy(given) }

    /// A volume's source, of which the members called `given` are there.
    static func source(_ given: Set<String>) -> String {
        let pointers = ["hostDir", "emptyDir", "persistentDisk"].map { name in
            !given.contains(name) ? none : name == "emptyDir" ? empty : somewhere
        }
        return "&" + structure(pointers)
    }

    /// A template of pods; `json` is what it was read from, which tells whether a restart policy was said.
    static func template(_ template: PodTemplate, of json: JSONValue) -> String {
        let manifest = template.manifest
        let said = json.member("desiredState").member("manifest").member("restartPolicy")
        let given = RestartPolicy.allCases.filter { said.member($0.rawValue) != .null }
        let state = structure([
            structure([
                manifest.version, manifest.id, manifest.uuid,
                list(manifest.volumes.map { structure([$0.name, somewhere]) }),
                list(manifest.containers.map(container)), policy(Set(given)),
            ]),
            "", "", "", "", "map[]",
        ])
        let labels = template.labels.sorted { $0.key.hasBytesBefore($1.key) }.map { "\($0.key):\($0.value)" }
        let text = structure([state, "map" + list(labels)])
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(templateLimit)))
    }

    private static func container(_ container: Container) -> String {
        structure([
            container.name, container.image, list(container.command), container.workingDir,
            list(
                container.ports.map {
                    structure([$0.name, "\($0.hostPort)", "\($0.containerPort)", $0.transport.rawValue, $0.hostIP])
                }),
            list(container.env.map { structure([$0.name, $0.value]) }),
            "\(container.memory)", "\(container.cpu)",
            list(container.volumeMounts.map { structure([$0.name, "\($0.readOnly)", $0.mountPath]) }),
            container.livenessProbe == nil ? none : somewhere, container.lifecycle == nil ? none : somewhere,
            "\(container.privileged)", container.imagePullPolicy,
        ])
    }

    private static func policy(_ given: Set<RestartPolicy>) -> String {
        structure(RestartPolicy.allCases.map { given.contains($0) ? empty : none })
    }

    private static func structure(_ fields: [String]) -> String { "{\(fields.joined(separator: " "))}" }

    private static func list(_ elements: [String]) -> String { "[\(elements.joined(separator: " "))]" }
}

extension JSONValue {
    /// The member called `key`; null where there is none.
    fileprivate func member(_ key: String) -> JSONValue {
        guard case .object(let object) = self else { return .null }
        return object[key] ?? .null
    }
}
