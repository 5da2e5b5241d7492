import Testing

@testable import Master

@Suite struct RESTRouteTests {
    @Test(arguments: [
        ("GET", "/", RESTRoute.welcome),
        ("GET", "/version", .version),
        ("GET", "/healthz", .health),
        ("POST", "/healthz", .unknown),
        ("GET", "/metrics", .metrics),
        ("GET", "/validate", .validate),
        ("GET", "/api", .versions),
        ("GET", "/api/", .unknown),
        ("GET", "/api/v1beta1", .root),
        ("GET", "/api/v1beta1/", .unknown),
        ("GET", "/api/v9/pods", .unknown),
        ("GET", "/operations", .unknown),
        ("GET", "/api/v1beta1/gadgets", .unknown),
        ("GET", "/api/v1beta1/pods", .list(.pods)),
        ("GET", "/api/v1beta1/pods/", .list(.pods)),
        ("GET", "/api/v1beta1/Pods", .unknown),
        ("GET", "/api/v1beta1/pods/a", .get(.pods, name: "a")),
        ("GET", "/api/v1beta1/pods/a%2Fb%20c", .get(.pods, name: "a/b c")),
        ("GET", "/api/v1beta1/pods/a%2", .unknown),
        ("GET", "/api/v1beta1/pods/%ff", .unknown),
        ("GET", "/api/v1beta1/pods//a", .unknown),
        ("GET", "/api/v1beta1/pods/a/b", .unknown),
        ("POST", "/api/v1beta1/bindings", .create(.bindings)),
        ("POST", "/api/v1beta1/pods/a", .unknown),
        ("PUT", "/api/v1beta1/services/a", .update(.services, name: "a")),
        ("PUT", "/api/v1beta1/services", .unknown),
        ("DELETE", "/api/v1beta1/services/a", .delete(.services, name: "a")),
        ("DELETE", "/api/v1beta1/services", .unknown),
        ("PATCH", "/api/v1beta1/services/a", .unknown),
        ("GET", "/api/v1beta1/watch/replicationControllers", .watch(.replicationControllers)),
        ("GET", "/api/v1beta1/watch/minions", .unknown),
        ("GET", "/api/v1beta1/watch/bindings", .unknown),
        ("GET", "/api/v1beta1/deliveries/pods/a", .deliveries(.pods, name: "a")),
        ("GET", "/api/v1beta1/deliveries/events/a", .unknown),
        ("GET", "/api/v1beta1/deliveries/pods", .unknown),
        ("POST", "/api/v1beta1/deliveries/pods/a", .unknown),
        ("GET", "/api/v1beta1/watch", .unknown),
        ("POST", "/api/v1beta1/watch/pods", .unknown),
        ("GET", "/api/v1beta1/operations", .operations),
        ("GET", "/api/v1beta1/operations/7", .operation(id: "7")),
        ("GET", "/api/v1beta1/operations/7/8", .unknown),
        ("GET", "/api/v1beta1/redirect/services/a", .redirect(.services, name: "a")),
        ("GET", "/api/v1beta1/redirect/pods/a", .unknown),
        ("GET", "/api/v1beta1/proxy/minions/m/healthz", .proxy(.minions, name: "m", rest: "/healthz")),
        ("PUT", "/api/v1beta1/proxy/services/s/a/b%20c", .proxy(.services, name: "s", rest: "/a/b%20c")),
        ("GET", "/api/v1beta1/proxy/services/s", .proxy(.services, name: "s", rest: "/")),
        ("GET", "/api/v1beta1/proxy/services", .unknown),
    ])
    func methodAndPathSayWhatIsWanted(_ row: (method: String, path: String, route: RESTRoute)) {
        #expect(RESTRoute(method: row.method, path: row.path) == row.route)
    }
}
