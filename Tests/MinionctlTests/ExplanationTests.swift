import ClusterModel
import Testing

@testable import minionctl

@Suite struct ExplanationTests {
    private func pod(host: String = "m1", _ current: JSONObject) -> JSONValue {
        [
            "id": "web", "desiredState": ["host": .string(host), "manifest": ["containers": [["name": "c"]]]],
            "currentState": .object(current),
        ]
    }

    @Test func aPodNobodyPlacedIsTheSchedulersBusiness() {
        let waiting = pod(host: "", ["status": "Waiting", "message": "0 of 1 minion fits: 1 is not ready (lost)"])
        let event: JSONValue = [
            "creationTimestamp": "2026-11-26T16:00:00Z", "source": "scheduler", "reason": "failedScheduling",
            "message": "0 of 1",
        ]
        #expect(
            PodExplanation(pod: waiting, events: [event]).lines == [
                "pod default/web is Waiting", "scheduler: 0 of 1 minion fits: 1 is not ready (lost)",
                "event 2026-11-26T16:00:00Z scheduler failedScheduling: 0 of 1",
            ])
        #expect(
            PodExplanation(pod: pod(host: "", [:])).lines == [
                "pod default/web is Waiting", "scheduler: it has not looked at the pod yet; does a master lead?",
            ])
    }

    @Test func aPodThatFailsOnItsMinionIsToldStationByStation() {
        let failing = pod([
            "status": "Waiting", "message": "c: no such image",
            "info": [
                "net": ["state": ["running": ["startedAt": "t"]]],
                "c": ["state": ["waiting": ["reason": "ErrImagePull"]], "restartCount": 1],
            ],
        ])
        let delivery: JSONValue = [
            "phase": "failed", "reason": "ErrImagePull", "message": "no such image", "retryInSeconds": 8,
            "connected": true,
        ]
        #expect(
            PodExplanation(pod: failing, delivery: delivery).lines == [
                "pod default/web is Waiting on minion m1", "minion m1: ready",
                "delivery: failed: ErrImagePull: no such image; the minion tries again in 8 s",
                "minion m1 says: c: no such image", "container c: waits: ErrImagePull, restarted 1 time",
            ])
    }

    @Test func theNetworkContainerIsToldOnlyWhereItDoesNotRun() {
        let dead = pod([
            "info": [
                "net": ["state": ["waiting": ["reason": "ContainerCreating"]]],
                "c": [
                    "state": [
                        "termination": ["exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-26T16:00:00Z"]
                    ], "restartCount": 3,
                ],
            ]
        ])
        #expect(
            ContainerWords.lines(of: dead) == [
                "container net: waits: ContainerCreating",
                "container c: ended with 137 at 2026-11-26T16:00:00Z (OOMKilled), restarted 3 times",
            ])
    }

    @Test(
        arguments: [
            (.null, "this master has not told the minion; the one that leads knows more"),
            (["phase": "applied", "connected": true], "the minion is as wanted"),
            (
                ["phase": "waiting", "connected": false, "connection": "refused"],
                "not sent yet; no connection: refused"
            ),
            (
                ["phase": "refused", "reason": "Invalid", "message": "port", "connected": true],
                "refused by the minion: Invalid: port"
            ),
        ] as [(JSONValue, String)])
    func deliveries(_ delivery: JSONValue, _ sentence: String) {
        #expect(DeliveryWords.sentence(delivery) == sentence)
    }

    private let service: JSONValue = [
        "id": "web", "portalIP": "10.11.0.1", "port": 80, "selector": ["name": "web"],
    ]

    @Test func aServiceWithoutEndpointsNamesThePodsThatAreNone() {
        let lines = ServiceExplanation(
            service: service, endpoints: [], pods: [pod(["status": "Waiting", "message": "ErrImagePull"])],
            deliveries: [
                ["minion": "m1", "phase": "applied", "connected": true],
                ["minion": "m2", "phase": "received", "connected": true],
            ]
        ).lines
        #expect(
            lines == [
                "service default/web has the portal 10.11.0.1:80", "endpoints: none, so that clients are reset",
                "selector: 1 pod has name=web", "pod web: is Waiting (ErrImagePull), no endpoint",
                "minions: 1 of 2 are as wanted", "minion m2: stored by the minion, which works on it",
            ])
    }

    @Test func aServiceNobodyIsSelectedForSaysSo() {
        let lines = ServiceExplanation(service: service).lines
        #expect(lines.contains("selector: no pod has name=web"))
        #expect(lines.last == "minions: this master has told none of it; the one that leads knows more")
    }

    @Test func manyEndpointsAreCounted() {
        let answering: JSONValue = ["id": "web", "currentState": ["status": "Running", "podIP": "10.0.0.7"]]
        let lines = ServiceExplanation(
            service: service, endpoints: (1...12).map { "10.0.0.\($0):80" }, pods: [answering]
        ).lines
        #expect(lines[1].hasSuffix("10.0.0.10:80 and 2 more"))
        #expect(!lines.contains { $0.hasPrefix("pod web") })
    }

    @Test func aNodeTellsWhatItKnows() {
        let current: JSONValue = [
            "id": "web", "portalIP": "10.11.0.1", "port": 80,
            "currentState": ["status": "Failed", "message": "PortInUse: busy", "endpoints": 0],
        ]
        #expect(
            NodeExplanation.lines(of: current, .services) == [
                "service default/web has the portal 10.11.0.1:80", "rule: Failed",
                "endpoints: none, so that clients are reset", "why: PortInUse: busy",
            ])
        #expect(
            NodeExplanation.lines(of: pod(["status": "Running", "podIP": "10.0.0.2"]), .pods) == [
                "pod default/web is Running at 10.0.0.2"
            ])
    }
}
