public import ClusterModel
import Machine

/// The name of a service's listener, in the proxy and in systemd's descriptor store.
public enum ListenerName {
    /// `service/<namespace>/<name>`, as systemd takes it: beyond 255 bytes (a namespace alone may have 253) it is cut and
    /// marked. One way is enough, as names are only ever made from services and compared.
    public static func of(_ key: ObjectKey) -> String {
        SystemdNotifier.descriptorName("service/\(key.namespace)/\(key.name)")
    }
}
