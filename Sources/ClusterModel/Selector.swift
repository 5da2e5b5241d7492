/// Why a label selector was refused.
public struct InvalidSelector: Error, Sendable, Equatable, CustomStringConvertible {
    /// The whole selector.
    public var selector: String
    /// The term that is none.
    public var term: String

    /// `invalid selector: 'a b'; can't understand 'a b'`.
    public var description: String {
        "invalid selector: '\(selector.shortened)'; can't understand '\(term.shortened)'"
    }
}

/// A query over labels: terms `k=v`, `k==v`, `k!=v`, joined by commas, that must all hold (reference §1.0 "Label selector").
public struct Selector: Sendable, Equatable {
    private struct Term: Sendable, Equatable {
        var key: String
        var value: String
        var isEqual: Bool
    }

    private let terms: [Term]

    /// The selector `text` spells; the empty text matches everything. Throws for a term that is none of the three.
    public init(parsing text: String) throws(InvalidSelector) {
        var terms: [Term] = []
        for part in text.split(separator: ",") {
            guard let term = Self.term(part) else { throw InvalidSelector(selector: text, term: String(part)) }
            terms.append(term)
        }
        self.terms = terms
    }

    /// Whether there are no terms: everything matches.
    public var isEmpty: Bool { terms.isEmpty }

    /// The keys of the terms, as often as they are written.
    public var keys: [String] { terms.map(\.key) }

    /// The selector without terms.
    public static let everything = Selector(terms: [])

    private init(terms: [Term]) {
        self.terms = terms
    }

    /// Whether every term holds of `labels`. A missing label reads as an empty one.
    public func matches(_ labels: [String: String]) -> Bool {
        terms.allSatisfy { ((labels[$0.key] ?? "") == $0.value) == $0.isEqual }
    }

    /// The longer operators first, because `=` is part of each of them.
    private static func term(_ text: Substring) -> Term? {
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            let sides = text.split(separator: sign, omittingEmptySubsequences: false)
            if sides.count == 2 {
                return Term(key: String(sides[0]), value: String(sides[1]), isEqual: isEqual)
            }
        }
        return nil
    }
}
