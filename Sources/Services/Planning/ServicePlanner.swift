public import ClusterModel

/// Decides which portal each service gets, one service at a time. Nothing but the services it was told of goes in, and no
/// decision looks at more than the service itself and the holder of the portal it asks for.
public struct ServicePlanner: Sendable {
    /// Longest comment the kernel keeps, in bytes: `XT_MAX_COMMENT_LEN` less the terminating 0 (xt_comment.h).
    public static let commentLimit = 255

    /// Who may use a portal, and who asked for it later.
    private struct Claim {
        var holder: ObjectKey
        /// By the number of the request, so that the first of them follows the holder.
        var waiting: [ObjectKey: UInt64] = [:]
    }

    private let portalNet: IPv4Network?
    private var verdicts: [ObjectKey: Result<Portal, PortalRefusal>] = [:]
    private var claims: [Portal: Claim] = [:]
    private var requests: UInt64 = 0

    /// A planner that knows no service.
    /// - Parameter portalNet: where portal IPs must lie; `nil` accepts them anywhere.
    public init(portalNet: IPv4Network? = nil) {
        self.portalNet = portalNet
    }

    /// The portal of a service by itself: TCP only yet, a usable `portalIP` inside `portalNet`, a port of 1…65535, and a name
    /// that can stand in a rule (reference §1.1).
    public static func portal(of service: Service, in portalNet: IPv4Network?) throws(PortalRefusal) -> Portal {
        guard service.transport == .tcp else {
            throw PortalRefusal(.unsupportedProtocol, "UDP services are not proxied yet")
        }
        // A line break would end the rule's line and start one of the service's choosing.
        let isPrintable = service.meta.name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard isPrintable, (1...commentLimit).contains(service.meta.name.utf8.count) else {
            throw PortalRefusal(
                .nameInvalid, "the name must be 1…\(commentLimit) bytes without control characters to stand in a rule")
        }
        guard let port = UInt16(exactly: service.port), port > 0 else {
            throw PortalRefusal(.portInvalid, "port must be 1…65535, was \(service.port)")
        }
        guard !service.portalIP.isEmpty else {
            throw PortalRefusal(.portalIPMissing, "the service has no portalIP: the master allocates it")
        }
        // 0.0.0.0 is "this host on this network" (RFC 1122 §3.2.1.3) and nothing can connect to it.
        guard let address = IPv4Address(service.portalIP), address.value != 0 else {
            throw PortalRefusal(.portalIPInvalid, "portalIP must be an IPv4 address, was '\(service.portalIP)'")
        }
        if let portalNet, !portalNet.contains(address) {
            throw PortalRefusal(.portalIPOutsideNet, "portalIP \(address) is outside the portal net \(portalNet)")
        }
        return Portal(address: address, transport: service.transport, port: port)
    }

    /// The portal a service has, or why it has none; `nil` for a service never set.
    public func verdict(for key: ObjectKey) -> Result<Portal, PortalRefusal>? {
        guard case .success(let portal) = verdicts[key] else { return verdicts[key] }
        guard let holder = claims[portal]?.holder, holder != key else { return .success(portal) }
        return .failure(
            PortalRefusal(
                .portalConflict, "\(portal) belongs to service \(holder.namespace)/\(holder.name), which had it first"))
    }

    /// Adds or replaces a service. One that keeps its portal keeps its place among those that want it.
    /// - Returns: the *other* services whose verdict is a different one now.
    public mutating func set(_ service: Service) -> [ObjectKey] {
        let key = service.key
        let verdict = Result { () throws(PortalRefusal) in try Self.portal(of: service, in: portalNet) }
        guard verdict != verdicts[key] else { return [] }
        let affected = remove(key)
        verdicts[key] = verdict
        if case .success(let portal) = verdict { claim(portal, for: key) }
        return affected
    }

    /// Forgets a service; its portal goes to the next that asked for it.
    /// - Returns: the *other* services whose verdict is a different one now: that next one, and all who wait behind it.
    public mutating func remove(_ key: ObjectKey) -> [ObjectKey] {
        guard case .success(let portal)? = verdicts.removeValue(forKey: key), var claim = claims[portal] else {
            return []
        }
        if claim.holder != key {
            claims[portal]?.waiting[key] = nil
            return []
        }
        guard let next = claim.waiting.min(by: { $0.value < $1.value })?.key else {
            claims[portal] = nil
            return []
        }
        let affected = Array(claim.waiting.keys)
        claim.holder = next
        claim.waiting[next] = nil
        claims[portal] = claim
        return affected
    }

    private mutating func claim(_ portal: Portal, for key: ObjectKey) {
        guard claims[portal] != nil else {
            claims[portal] = Claim(holder: key)
            return
        }
        requests += 1
        claims[portal]?.waiting[key] = requests
    }
}
