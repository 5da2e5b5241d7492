import Settings
import Testing

@testable import Agent

@Suite struct ConfigTests {
    private func loaded(
        file: String = "", environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws(ConfigError) -> [String: EffectiveSetting] {
        var loader = ConfigLoader(.agent)
        loader.take(environment: environment)
        loader.take(file: Array(file.utf8), path: "miniond.yaml")
        for setting in SettingTable.agent.settings {
            if let value = flags[setting.key] { loader.take(flag: setting, value: value) }
        }
        return Dictionary(uniqueKeysWithValues: try loader.effective().map { ($0.setting.key, $0) })
    }

    private func problems(file: String = "", environment: [String: String] = [:], flags: [String: String] = [:])
        -> [String]
    {
        do {
            _ = try loaded(file: file, environment: environment, flags: flags)
            return []
        } catch {
            return error.problems.map { "\($0.place): \($0.message)" }
        }
    }

    @Test func theDefaultsAreValid() throws {
        #expect(try loaded()["port"]?.value == "10250")
        #expect(try AgentConfig(Array(loaded().values)).isLoopback)
    }

    @Test func flagBeatsFileBeatsEnvironmentBeatsDefault() throws {
        let environment = ["MINION_PORT": "1", "MINION_STATE_DIR": "/env", "MINION_SOCKET": "/env.sock"]
        let settings = try loaded(
            file: "port: 2\nstateDir: /file\n", environment: environment, flags: ["port": "3"])
        #expect(settings["port"]?.value == "3")
        #expect(settings["port"]?.origin == .flag("--port"))
        #expect(settings["stateDir"]?.value == "/file")
        #expect(settings["stateDir"]?.origin == .file(place: "miniond.yaml:2:1"))
        #expect(settings["socket"]?.value == "/env.sock")
        #expect(settings["socket"]?.origin == .environment(variable: "MINION_SOCKET"))
        #expect(settings["manifests"]?.origin == .builtIn)
    }

    @Test(arguments: [
        ("prot: 1", "miniond.yaml:1:1: unknown setting prot (did you mean port?)"),
        ("# c\nport: 70000", "miniond.yaml:2:1: port must be 0…65535, was '70000'"),
        ("address: nowhere", "miniond.yaml:1:1: address must be an IPv4 address, was 'nowhere'"),
        ("allowPrivileged: maybe", "miniond.yaml:1:1: allowPrivileged must be true or false, was 'maybe'"),
        ("portalNet: 10.11.0.0", "miniond.yaml:1:1: portalNet must be a network like 10.11.0.0/16, was '10.11.0.0'"),
        (
            "packetFilter: pf",
            "miniond.yaml:1:1: packetFilter must be one of iptables, iptables-nft, iptables-legacy, was 'pf'"
        ),
        ("stateDir: \"\"", "miniond.yaml:1:1: stateDir must not be empty"),
        ("port: [1]", "miniond.yaml:1:1: port must be a single value"),
        ("- port", "miniond.yaml: must be a mapping of settings"),
    ])
    func aFilesFaultIsNamedWithItsPlace(_ row: (text: String, complaint: String)) {
        #expect(problems(file: row.text) == [row.complaint])
    }

    @Test func everyProblemIsReportedAtOnce() {
        let found = problems(
            file: "prot: 1\nport: x", environment: ["MINION_PORTT": "1"], flags: ["drainSeconds": "-1"])
        #expect(found.count == 4)
        #expect(found.contains("MINION_PORTT: unknown variable (did you mean MINION_PORT?)"))
        #expect(found.contains("--drain-seconds: drainSeconds must be 0…300, was '-1'"))
    }

    @Test func aTokenBeyondLoopbackNeedsTheWord() throws {
        let file = "address: 0.0.0.0\ntokenFile: /t\n"
        let refused = try Array(loaded(file: file).values)
        #expect(throws: ConfigError.self) { try AgentConfig(refused) }
        let accepted = try Array(loaded(file: file + "insecurePlaintext: true\n").values)
        #expect(try AgentConfig(accepted).insecurePlaintext)
    }

    @Test func spellingsFollowTheKey() {
        let setting = SettingTable.agent.named("hostnameOverride")
        #expect(setting?.flag == "--hostname-override")
        #expect(problems(environment: ["MINION_HOSTNAME_OVERRIDE": "n"]) == [])
    }

    @Test func whatIsSaidToAMasterOrATestIsNotSaidToTheAgent() {
        #expect(problems(environment: ["MINION_MASTER_PORT": "x", "MINION_TEST_PORT": "x"]) == [])
    }

    @Test func theReportIsAYAMLFileAgain() throws {
        var loader = ConfigLoader(.agent)
        loader.take(flag: try #require(SettingTable.agent.named("port")), value: "1234")
        let report = ConfigReport.text(try loader.effective())
        #expect(report.split(separator: "\n").contains { $0.hasPrefix("port: 1234 ") && $0.hasSuffix("# --port") })
        #expect(try loaded(file: report)["port"]?.value == "1234")
    }
}
