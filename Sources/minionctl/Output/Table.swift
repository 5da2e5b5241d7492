/// Rows under headings, each column as wide as its widest cell and three spaces; the last column is not padded.
struct Table: Equatable {
    let headings: [String]
    var rows: [[String]] = []

    /// The text, one line per row, ending in a newline. An empty cell shows as `-` so that columns can be cut by tools.
    var text: String {
        let lines = ([headings] + rows).map { row in row.map { $0.isEmpty ? "-" : $0 } }
        var widths = headings.map { _ in 0 }
        for line in lines {
            for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return lines.map { line in
            line.enumerated().map { column, cell in
                column == line.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 3)
            }.joined() + "\n"
        }.joined()
    }
}
