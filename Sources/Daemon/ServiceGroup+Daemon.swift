import Logging
public import ServiceLifecycle
import UnixSignals

extension ServiceGroup {
    /// What a daemon runs until SIGTERM or SIGINT: started in this order, stopped in the opposite one. The group's own log is
    /// not kept: what began and ended each part says itself.
    public static func daemon(_ services: [any Service]) -> ServiceGroup {
        ServiceGroup(
            configuration: .init(
                services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
    }
}
