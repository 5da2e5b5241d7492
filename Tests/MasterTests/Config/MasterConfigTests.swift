import Settings
import Testing

@testable import Master

@Suite struct MasterConfigTests {
    private func config(
        file: String = "", environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws(ConfigError) -> MasterConfig {
        var loader = ConfigLoader(.master)
        loader.take(environment: environment)
        loader.take(file: Array(file.utf8), path: "master.yaml")
        for setting in SettingTable.master.settings {
            if let value = flags[setting.key] { loader.take(flag: setting, value: value) }
        }
        return try MasterConfig(loader.effective())
    }

    private func problems(file: String) -> [String] {
        do {
            _ = try config(file: file)
            return []
        } catch {
            return error.problems.map { "\($0.place): \($0.message)" }
        }
    }

    @Test func nothingSaidIsAMasterOnLoopback() throws {
        let config = try config()
        #expect(config.address == "127.0.0.1")
        #expect(config.port == 8080)
        #expect(config.machines.isEmpty)
        #expect(config.etcdServers.isEmpty)
        #expect("\(config.portalNet) \(config.podNet)" == "10.11.0.0/16 10.244.0.0/16")
        #expect(config.podEvictionTimeout == .seconds(60))
    }

    @Test func flagBeatsFileBeatsEnvironment() throws {
        let config = try config(
            file: "port: 2\nminionPort: 3\n",
            environment: [
                "MINION_MASTER_PORT": "1", "MINION_MASTER_MINION_PORT": "1", "MINION_MASTER_DATA_DIR": "/d",
                "MINION_PORT": "an agent's",
            ],
            flags: ["port": "4"])
        #expect(config.port == 4)
        #expect(config.minionPort == 3)
        #expect(config.dataDir == "/d")
    }

    @Test(arguments: [
        ("", "http://127.0.0.1:8080"), ("address: 10.0.0.1\nport: 1", "http://10.0.0.1:1"),
        ("address: 0.0.0.0", "http://yy2.example:8080"),
        ("advertiseUrl: https://m.example:8443/", "https://m.example:8443"),
    ])
    func othersFindThisMaster(_ row: (file: String, url: String)) throws {
        #expect(try config(file: row.file).advertisedURL(machine: "yy2.example") == row.url)
    }

    @Test func aMasterHasOneURL() {
        #expect(
            problems(file: "advertiseUrl: http://a:1,http://b:1")
                == ["master.yaml:1:1: advertiseUrl must be one URL, was 'http://a:1,http://b:1'"])
    }

    @Test(
        arguments: [
            ("", "this master's address is 127.0.0.1, where no other master of this etcd reaches it; set advertiseUrl"),
            (
                "address: 127.1.2.3",
                "this master's address is 127.1.2.3, where no other master of this etcd reaches it; set advertiseUrl"
            ),
            (
                "address: 10.0.0.1\nport: 0",
                "this master's port is any that is free, where no other master of this etcd reaches it; set advertiseUrl"
            ),
            ("address: 10.0.0.1", nil), ("address: 0.0.0.0", nil), ("advertiseUrl: http://127.0.0.1:8080", nil),
        ] as [(String, String?)])
    func mastersOfOneEtcdReachEachOther(_ row: (file: String, complaint: String?)) {
        let file = "etcdServers: http://10.0.0.9:2379\n\(row.file)"
        #expect(problems(file: file) == (row.complaint.map { ["master.yaml:1:1: \($0)"] } ?? []))
    }

    @Test(arguments: ["machines: 172.16.213.140,node-b", "machines: [172.16.213.140, node-b]"])
    func machinesAreTextOrASequence(_ file: String) throws {
        #expect(try config(file: file).machines == ["172.16.213.140", "node-b"])
    }

    @Test(arguments: [
        ("machnes: a", "master.yaml:1:1: unknown setting machnes (did you mean machines?)"),
        (
            "machines: a,,b",
            "master.yaml:1:1: machines must be names or addresses of machines joined by commas, '' is none"
        ),
        (
            "machines: [a, B]",
            "master.yaml:1:1: machines must be names or addresses of machines joined by commas, 'B' is none"
        ),
        ("machines: [a, b, a]", "master.yaml:1:1: machines names 'a' twice"),
        ("machines: [{a: b}]", "master.yaml:1:1: machines must be a single value or a sequence"),
        ("port: [1]", "master.yaml:1:1: port must be a single value"),
        (
            "etcdServers: 127.0.0.1:2379",
            "master.yaml:1:1: etcdServers must be URLs like http://127.0.0.1:2379 joined by commas, "
                + "'127.0.0.1:2379' is none"
        ),
        (
            "\nportalNet: 10.0.0.0/30",
            "master.yaml:2:1: portalNet 10.0.0.0/30 is too small: the longest prefix is /29"
        ),
        ("podEvictionTimeout: 14", "master.yaml:1:1: podEvictionTimeout must be 15…86400, was '14'"),
        ("podNet: 10.244.0.0/25", "master.yaml:1:1: podNet 10.244.0.0/25 is too small: the longest prefix is /24"),
        (
            "podNet: 10.0.0.0/8",
            "master.yaml:1:1: podNet 10.0.0.0/8 overlaps portalNet 10.11.0.0/16: an address would be a service's and a "
                + "pod's"
        ),
    ])
    func aFaultIsNamedWithItsPlace(_ row: (file: String, complaint: String)) {
        #expect(problems(file: row.file) == [row.complaint])
    }
}
