import APIClient
import ArgumentParser

/// The command-line client of the v1beta1 API.
@main
struct Kubecfg: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kubecfg", abstract: "Talks to a v1beta1 API server.")

    func run() async throws {}
}
