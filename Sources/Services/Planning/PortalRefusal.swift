/// Why a service gets no rule although it is wanted. Only a change of it, or of a service it collides with, can help.
public struct PortalRefusal: Error, Sendable, Equatable {
    /// One word per kind of refusal, as acks and the journal show it.
    public enum Reason: String, Sendable, CaseIterable {
        /// The service is UDP: the proxy relays TCP only.
        case unsupportedProtocol = "UnsupportedProtocol"
        /// The name cannot stand in the comment of a rule.
        case nameInvalid = "NameInvalid"
        /// `port` is not 1…65535.
        case portInvalid = "PortInvalid"
        /// `portalIP` is empty: allocating one is the master's business.
        case portalIPMissing = "PortalIPMissing"
        /// `portalIP` is not a usable IPv4 address.
        case portalIPInvalid = "PortalIPInvalid"
        /// `portalIP` is not in the node's portal net.
        case portalIPOutsideNet = "PortalIPOutsideNet"
        /// Another service had the portal first.
        case portalConflict = "PortalConflict"
    }

    /// See `Reason`.
    public var reason: Reason
    /// One sentence with the offending value.
    public var message: String

    /// A refusal for `reason`.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
