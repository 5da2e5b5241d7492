/// A pod of one minion, with the text that its minion repeats when it says how the pod is.
struct SwarmPod {
    let name: String
    let namespace: String
    /// The newest that the minion was given.
    let version: UInt64
    let address: String
    var isReady = true
    private let containers: [String]
    /// The object's members without header and version.
    private let members: [UInt8]

    /// The pod whose object stands at `object`. Its address is the minion's net's, in the order of arrival.
    init(_ line: JSONSkim, _ object: Range<Int>, version: UInt64, address: String) {
        var (name, namespace, containers) = ("", "default", [String]())
        var members: [UInt8] = []
        line.forEachMember(of: object) { key, value in
            if line.has(key, "kind") || line.has(key, "apiVersion") || line.has(key, "resourceVersion") { return }
            if line.has(key, "id") { name = line.string(value) }
            if line.has(key, "namespace") { namespace = line.string(value) }
            if line.has(key, "desiredState") { containers = Self.containers(line, value) }
            members.append(UInt8(ascii: ","))
            members += line.bytes[key.lowerBound - 1..<value.upperBound]
        }
        (self.name, self.namespace, self.containers, self.members) = (name, namespace, containers, members)
        (self.version, self.address) = (version, address)
    }

    /// Says how it is: the object of a `status` line.
    func write(into output: inout [UInt8]) {
        output += #"{"kind":"Pod","apiVersion":"v1beta1""#.utf8
        output += members
        let state = isReady ? #"{"running":{"startedAt":"2014-10-01T00:00:00Z"}}"# : #"{"waiting":{}}"#
        let info = containers.map { #""\#($0)":{"state":\#(state),"restartCount":0,"image":""}"# }
        let status = isReady ? "Running" : "Waiting"
        output += #","currentState":{"status":"\#(status)","podIP":"\#(address)","info":{"#.utf8
        output += info.joined(separator: ",").utf8
        output += "}}}".utf8
    }

    private static func containers(_ line: JSONSkim, _ desiredState: Range<Int>) -> [String] {
        var names: [String] = []
        guard let manifest = line.member("manifest", of: desiredState),
            let containers = line.member("containers", of: manifest)
        else { return [] }
        line.forEachElement(of: containers) { container in
            if let name = line.member("name", of: container) { names.append(line.string(name)) }
        }
        return names
    }
}
