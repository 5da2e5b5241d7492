import ArgumentParser
import ClusterModel
import SystemPackage
import Wire

/// How `get` prints.
enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, yaml
}

/// The one place where a list of objects becomes text.
enum Output {
    /// Prints `items`; no items print nothing as a table, an empty list otherwise.
    static func show(_ items: [JSONValue], as format: Format, _ resource: Resource) {
        print(text(items, as: format, resource), terminator: "")
    }

    /// What `show` prints.
    static func text(_ items: [JSONValue], as format: Format, _ resource: Resource) -> String {
        let list: JSONValue = [
            "kind": .string(resource.kind + "List"), "apiVersion": "v1beta1", "items": .array(items),
        ]
        return switch format {
        case .table: items.isEmpty ? "" : Table(headings: resource.headings, rows: items.map(resource.row)).text
        case .json: list.text + "\n"
        case .yaml: YAMLText.write(list)
        }
    }

    /// One line on standard output, at once: `print` keeps lines back while they go into a pipe, and who pipes a watch waits
    /// for each.
    static func say(_ words: String) throws {
        try FileDescriptor.standardOutput.writeAll(Array((words + "\n").utf8))
    }

    /// One line on standard error.
    static func complain(_ words: String) {
        // Nothing is left to tell anybody when standard error itself is gone.
        _ = try? FileDescriptor.standardError.writeAll(Array((words + "\n").utf8))
    }
}
