/// The variables by which a container finds the services that existed when its pod started (reference §4).
public enum ServiceEnvironment {
    /// Seven variables per service, in the order of `services`. A service without portal IP has none: there is nothing to
    /// connect to. Whose services a pod sees is the caller's choice.
    public static func variables(for services: [Service]) -> [EnvVar] {
        services.filter { !$0.portalIP.isEmpty }.flatMap(variables(for:))
    }

    private static func variables(for service: Service) -> [EnvVar] {
        let name = service.meta.name.uppercased().replacing("-", with: "_")
        let scheme = service.transport.rawValue.lowercased()
        let url = "\(scheme)://\(service.portalIP):\(service.port)"
        let port = "\(name)_PORT_\(service.port)_\(service.transport.rawValue)"
        return [
            EnvVar(name: "\(name)_SERVICE_HOST", value: service.portalIP),
            EnvVar(name: "\(name)_SERVICE_PORT", value: "\(service.port)"),
            EnvVar(name: "\(name)_PORT", value: url),
            EnvVar(name: port, value: url),
            EnvVar(name: "\(port)_PROTO", value: scheme),
            EnvVar(name: "\(port)_PORT", value: "\(service.port)"),
            EnvVar(name: "\(port)_ADDR", value: service.portalIP),
        ]
    }
}
