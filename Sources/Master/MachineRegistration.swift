import ClusterModel
import Logging
import Machine

/// Registers the minions of `machines` at the start, as `--machines` did (reference §6.6): those known already stay as they
/// are, with whatever an operator has changed.
///
/// A machine that is called by a name gets the address that the name has here now as its `hostIP`, because other minions need
/// one for their route to its pods. It is asked for once, and not for a minion that is known: whoever gives the machine
/// another address changes the minion.
struct MachineRegistration: Sendable {
    /// What the flags `-node_milli_cpu` and `-node_memory` said by default (reference §6.1).
    static let capacity: JSONValue = ["cpu": 1_000, "memory": 3_221_225_472]
    /// The wait before a store that does not answer is tried again.
    static let retry: Duration = .seconds(1)
    /// A resolver that does not answer must not keep a machine from being registered.
    static let lookupDeadline: Duration = .seconds(5)

    let machines: [String]
    let registry: Registry
    let commands: any CommandRunning
    let time: MonotonicTime
    let logger: Logger

    /// Returns when all are registered. One that cannot be, as the minion after the last pod net, keeps no other waiting; the
    /// journal says once which and why, and it is tried again.
    /// - Throws: `MasterStartError` for a machine that is refused as invalid, `CancellationError`.
    func run() async throws {
        var waiting: [String] = machines
        var told: [String: String] = [:]
        var addresses: [String: IPv4Address?] = [:]
        while !waiting.isEmpty {
            var failed: [String] = []
            for machine in waiting {
                guard let reason = try await register(machine, &addresses) else { continue }
                failed.append(machine)
                if told.updateValue(reason, forKey: machine) != reason {
                    logger.warning("minion \(machine) cannot be registered: \(reason); tried again every \(Self.retry)")
                }
            }
            waiting = failed
            if !waiting.isEmpty { try await time.sleep(Self.retry) }
        }
    }

    /// - Parameter addresses: of the names that were asked for already; `nil` for those that have none.
    /// - Returns: why the machine is not registered and may be later; `nil` when it is.
    private func register(
        _ machine: String, _ addresses: inout [String: IPv4Address?]
    ) async throws(MasterStartError) -> String? {
        do {
            _ = try await registry.get(.minions, namespace: "", name: machine)
            return nil
        } catch  where error.status.code != 404 {
            return error.description
        } catch {
            // Nobody knows it yet.
        }
        if IPv4Address(machine) == nil, addresses[machine] == nil {
            addresses.updateValue(await address(of: machine), forKey: machine)
        }
        var minion: JSONObject = [
            "kind": "Minion", "apiVersion": "v1beta1", "id": .string(machine), "resources": ["capacity": Self.capacity],
        ]
        if let address = addresses[machine] ?? nil {
            minion.append("hostIP", .string(address.description))
        }
        do {
            _ = try await registry.create(.minions, namespace: "", .object(minion))
            logger.notice("minion \(machine) registered")
            return nil
        } catch  where error.status.reason == .alreadyExists {
            return nil
        } catch  where error.status.code < 500 {
            throw MasterStartError(code: .machines, message: "minion \(machine): \(error)")
        } catch {
            return error.description
        }
    }

    /// The first address of a name, as the resolver of this machine gives it: getent(1) prints one a line. A
    /// loopback address, which Debian gives a machine's own name, leads other minions to themselves and is passed over.
    private func address(of machine: String) async -> IPv4Address? {
        let why: String
        do throws(CommandError) {
            let command = Command("getent", ["ahostsv4", machine], deadline: Self.lookupDeadline)
            let output = try await commands.run(command)
            let addresses = output.outputText.split(whereSeparator: \.isNewline).compactMap { line in
                line.split(separator: " ").first.flatMap { IPv4Address(String($0)) }
            }
            if output.status.isSuccess, let address = addresses.first(where: { $0.value >> 24 != 127 }) {
                return address
            }
            why = addresses.isEmpty ? "its name has no IPv4 address here" : "its name has loopback addresses alone here"
        } catch {
            why = error.message
        }
        logger.warning("minion \(machine) has no hostIP, without which other minions do not reach its pods: \(why)")
        return nil
    }
}
