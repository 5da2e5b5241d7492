import Testing

/// What the kubecfg of the founding article's week was asked and answered, in order, byte for byte (21 October 2014), after
/// the conversation whose last state is `RecordedStore`. The prefix of its log lines is removed.
struct RecordedCommand: Sendable, CustomTestStringConvertible {
    let name: String
    let arguments: [String]
    var input = ""
    let status: Int32
    var output = ""
    var errors = ""

    var testDescription: String { name }
}

extension RecordedCommand {
    /// All of them; each finds what those before it left.
    static let all = objects + controllers + others

    /// The file `p.json` of the recording.
    static let podFile =
        #"{"kind":"Pod","apiVersion":"v1beta1","id":"kpod","labels":{"b":"2","a":"1"},"desiredState":{"manifest":{"version":"v1beta1","id":"kpod","containers":[{"name":"c","image":"busybox"},{"name":"d","image":"second/image:tag"}]}}}"#

    /// The file `s.json` of the recording.
    static let serviceFile =
        #"{"kind":"Service","apiVersion":"v1beta1","id":"apache-service","port":23456,"containerPort":80,"selector":{"name":"apache"}}"#
}
