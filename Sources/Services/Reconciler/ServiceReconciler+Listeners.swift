import ClusterModel
import Logging
import Machine
import Proxy

extension ServiceReconciler {
    /// Opens the listener a service needs and notes the rule it is to have. The rule of a service that is refused, fails or is
    /// to go is taken from `wanted`; its listener stays until the kernel no longer leads to it.
    func prepare(_ key: ObjectKey) {
        guard let desired = entries[key]?.desired, let verdict = planner.verdict(for: key) else {
            wanted[key] = nil
            return
        }
        switch verdict {
        case .failure(let refusal):
            wanted[key] = nil
            fail(key, Failure(reason: refusal.reason.rawValue, message: refusal.message))
        case .success(let portal):
            guard !mustMove(key) else {
                // The listener stands on another port than the service names: first its rule goes, then it, then all is new.
                wanted[key] = nil
                return
            }
            do throws(ProxyError) {
                let port = try listener(for: key, portal: portal, desired: desired)
                wanted[key] = PortalRule(key: key, portal: portal, proxyPort: port)
            } catch {
                wanted[key] = nil
                let message = "no listener: \(error.message)"
                failAndRetry(key, reason: "ListenerFailed", message: message)
            }
        }
    }

    /// Whether the service names a port of its own and listens on another.
    func mustMove(_ key: ObjectKey) -> Bool {
        guard let entry = entries[key], let port = entry.proxyPort, let desired = entry.desired else { return false }
        return desired.service.proxyPort != 0 && desired.service.proxyPort != Int(port)
    }

    /// Closes a service's listener. Only once no rule leads to it.
    func closeListener(of key: ObjectKey) {
        guard entries[key]?.proxyPort != nil else { return }
        let name = ListenerName.of(key)
        forget(name)
        proxy.close(name)
        entries[key]?.proxyPort = nil
    }

    /// Closes what was handed over and belongs to no service.
    func closeStrangers() {
        for (name, descriptor) in strangers {
            forget(name)
            do throws(ProxyError) {
                // The host owns it from here, and closes it even if it refuses it.
                _ = try proxy.adopt(name, descriptor: descriptor)
                proxy.close(name)
            } catch {
                logger.warning("dropped descriptor \(name), which is no listener: \(error.message)")
            }
        }
        strangers = [:]
    }

    /// The port of the service's listener: the open one, the one handed over, or a new one.
    private func listener(
        for key: ObjectKey, portal: Portal, desired: DesiredService
    ) throws(ProxyError) -> UInt16 {
        if let port = entries[key]?.proxyPort { return port }
        let name = ListenerName.of(key)
        let port: UInt16
        if let adopted = adoptStranger(name) {
            port = adopted
        } else {
            port = try open(name, portal: portal, desired: desired)
            // Kept before a rule leads to it: from then on a restart must not close it.
            keep(name)
        }
        entries[key]?.proxyPort = port
        proxy.setBackends(name, desired.backends)
        return port
    }

    /// A socket that is not kept serves all the same; only a restart will close it.
    private func keep(_ name: String) {
        guard let descriptor = proxy.descriptor(of: name) else { return }
        let words: String
        if kept.count >= settings.keptListeners {
            words = "\(kept.count) are kept, and FileDescriptorStoreMax= of the unit allows no more"
        } else if case .failed(let refusal) = store.keep(descriptor, name: name) {
            words = refusal
        } else {
            kept.insert(name)
            storeTrouble = nil
            return
        }
        if storeTrouble == nil { logger.warning("systemd does not keep listener \(name): \(words)") }
        storeTrouble = words
    }

    /// Closes systemd's duplicate.
    private func forget(_ name: String) {
        store.forget(name)
        kept.remove(name)
    }

    private func adoptStranger(_ name: String) -> UInt16? {
        guard let descriptor = strangers.removeValue(forKey: name) else { return nil }
        do throws(ProxyError) {
            return try proxy.adopt(name, descriptor: descriptor)
        } catch {
            forget(name)
            logger.warning("descriptor \(name) cannot be served and is replaced by a new listener: \(error.message)")
            return nil
        }
    }

    /// Listens on the port the service names; else where its portal led before, if that is free; else anywhere.
    private func open(_ name: String, portal: Portal, desired: DesiredService) throws(ProxyError) -> UInt16 {
        if desired.service.proxyPort != 0 {
            guard let port = UInt16(exactly: desired.service.proxyPort) else {
                throw ProxyError(
                    code: .portUnavailable, message: "proxyPort must be 0…65535, was \(desired.service.proxyPort)")
            }
            return try proxy.open(name, port: port)
        }
        guard let former = formerPorts[portal] else { return try proxy.open(name, port: 0) }
        do throws(ProxyError) {
            return try proxy.open(name, port: former)
        } catch  where error.code == .portUnavailable {
            return try proxy.open(name, port: 0)
        }
    }
}
