import ArgumentParser
import ClusterModel
import SystemPackage
import Wire

/// How `get` prints.
enum Format: String, ExpressibleByArgument, CaseIterable {
    /// A line per object.
    case table
    /// A line per object with more columns.
    case wide
    case json, yaml

    /// Whether it is a line per object.
    var isTable: Bool { self == .table || self == .wide }
}

/// The one place where a list of objects becomes text.
enum Output {
    /// Prints `items`; no items are an empty list, or instead of a table a word on standard error.
    static func show(_ items: [JSONValue], as format: Format, _ resource: Resource) throws {
        let text = text(items, as: format, resource)
        if text.isEmpty { return complain("No \(resource.rawValue).") }
        try write(text)
    }

    /// What `show` prints.
    static func text(_ items: [JSONValue], as format: Format, _ resource: Resource) -> String {
        let list: JSONValue = [
            "kind": .string(resource.kind + "List"), "apiVersion": "v1beta1", "items": .array(items),
        ]
        return switch format {
        case .table, .wide: items.isEmpty ? "" : Table(headings: resource.headings, rows: items.map(resource.row)).text
        case .json: list.text + "\n"
        case .yaml: YAMLText.write(list)
        }
    }

    /// One line on standard output, at once: `print` keeps lines back while they go into a pipe, and who pipes a watch waits
    /// for each.
    static func say(_ words: String) throws {
        try write(words + "\n")
    }

    /// `text` on standard output, at once. Where nobody reads on (`minionctl logs web | head`) the program ends in good order.
    static func write(_ text: String) throws {
        do {
            try FileDescriptor.standardOutput.writeAll(Array(text.utf8))
        } catch let error as Errno where error == .brokenPipe {
            throw ExitCode.success
        }
    }

    /// One line on standard error.
    static func complain(_ words: String) {
        // Nothing is left to tell anybody when standard error itself is gone.
        _ = try? FileDescriptor.standardError.writeAll(Array((words + "\n").utf8))
    }
}
