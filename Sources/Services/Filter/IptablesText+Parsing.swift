import ClusterModel

/// What a rule of our own form says; whose it is, the kernel does not know.
public struct PortalRedirect: Sendable, Equatable {
    /// What it matches.
    public var portal: Portal
    /// The name of the service it was made for.
    public var comment: String
    /// Where it leads.
    public var proxyPort: UInt16

    /// A redirect.
    public init(portal: Portal, comment: String, proxyPort: UInt16) {
        self.portal = portal
        self.comment = comment
        self.proxyPort = proxyPort
    }
}

extension IptablesText {
    /// What the output of `iptables-save -t nat` says of our chain. Everything else in it is skipped. O(bytes).
    /// - Throws: `unsupported` if the tool says that it cannot show the table, because rules made with `nft` itself are in it.
    public static func chainState(in output: [UInt8]) throws(FilterError) -> ChainState {
        var state = ChainState()
        var isNat = false
        for bytes in output.split(separator: UInt8(ascii: "\n")) {
            switch bytes.first {
            case UInt8(ascii: "*"):
                isNat = bytes.elementsEqual("*nat".utf8)
            case UInt8(ascii: "#"):
                try refuseIfIncompatible(bytes)
            case UInt8(ascii: ":") where isNat && bytes.starts(with: declaration):
                state.exists = true
            case UInt8(ascii: "-") where isNat && bytes.starts(with: rulePrefix):
                state.rules.append(String(decoding: bytes.dropFirst(rulePrefix.count), as: UTF8.self))
            case UInt8(ascii: "-") where isNat && bytes.elementsEqual(rulePrefix.dropLast()):
                // A rule without a word: iptables-nft prints one that nft made from what iptables does not know.
                state.rules.append("")
            case UInt8(ascii: "-") where isNat:
                note(bytes, in: &state)
            default:
                break
            }
        }
        return state
    }

    /// Reads a rule as `iptables-save` prints it after `-A KUBE-PROXY `; `nil` unless it has exactly our form.
    public static func redirect(in specification: String) -> PortalRedirect? {
        let words = words(of: specification)
        guard words.count == 16, words[0] == "-d", words[2] == "-p", words[4...6] == ["-m", "comment", "--comment"],
            words[8] == "-m", words[9] == words[3], words[10] == "--dport",
            words[12...14] == ["-j", "REDIRECT", "--to-ports"], words[1].hasSuffix("/32"),
            let address = IPv4Address(String(words[1].dropLast(3))),
            let transport = TransportProtocol(rawValue: words[3].uppercased()), let port = UInt16(words[11]),
            let proxyPort = UInt16(words[15])
        else { return nil }
        return PortalRedirect(
            portal: Portal(address: address, transport: transport, port: port), comment: words[7], proxyPort: proxyPort)
    }

    /// Splits a line at its blanks as `iptables-restore` does: double quotes keep them together, `\` escapes inside quotes.
    static func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isOpen = false
        var isQuoted = false
        var isEscaped = false
        for character in line.unicodeScalars {
            if isEscaped {
                word.unicodeScalars.append(character)
                isEscaped = false
            } else if isQuoted && character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                isOpen = true
            } else if character == " " && !isQuoted {
                if isOpen { words.append(word) }
                (word, isOpen) = ("", false)
            } else {
                word.unicodeScalars.append(character)
                isOpen = true
            }
        }
        if isOpen { words.append(word) }
        return words
    }

    private static let declaration = Array(":\(chain) ".utf8)
    private static let rulePrefix = Array("-A \(chain) ".utf8)
    private static let jump = Array(" -j \(chain)".utf8)
    private static let goto = Array(" -g \(chain)".utf8)

    /// Counts a line of another chain if it leads to ours: nothing ever follows the name of a chain that is jumped to.
    private static func note(_ bytes: ArraySlice<UInt8>, in state: inout ChainState) {
        guard bytes.suffix(jump.count).elementsEqual(jump) || bytes.suffix(goto.count).elementsEqual(goto) else {
            return
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if let hook = NatHook.allCases.first(where: { line == "-A \($0.rawValue) -j \(chain)" }) {
            state.jumps[hook, default: 0] += 1
        } else {
            state.foreignReferences.append(line)
        }
    }

    /// iptables-nft prints ``# Table `nat' is incompatible, use 'nft' tool.`` in place of the table.
    private static func refuseIfIncompatible(_ bytes: ArraySlice<UInt8>) throws(FilterError) {
        let line = String(decoding: bytes, as: UTF8.self)
        guard line.hasPrefix("# Table `nat' is incompatible") else { return }
        throw FilterError(code: .unsupported, message: String(line.dropFirst(2)))
    }
}
