/// Lines of cells under headings (reference §7 "Layout").
struct Table: Equatable {
    /// A column is never narrower, its padding included.
    private static let minimumWidth = 20
    /// Spaces after a column's longest cell.
    private static let padding = 3
    /// What stands under every heading.
    private static let rule = String(repeating: "-", count: 10)

    let headings: [String]
    var rows: [[String]] = []

    /// The text, each line ending in a line feed: headings, rules, rows. Every cell but a line's last is padded; lengths are
    /// counted in Unicode scalars, as the original counted them.
    var text: String {
        let lines = [headings, headings.map { _ in Self.rule }] + rows
        let widths = headings.indices.map { column in
            let longest = lines.map { $0[column].unicodeScalars.count }.max() ?? 0
            return max(Self.minimumWidth, longest + Self.padding)
        }
        return lines.map { line in
            let padded = zip(line, widths).dropLast().map { cell, width in
                cell + String(repeating: " ", count: width - cell.unicodeScalars.count)
            }
            return padded.joined() + (line.last ?? "") + "\n"
        }.joined()
    }
}
