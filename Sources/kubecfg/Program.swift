import APIClient

/// One call of kubecfg.
struct Program {
    /// The status of a call without a method.
    private static let noMethodStatus: Int32 = 1

    let surroundings: Surroundings

    /// Does what `arguments` say, the program's name left out, and gives the exit status.
    func run(_ arguments: [String]) async -> Int32 {
        let console = surroundings.console
        let home = surroundings.home
        do {
            let options = try Options(arguments, home: home)
            if options.wantsHelp {
                console.show(Options.usage(home: home))
                return 0
            }
            if options.words.isEmpty, options.needsMethod {
                console.complain(Options.usage(home: home))
                return Self.noMethodStatus
            }
            try await Context(options: options, surroundings: surroundings).run()
            return 0
        } catch let fatal as Fatal {
            if fatal.isForOutput {
                console.show(fatal.message + "\n")
            } else {
                console.complain(fatal.message)
            }
            if fatal.status == Fatal.usageStatus { console.complain(Options.usage(home: home)) }
            return fatal.status
        } catch {
            console.complain("\(error)")
            return Fatal.failureStatus
        }
    }
}

extension Options {
    /// Whether the flags alone do not say what to do.
    fileprivate var needsMethod: Bool { version == .no && serverVersion == .no && !runsProxy }
}

extension Context {
    /// Runs the first of: `-version`, `-server_version`, `-proxy`, the method; the skew of versions is looked for before
    /// the last two.
    fileprivate func run() async throws {
        if options.version != .no {
            show("\(ProductVersion.own.text(options.version))\n")
            return
        }
        if options.serverVersion != .no {
            let version = try await serverVersion()
            show((options.serverVersion == .raw ? "" : "Server: ") + version.text(options.serverVersion) + "\n")
            return
        }
        if options.expectsVersionMatch {
            let version = try await serverVersion()
            guard version == .own else {
                let words = "(\(version.text(.raw))) differs from client version (\(ProductVersion.own.text(.raw)))!"
                throw Fatal("Server version \(words)", status: Fatal.versionStatus)
            }
        }
        if options.runsProxy {
            let (console, folder) = (surroundings.console, options.staticFolder)
            try await withServer { session in
                try await LocalProxy(client: session.client, staticFolder: folder).run(port: LocalProxy.port) { port in
                    console.complain("Starting to serve on localhost:\(port)")
                }
            }
        } else {
            // A template that is none is told before wrong words are.
            _ = try printer()
            try await Commands.command(options.words).run(self)
        }
    }

    private func serverVersion() async throws -> ProductVersion {
        try await withServer { session in
            do {
                return try await session.version()
            } catch {
                throw Fatal("Couldn't read version from server: \(error)", status: Fatal.versionStatus)
            }
        }
    }
}
