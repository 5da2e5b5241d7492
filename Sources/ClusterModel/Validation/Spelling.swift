/// Guesses what a misspelt name was meant to be.
public enum Spelling {
    /// How many letters may be wrong, missing or too many; three turn almost any short word into another.
    public static let distanceLimit = 2
    /// Names longer than this are not compared: no name of ours is, and the comparison costs the product of both lengths.
    static let lengthLimit = 64

    /// The candidate `name` was most likely meant to be, whatever its case; `nil` when none is within `distanceLimit` edits,
    /// or when as many letters are wrong as there are. The first of equals wins.
    public static func closest(to name: String, among candidates: [String]) -> String? {
        guard name.utf8.count <= lengthLimit else { return nil }
        let letters = Array(name.lowercased().utf8)
        let best = candidates.map { (name: $0, distance: distance(letters, Array($0.lowercased().utf8))) }
            .min { $0.distance < $1.distance }
        guard let best, best.distance <= distanceLimit, best.distance < letters.count else { return nil }
        return best.name
    }

    /// Levenshtein's distance: the fewest insertions, deletions and replacements that turn `left` into `right`.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
