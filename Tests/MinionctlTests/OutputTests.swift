import ClusterModel
import Glibc
import Testing

@testable import minionctl

@Suite struct OutputTests {
    private let service: JSONValue = [
        "id": "web", "port": 80, "portalIP": "10.11.0.1",
        "currentState": ["status": "Programmed", "proxyPort": 33945, "endpoints": 2],
    ]

    @Test func aTablePadsEveryColumnButTheLast() {
        let table = Table(headings: ["NAME", "IP"], rows: [["a", "10.0.0.1"], ["longer", ""]])
        #expect(table.text == "NAME     IP\na        10.0.0.1\nlonger   -\n")
    }

    @Test func aServiceIsOneRow() {
        let row = Resource.services.row(service)
        #expect(row == ["web", "default", "10.11.0.1", "80/TCP", "33945", "2", "Programmed", ""])
    }

    @Test func aPodsRestartsLeaveOutTheNetworkContainer() {
        let pod: JSONValue = [
            "id": "a", "namespace": "x",
            "desiredState": ["manifest": ["containers": [["image": "i"], ["image": "j"]]]],
            "currentState": [
                "status": "Running", "podIP": "172.17.0.2",
                "info": ["net": ["restartCount": 9], "c": ["restartCount": 2], "d": ["restartCount": 1]],
            ],
        ]
        #expect(Resource.pods.row(pod) == ["a", "x", "Running", "3", "172.17.0.2", "i,j", ""])
    }

    @Test(arguments: Format.allCases)
    func nothingIsNothingInEveryFormat(_ format: Format) {
        let text = Output.text([], as: format, .pods)
        let isTable = format == .table || format == .wide
        #expect(text.isEmpty == isTable)
        #expect(isTable || text.contains("PodList"))
    }

    @Test(arguments: [("po", Resource.pods), ("Service", .services), ("minions", .nodes), ("ep", .endpoints)])
    func peopleTypeShortForms(_ row: (word: String, resource: Resource)) {
        #expect(Resource(word: row.word) == row.resource)
    }

    @Test func aLineOfAWatchIsInThePipeAtOnce() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            dup2(ends[1], STDOUT_FILENO)
            // The test library flushes after each line; a program that writes into a pipe does not.
            let output = try #require(dlsym(nil, "stdout")).load(as: UnsafeMutablePointer<FILE>.self)
            try #require(setvbuf(output, nil, _IOFBF, 4_096) == 0)
            try Output.say("service  web")
            try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = read(ends[0], &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "service  web\n")
        }
    }

    @Test func everyRowFitsItsHeadings() {
        for resource in Resource.allCases {
            #expect(resource.row(["id": "x"]).count == resource.headings.count)
        }
    }
}
