/// The chosen differences from the recording, in the order of docs/compatibility.md: the only ones there may be.
enum GoldenDifferences {
    /// What is answered instead of what was recorded.
    struct Answer: Sendable {
        var status: Int
        /// Is part of the answer's body.
        var words: String
    }

    /// By the case's name.
    static let answers: [String: Answer] = [
        "get /api": Answer(status: 200, words: #"{"versions":["v1beta1"]}"#),
        "service wrong kind": Answer(status: 400, words: #""message":"data of kind 'Pod', obj of type 'Service'"#),
        "service resourceVersion on create": Answer(
            status: 400, words: #""message":"resourceVersion may not be set on objects to be created""#),
        "service external lb": Answer(
            status: 422, words: "requested an external service, but no cloud provider supplied."),
        "service body empty body": Answer(status: 400, words: #""message":"empty input","reason":"BadRequest""#),
        "service body not json": Answer(
            status: 400,
            words: "did not find expected node content"),
        "list services bad selector": Answer(
            status: 400, words: "invalid selector: 'a b'; can't understand 'a b'"),
        "pod two policies": Answer(status: 422, words: "desiredState.manifest.restartPolicy: invalid value"),
        "pod hostDir no path": Answer(status: 422, words: #""kind":"pod""#),
        "pod bad id": Answer(status: 422, words: #"pod \"P_X\" is invalid: id: invalid value 'P_X'"#),
        "bind missing pod": Answer(status: 404, words: #"pod \"nope\" not found"#),
        "create minion": Answer(status: 200, words: #""id":"172.16.213.142""#),
        "delete minion": Answer(status: 200, words: #""status":"Success""#),
        "redirect service": Answer(status: 400, words: "Invalid request.  Namespace parameter required."),
    ]

    /// The case in which 2014 gave a released portal IP to the next service, and that address: here it is kept back.
    static let reuse = (name: "ip after delete: lowest free", address: "10.11.0.4")

    /// What a list no longer holds, because the request that made it is refused here.
    static let missing: Set<String> = ["default/P_X"]
}
