import ClusterModel
import Testing

@testable import Master

@Suite struct FitTests {
    private static let holder = Make.pod(
        "holder", containers: [Make.container(hostPort: 8_080, cpu: 600, memory: 600 << 20)],
        volumes: [
            Volume(
                name: "w", source: .persistentDisk(pdName: "written", fsType: "ext4", partition: 0, readOnly: false)),
            Volume(name: "r", source: .persistentDisk(pdName: "read", fsType: "ext4", partition: 0, readOnly: true)),
        ])

    private static func disk(_ name: String, readOnly: Bool) -> Pod {
        Make.pod(
            "p", containers: [],
            volumes: [
                Volume(
                    name: "v", source: .persistentDisk(pdName: name, fsType: "ext4", partition: 0, readOnly: readOnly))
            ])
    }

    private static func asking(hostPort: Int = 0, cpu: Int64 = 0, memory: Int64 = 0) -> Pod {
        Make.pod("p", containers: [Make.container(hostPort: hostPort, cpu: cpu, memory: memory)])
    }

    @Test(
        arguments: [
            (asking(), nil),
            (asking(hostPort: 8_081), nil),
            (asking(hostPort: 8_080), .hostPort(8_080, holder: Make.name("holder"))),
            (asking(cpu: 400, memory: 424 << 20), nil),
            (asking(cpu: 401), .cpu(free: 400)),
            (asking(memory: 425 << 20), .memory(free: 424 << 20)),
            (disk("other", readOnly: false), nil),
            (disk("written", readOnly: true), .disk("written", user: Make.name("holder"))),
            (disk("read", readOnly: false), .disk("read", user: Make.name("holder"))),
            (disk("read", readOnly: true), nil),
            (Make.pod("p", selector: ["disk": "ssd"]), nil),
            (Make.pod("p", selector: ["disk": "ssd", "zone": "b", "a": "1"]), .lacksLabels(["a=1", "zone=b"])),
        ] as [(Pod, Misfit?)])
    func rules(_ row: (pod: Pod, misfit: Misfit?)) {
        var load = MinionLoad()
        load.capacity = Resources(cpu: 1_000, memory: 1 << 30)
        load.labels = ["disk": "ssd", "zone": "a"]
        load.set(PodDemand(Self.holder), of: Make.name("holder"))
        #expect(load.misfit(PodDemand(row.pod)) == row.misfit)
        // What a pod took is free again when it is gone.
        load.set(nil, of: Make.name("holder"))
        load.labels = row.pod.nodeSelector
        #expect(load.misfit(PodDemand(row.pod)) == nil)
        #expect(load.requestedShare == 0)
    }

    @Test func aMinionOfNoStatedSizeIsUnlimitedAndHostileNumbersAreHarmless() {
        var load = MinionLoad()
        let greedy = PodDemand(Self.asking(cpu: .max, memory: .max))
        #expect(PodDemand(Self.asking(cpu: -5, memory: .min)).resources == Resources())
        for number in 0..<1_000 { load.set(greedy, of: Make.name("p\(number)")) }
        #expect(load.misfit(greedy) == nil)
        load.capacity = Resources(cpu: 1, memory: 1)
        #expect(load.misfit(greedy) == .memory(free: 0))
        #expect(load.misfit(PodDemand(Self.asking())) == nil)
    }

    @Test func anExplanationHasALinePerReason() {
        let demand = PodDemand(Self.asking(hostPort: 8_080, cpu: 500, memory: 512 << 20))
        let report = FitReport(
            demand,
            misfits: [
                .memory(free: 128 << 20), .memory(free: 100), .hostPort(8_080, holder: Make.name("web")),
                .notReady("docker is down"), .notReady("docker is down"), .notReady("not heard from yet"),
                .lacksLabels(["a=1", "b=2"]), .cpu(free: 20), .disk("pd", user: Make.name("db")),
            ])
        #expect(
            report.lines == [
                "2 are not ready (docker is down)",
                "2 have too little free memory (512 MiB wanted, at most 128 MiB free)",
                "1 has disk pd in use by default/db",
                "1 has host port 8080 taken by default/web",
                "1 has too little free cpu (500 milli-cores wanted, at most 20 free)",
                "1 is not ready (not heard from yet)",
                "1 lacks the labels a=1, b=2",
            ])
        #expect(report.message.hasPrefix("0 of 9 minions fit: 2 are not ready (docker is down); 2 have"))
        #expect(FitReport(demand, misfits: []).message == "there are no minions")
        let ports = FitReport(
            demand,
            misfits: ["b", "a", "a"].map { .hostPort(8_080, holder: Make.name($0)) })
        #expect(ports.message == "0 of 3 minions fit: 3 have host port 8080 taken by default/a and 1 more")
    }

    @Test func anExplanationIsBounded() {
        let misfits = (0..<40).map { Misfit.notReady("reason \($0)") }
        let report = FitReport(PodDemand(Self.asking()), misfits: misfits)
        #expect(report.lines.count == FitReport.lineLimit + 1)
        #expect(report.lines.last == "32 for other reasons")
    }

    @Test(
        arguments: [
            (0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1 KiB"), (1_536, "1.5 KiB"), (512 << 20, "512 MiB"),
            (3_221_225_472, "3 GiB"), ((1 << 40) - 1, "1023.9 GiB"), (5 << 40, "5 TiB"),
        ] as [(Int64, String)])
    func amounts(_ row: (bytes: Int64, words: String)) {
        #expect(ByteText.words(row.bytes) == row.words)
    }
}
