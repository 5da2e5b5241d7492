import ClusterModel
import Testing
import Wire

@testable import kubecfg

@Suite("Tables")
struct TableTests {
    @Test("the founding article's")
    func founding() throws {
        let service: JSONObject = [
            "kind": "Service", "id": "apache-service", "port": 9998, "labels": ["name": "apache-service"],
            "selector": ["name": "apache"], "portalIP": "10.11.0.1",
        ]
        let expected = """
            ID                  Labels                Selector            IP                  Port
            ----------          ----------            ----------          ----------          ----------
            apache-service      name=apache-service   name=apache         10.11.0.1           9998

            """
        #expect(try Printer.table.text(service) == expected)
    }

    @Test("a column has 20 places, or its longest cell and three; the last has what it needs", arguments: 15...25)
    func widths(length: Int) {
        let cell = String(repeating: "ä", count: length)
        let lines = Table(headings: ["A", "B"], rows: [[cell, cell]]).text.split(separator: "\n")
        #expect(lines[0] == "A" + String(repeating: " ", count: max(20, length + 3) - 1) + "B")
        #expect(lines[2] == cell + String(repeating: " ", count: max(20, length + 3) - length) + cell)
    }

    static let rows: [(JSONObject, [[String]])] = [
        (["kind": "Minion", "id": "m"], [["Minion identifier"], ["m"]]),
        (["kind": "Status", "status": "Success"], [["Status"], ["Success"]]),
        (
            [
                "kind": "Event", "id": "e", "involvedObject": ["name": "p", "kind": "Pod"], "status": "s",
                "reason": "r", "message": "m",
            ], [["Name", "Kind", "Status", "Reason", "Message"], ["p", "Pod", "s", "r", "m"]]
        ),
        (
            ["kind": "Pod", "id": "p", "desiredState": ["host": "h"], "currentState": ["hostIP": "1.2.3.4"]],
            [["ID", "Image(s)", "Host", "Labels", "Status"], ["p", "", "h/1.2.3.4", "", ""]]
        ),
        (
            ["kind": "Pod", "labels": ["b": "2", "B": "", "a": "1"], "currentState": ["host": "h"]],
            [["ID", "Image(s)", "Host", "Labels", "Status"], ["", "", "h/", "B=,a=1,b=2", ""]]
        ),
        (
            ["kind": "ReplicationControllerList", "items": [["id": "r", "desiredState": ["replicas": 3]]]],
            [["ID", "Image(s)", "Selector", "Replicas"], ["r", "", "", "3"]]
        ),
        (["kind": "ServiceList", "items": .null], [["ID", "Labels", "Selector", "IP", "Port"]]),
    ]

    @Test("the columns of each kind, and lists whose items are null", arguments: rows)
    func columns(object: JSONObject, expected: [[String]]) throws {
        let table = try #require(ObjectTable.table(object))
        #expect([table.headings] + table.rows == expected)
    }

    @Test("a kind without a table is told")
    func unknown() {
        #expect(throws: Fatal("Failed to print: kind 'Gadget' has no table; -json and -yaml print it")) {
            try Printer.table.text(["kind": "Gadget"])
        }
    }

    @Test("YAML shows versions as text, empty lists as such, and no older spellings")
    func internalForm() throws {
        let json =
            #"{"kind":"PodList","creationTimestamp":null,"resourceVersion":5,"apiVersion":"v1beta1","items":[{"id":"true","creationTimestamp":"2014-10-21T09:30:00Z","resourceVersion":7,"desiredState":{"manifest":{"volumes":null,"containers":[{"env":[{"name":"A","key":"A","value":"1:30"}],"volumeMounts":[{"name":"v","mountPath":"/v","path":"/v"}]}]}}}]}"#
        guard case .object(let list) = try JSONText.parse(Array(json.utf8)) else { return }
        let expected = """
            creationTimestamp: "null"
            resourceVersion: "5"
            items:
            - id: "true"
              creationTimestamp: 2014-10-21T09:30:00Z
              resourceVersion: "7"
              desiredState:
                manifest:
                  volumes: []
                  containers:
                  - env:
                    - name: A
                      value: "1:30"
                    volumeMounts:
                    - name: v
                      mountPath: /v

            """
        #expect(try Printer.yaml.text(list) == expected)
        let minions: JSONObject = ["kind": "MinionList", "minions": [["id": "m"]], "items": [["id": "m"]]]
        #expect(try Printer.yaml.text(minions) == "items:\n- id: m\n")
        #expect(try Printer.yaml.text(["kind": "MinionList"]) == "items: []\n")
    }
}
