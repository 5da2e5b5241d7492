/// Rows under headings, each column as wide as its widest cell and three spaces; the last column is not padded.
struct Table: Equatable {
    let headings: [String]
    var rows: [[String]] = []

    /// The text, one line per row, ending in a newline. An empty cell shows as `-` so that columns can be cut by tools.
    var text: String {
        let widths = widths
        return ([headings] + rows).map { Self.line($0, widths: widths) + "\n" }.joined()
    }

    /// How wide each column is, without the spaces behind it.
    var widths: [Int] {
        var widths = headings.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.isEmpty ? 1 : cell.count)
            }
        }
        return widths
    }

    /// A row as a line without its end. A cell that is wider than its column moves the others.
    static func line(_ row: [String], widths: [Int]) -> String {
        row.enumerated().map { column, cell in
            let cell = cell.isEmpty ? "-" : cell
            let width = widths.indices.contains(column) ? widths[column] : 0
            return column == row.count - 1 ? cell : cell + String(repeating: " ", count: max(0, width - cell.count) + 3)
        }.joined()
    }
}
