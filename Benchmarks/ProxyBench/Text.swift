/// `text` padded to `width`.
func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

/// `value` with `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * scale).rounded())
    guard digits > 0 else { return "\(scaled)" }
    let whole = scaled / Int(scale)
    let rest = String(scaled % Int(scale))
    return "\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}

/// The number that follows `label` in what wrk printed.
func value(in text: String, after label: String) -> Double? {
    line(of: text, with: label).flatMap { Double(trimmed($0.dropFirst(label.count))) }
}

/// The number that stands before `label`.
func value(in text: String, before label: String) -> Double? {
    line(of: text, with: label).flatMap { $0.split(separator: " ").first }.flatMap { Double($0) }
}

/// wrk's 99 % latency.
func milliseconds(in text: String) -> Double? {
    guard let word = line(of: text, with: "99%").flatMap({ $0.split(separator: " ").last }) else { return nil }
    if word.hasSuffix("us") { return Double(word.dropLast(2)).map { $0 / 1000 } }
    if word.hasSuffix("ms") { return Double(word.dropLast(2)) }
    return Double(word.dropLast(1)).map { $0 * 1000 }
}

private func line(of text: String, with label: String) -> String? {
    text.split(separator: "\n").map { trimmed($0) }.first { line in
        line.hasPrefix(label) || line.contains(label)
    }
}

private func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
}
