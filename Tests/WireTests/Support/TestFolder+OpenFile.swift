import Glibc
import NodeKit

extension TestFolder {
    /// A new file, open for writing.
    func openFile(_ name: String) throws -> Int32 {
        let descriptor = open(path(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RawSocket.Failure(call: "open") }
        return descriptor
    }
}
