import ArgumentParser
import FoundationEssentials
import Testing

@testable import minionctl

/// The man page and the shells against what the program takes.
@Suite struct ManPageTests {
    /// The long options of a help text, in the spelling that is shown first.
    private static func options(_ help: String) -> Set<String> {
        let words = help.split { !($0.isLetter || $0 == "-" || $0 == "_") }.map(String.init)
        return Set(words.filter { $0.hasPrefix("--") && $0.count > 3 && !$0.contains("_") })
    }

    @Test("every option of every command is in the man page", arguments: Minionctl.configuration.subcommands.indices)
    func options(_ index: Int) throws {
        let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let page = try String(contentsOfFile: repository + "/man/minionctl.1", encoding: .utf8)
            .replacing("\\-", with: "-")
        let command = Minionctl.configuration.subcommands[index]
        let options = Self.options(Minionctl.helpMessage(for: command))
        #expect(options.isSuperset(of: ["--help", "--version"]), "the help is read")
        #expect(options.filter { !page.contains($0) } == [], "\(command)")
    }

    @Test(arguments: [CompletionShell.bash, .zsh, .fish])
    func shellsCompleteFoldersAndKinds(_ shell: CompletionShell) {
        let script = Minionctl.completionScript(for: shell)
        for word in ["tls-dir", "token-file", "pki-dir", "replicationControllers"] {
            #expect(script.contains(word), "\(word)")
        }
        let folders = ["bash": "add_completions -d", "zsh": "_files -/", "fish": "'(__minionctl_complete_directories"][
            shell.rawValue]
        #expect(folders.map(script.contains) == true)
    }
}
