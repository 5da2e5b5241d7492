import Glibc
import NodeKit
import Testing

@testable import Machine

@Suite struct HostProbeTests {
    let root: TestFolder
    let probe: HostProbe

    init() throws {
        root = try TestFolder()
        probe = HostProbe(root: root.path)
    }

    private func proc(_ name: String, _ content: String?) throws {
        guard let content else { return }
        var folder = root.path
        let parts = name.split(separator: "/")
        for part in parts.dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try put(content, at: "\(folder)/\(parts.last ?? "")")
    }

    @Test(
        arguments: [("1\n", true, nil), ("0\n", false, "net.ipv4.ip_forward is 0"), (nil, nil, "is /proc mounted?")]
            as [(String?, Bool?, String?)])
    func forwarding(content: String?, value: Bool?, advice: String?) throws {
        try proc("proc/sys/net/ipv4/ip_forward", content)
        let found = probe.ipForwarding()
        #expect(found.value == value)
        #expect(advice.map { found.advice?.contains($0) == true } ?? (found.advice == nil))
    }

    @Test(
        arguments: [
            ("79\n", "100\n", Usage(used: 79, limit: 100), false), ("80\n", "100\n", Usage(used: 80, limit: 100), true),
            ("5\n", "0\n", Usage(used: 5, limit: 0), false), (nil, "100\n", nil, false), ("5\n", nil, nil, false),
            ("x\n", "100\n", nil, false),
        ] as [(String?, String?, Usage?, Bool)])
    func connections(count: String?, limit: String?, usage: Usage?, isNearlyFull: Bool) throws {
        try proc("proc/sys/net/netfilter/nf_conntrack_count", count)
        try proc("proc/sys/net/netfilter/nf_conntrack_max", limit)
        let found = probe.connectionTracking()
        #expect(found.value == usage)
        #expect((found.advice != nil) == isNearlyFull)
        if isNearlyFull {
            #expect(found.advice?.contains("80 of 100 tracked connections are in use") == true)
            #expect(found.advice?.contains("sysctl -w net.netfilter.nf_conntrack_max=200") == true)
        }
    }

    @Test(
        arguments: [
            (64 << 20, 100, nil), ((64 << 20) - 1, 100, "63 MiB are left for /state, fewer than 64: make room, or"),
            (0, 0, "0 MiB are left"), (64 << 20, 99, "99 files can still be made in /state, fewer than 100: remove"),
            (Int.max, Int.max, nil),
        ] as [(Int, Int, String?)])
    func space(bytes: Int, files: Int, advice: String?) {
        let space = FreeSpace(bytes: bytes, files: files)
        let found = HostProbe.judge(space, in: "/state")
        #expect(found.value == space)
        #expect(advice.map { found.advice?.hasPrefix($0) == true } ?? (found.advice == nil))
    }

    @Test func theSpaceIsTheKernels() async throws {
        #expect(probe.freeSpace(of: root.path("absent")).value == nil)
        let advice = probe.freeSpace(of: root.path("absent")).advice
        #expect(advice == "the space left in \(root.path("absent")) cannot be read: No such file or directory")
        await #expect(processExitsWith: .success) {
            try enterMountNamespace()
            let folder = try TestFolder()
            try #require(mount("tmpfs", folder.path, "tmpfs", 0, "size=1m,nr_inodes=50") == 0)
            try put(String(repeating: "x", count: 256 * 1024), at: folder.path("file"))
            let space = HostProbe().freeSpace(of: folder.path)
            // One inode is the folder's, one the file's.
            #expect(space.value == FreeSpace(bytes: 768 * 1024, files: 48))
            #expect(space.advice != nil)
            try #require(umount(folder.path) == 0)
        }
    }

    @Test func theDescriptorLimitIsRaised() async {
        await #expect(processExitsWith: .success) {
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit(rlim_cur: 256, rlim_max: 512)
            try #require(setrlimit(resource, &limit) == 0)
            #expect(HostProbe.raiseDescriptorLimit(wanted: 512, unit: "some-unit") == Probed(512))
            getrlimit(resource, &limit)
            #expect(limit.rlim_cur == 512)
            let advice =
                "512 descriptors may be open, 513 are wanted: set LimitNOFILE=513 in the unit (systemctl edit some-unit)"
            #expect(HostProbe.raiseDescriptorLimit(wanted: 513, unit: "some-unit") == Probed(512, advice: advice))
        }
    }

    @Test func theHostNameIsTheFullOne() async {
        let runner = ScriptedRunner()
        runner.on("hostname", "-f", play: .prints("  yy2.example.org\n"))
        #expect(await HostProbe.hostname(runner) == "yy2.example.org")
    }

    @Test(arguments: [
        ScriptedRunner.Outcome.exits(1, "hostname: Name or service not known"), .prints("\n"),
        .ends(CommandOutput(status: .exited(1), standardOutput: Array("half".utf8))),
        .fails(CommandError(code: .notFound, message: "")), .fails(CommandError(code: .deadlineExceeded, message: "")),
    ])
    func orTheKernels(outcome: ScriptedRunner.Outcome) async throws {
        let runner = ScriptedRunner()
        runner.on("hostname", play: outcome)
        let kernels = try #require(text(of: "/proc/sys/kernel/hostname")).dropLast()
        #expect(await HostProbe.hostname(runner) == kernels)
    }

    @Test func usageIsAFraction() {
        #expect(Usage(used: 1, limit: 4).fraction == 0.25)
        #expect(Usage(used: 0, limit: 0).fraction == 1)
    }
}
