import APIClient
import ClusterModel
import Testing

@testable import minionctl

@Suite struct ClusterTableTests {
    @Test(arguments: ClusterKind.allCases, [false, true])
    func everyRowFitsItsHeadings(_ kind: ClusterKind, _ isWide: Bool) {
        #expect(kind.row(["id": "x"], isWide: isWide).count == kind.headings(isWide: isWide).count)
    }

    @Test func aPodIsOneRow() {
        let pod: JSONValue = [
            "id": "web", "resourceVersion": 7, "labels": ["b": "2", "a": "1"],
            "desiredState": ["manifest": ["containers": [["image": "i"], ["image": "j"]]]],
            "currentState": [
                "status": "Running", "host": "m1", "podIP": "10.244.1.3",
                "info": ["net": ["restartCount": 9], "c": ["restartCount": 2]],
            ],
        ]
        #expect(ClusterKind.pods.row(pod, isWide: false) == ["web", "default", "Running", "2", "m1", "i,j", ""])
        #expect(ClusterKind.pods.row(pod, isWide: true).suffix(3) == ["10.244.1.3", "a=1,b=2", "7"])
    }

    @Test func aControllerShowsHowManyThereAreOfHowMany() {
        let controller: JSONValue = [
            "id": "web", "currentState": ["replicas": 1],
            "desiredState": ["replicas": 3, "replicaSelector": ["name": "web"]],
        ]
        #expect(ClusterKind.replicationControllers.row(controller, isWide: false)[2...3] == ["1/3", "name=web"])
    }

    @Test func aMinionShowsHowItIsAndItsPodNet() {
        let minion: JSONValue = [
            "id": "m1", "hostIP": "10.0.0.1", "podCIDR": "10.244.3.0/24", "labels": ["a": "1"],
            "resources": ["capacity": ["cpu": 4, "memory": "512"]],
            "currentState": ["status": "NotReady", "reason": "EngineDown", "message": "no docker"],
        ]
        let row = ["m1", "NotReady: EngineDown", "10.0.0.1", "10.244.3.0/24", "4", "512", "a=1"]
        #expect(ClusterKind.minions.row(minion, isWide: false) == row)
        #expect(ClusterKind.minions.row(minion, isWide: true) == row + ["no docker", ""])
        // Of a server that does not tell.
        #expect(ClusterKind.minions.row(["id": "m1"], isWide: false)[1...3] == ["", "", ""])
    }

    @Test(arguments: [
        ("pod", ClusterKind.pods), ("SVC", .services), ("rc", .replicationControllers), ("nodes", .minions),
        ("replicationcontrollers", .replicationControllers), ("ep", .endpoints), ("events", .events),
    ])
    func peopleTypeShortForms(_ row: (word: String, kind: ClusterKind)) throws {
        #expect(try ClusterKind(typed: row.word) == row.kind)
    }

    @Test func anUnknownWordIsAnsweredWithTheKnown() {
        #expect(throws: (any Error).self) { try ClusterKind(typed: "gadgets") }
        #expect(ClusterKind.plurals.contains("replicationControllers"))
    }

    @Test func laterRowsKeepTheColumnsOfTheTable() {
        let table = Table(headings: ["NAME", "IP"], rows: [["longer", ""]])
        #expect(Table.line(["a", "1"], widths: table.widths) == "a        1")
        #expect(
            Table.line(["longer than all", "1", "(deleted)"], widths: table.widths)
                == "longer than all   1    (deleted)")
    }

    @Test func onlyWhatIsDifferentIsAChange() {
        let (one, two): (JSONValue, JSONValue) = (["id": "a", "n": 1], ["id": "b"])
        var difference = ListDifference([one, two])
        #expect(difference.update([one, two]) == [])
        let changed: JSONValue = ["id": "a", "n": 2]
        let other: JSONValue = ["id": "a", "namespace": "x"]
        #expect(
            difference.update([changed, other]) == [
                ObjectChange(.modified, changed), ObjectChange(.added, other), ObjectChange(.deleted, two),
            ])
        #expect(difference.update([changed, other]) == [])
    }

    @Test func aVersionAloneIsNoChange() {
        let stored: JSONObject = ["id": "a", "resourceVersion": 1, "selfLink": "/a", "port": 80]
        var result = stored
        result["resourceVersion"] = 2
        #expect(ClusterWriter.content(stored) == ClusterWriter.content(result))
        result["port"] = 81
        #expect(ClusterWriter.content(stored) != ClusterWriter.content(result))
    }
}
