import ClusterModel
import Wire

/// Makes text of what a server answered, or a file holds.
enum Printer: Equatable {
    case table, json, yaml
    case template(Template)

    /// The printer `options` ask for. Throws for a template that is none or cannot be read.
    init(_ options: Options, files: Files) throws(Fatal) {
        switch options.format {
        case .table: self = .table
        case .json: self = .json
        case .yaml: self = .yaml
        case .template(let text): self = .template(try Self.parsed(text))
        case .templateFile(let name):
            let bytes: [UInt8]
            do {
                bytes = try files.read(name)
            } catch {
                throw Fatal("Error reading template \(name), \(error)")
            }
            self = .template(try Self.parsed(String(decoding: bytes, as: UTF8.self)))
        }
    }

    /// The text of `object`; only tables and YAML end in a line feed. Throws for a kind without a table, and for a template
    /// that does not fit the object.
    func text(_ object: JSONObject) throws(Fatal) -> String {
        switch self {
        case .json: return object.text
        case .yaml: return YAMLText.write(InternalForm.of(object), style: .golang)
        case .table:
            guard let table = ObjectTable.table(object) else {
                throw Fatal("Failed to print: kind '\(object.string("kind"))' has no table; -json and -yaml print it")
            }
            return table.text
        case .template(let template):
            do {
                return try template.text(of: object)
            } catch {
                throw Fatal("Failed to print: \(error.message)")
            }
        }
    }

    private static func parsed(_ text: String) throws(Fatal) -> Template {
        do {
            return try Template(text)
        } catch {
            throw Fatal("Error parsing template \(text), template: output:1: \(error.message)")
        }
    }
}
