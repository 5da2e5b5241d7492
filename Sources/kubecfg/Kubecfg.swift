import Glibc

/// The command-line client of the v1beta1 API (reference §7).
@main
enum Kubecfg {
    static func main() async {
        exit(await Program(surroundings: .process).run(Array(CommandLine.arguments.dropFirst())))
    }
}
