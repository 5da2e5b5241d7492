import ClusterModel
import Logging
import Machine

/// Registers the minions of `machines` at the start, as `--machines` did (reference §6.6): those known already stay as they
/// are, with whatever an operator has changed.
struct MachineRegistration: Sendable {
    /// What the flags `-node_milli_cpu` and `-node_memory` said by default (reference §6.1).
    static let capacity: JSONValue = ["cpu": 1_000, "memory": 3_221_225_472]
    /// The wait before a store that does not answer is tried again.
    static let retry: Duration = .seconds(1)

    let machines: [String]
    let registry: Registry
    let time: MonotonicTime
    let logger: Logger

    /// Returns when all are registered.
    /// - Throws: `MasterStartError` for a machine that is refused as invalid, `CancellationError`.
    func run() async throws {
        for machine in machines {
            while try await !register(machine) { try await time.sleep(Self.retry) }
        }
    }

    private func register(_ machine: String) async throws(MasterStartError) -> Bool {
        let minion: JSONValue = [
            "kind": "Minion", "apiVersion": "v1beta1", "id": .string(machine), "resources": ["capacity": Self.capacity],
        ]
        do {
            _ = try await registry.create(.minions, namespace: "", minion)
            logger.notice("minion \(machine) registered")
            return true
        } catch  where error.status.reason == .alreadyExists {
            return true
        } catch  where error.status.code < 500 {
            throw MasterStartError(code: .machines, message: "minion \(machine): \(error)")
        } catch {
            logger.warning("minion \(machine) cannot be registered: \(error); trying again in \(Self.retry)")
            return false
        }
    }
}
