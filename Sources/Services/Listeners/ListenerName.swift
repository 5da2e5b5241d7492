public import ClusterModel
import Machine

/// The name of a service's listener, in the proxy and in systemd's descriptor store.
public enum ListenerName {
    /// What the names of all listeners of services begin with, and no other stored descriptor's does.
    static let prefix = "service/"

    /// `service/<namespace>/<name>`, as systemd takes it: beyond 255 bytes (a namespace alone may have 253) it is cut and
    /// marked. One way is enough, as names are only ever made from services and compared.
    public static func of(_ key: ObjectKey) -> String {
        SystemdNotifier.descriptorName("\(prefix)\(key.namespace)/\(key.name)")
    }
}
