import ClusterModel
import Testing

@Suite("The rules of services and endpoints")
struct ServiceRulesTests {
    static let brokenHeaders: [BrokenRule] = [
        BrokenRule("no id", Samples.service(["id": .null]), [.required("id")]),
        BrokenRule("empty id", Samples.service(["id": ""]), [.required("id")]),
        BrokenRule("id no string", Samples.service(["id": 5]), [.invalid("id", "must be a string, was 5")]),
        BrokenRule(
            "id of 25 characters", Samples.service(["id": "aaaaaaaaaaaaaaaaaaaaaaaaa"]),
            [.invalid("id", "\(Words.dns952Label), was 'aaaaaaaaaaaaaaaaaaaaaaaaa'")]),
        BrokenRule(
            "id with a digit first", Samples.service(["id": "1a"]), [.invalid("id", "\(Words.dns952Label), was '1a'")]),
        BrokenRule("uid no string", Samples.service(["uid": 5]), [.invalid("uid", "must be a string, was 5")]),
        BrokenRule(
            "creationTimestamp no time", Samples.service(["creationTimestamp": "now"]),
            [.invalid("creationTimestamp", "\(Words.timestamp), was 'now'")]),
        BrokenRule(
            "selfLink no string", Samples.service(["selfLink": true]),
            [.invalid("selfLink", "must be a string, was true")]),
        BrokenRule(
            "resourceVersion a string", Samples.service(["resourceVersion": "5"]),
            [.invalid("resourceVersion", "must be a whole number: 0 or more, was '5'")]),
        BrokenRule(
            "resourceVersion negative", Samples.service(["resourceVersion": -1]),
            [.invalid("resourceVersion", "must be 0 or more, was -1")]),
        BrokenRule(
            "namespace no DNS name", Samples.service(["namespace": "a..b"]),
            [.invalid("namespace", "\(Words.dnsSubdomain), was 'a..b'")]),
        BrokenRule(
            "annotation no string", Samples.service(["annotations": ["a": 1]]),
            [.invalid("annotations.a", "must be a string, was 1")]),
        BrokenRule(
            "annotations no object", Samples.service(["annotations": "a"]),
            [.invalid("annotations", "must be an object, was 'a'")]),
    ]

    static let brokenServices: [BrokenRule] = [
        BrokenRule("no port", Samples.service(["port": .null]), [.invalid("port", "must be 1…65535, is missing")]),
        BrokenRule("port 0", Samples.service(["port": 0]), [.invalid("port", "must be 1…65535, was 0")]),
        BrokenRule("port -1", Samples.service(["port": -1]), [.invalid("port", "must be 1…65535, was -1")]),
        BrokenRule("port 65536", Samples.service(["port": 65536]), [.invalid("port", "must be 1…65535, was 65536")]),
        BrokenRule(
            "port a string", Samples.service(["port": "80"]),
            [.invalid("port", "must be a whole number: 1…65535, was '80'")]),
        BrokenRule(
            "port with a fraction", Samples.service(["port": .double(80.5)]),
            [.invalid("port", "must be a whole number: 1…65535, was 80.5")]),
        BrokenRule(
            "unknown protocol", Samples.service(["protocol": "SCTP"]),
            [.notSupported("protocol", "must be TCP or UDP, was 'SCTP'")]),
        BrokenRule(
            "protocol no string", Samples.service(["protocol": 6]), [.invalid("protocol", "must be a string, was 6")]),
        BrokenRule(
            "label key with two slashes", Samples.service(["labels": ["a/b/c": "x", "ok": "y"]]),
            [.notSupported("labels", "has the key 'a/b/c', which \(Words.labelKey)")]),
        BrokenRule(
            "label no string", Samples.service(["labels": ["version": 1]]),
            [.invalid("labels.version", "must be a string, was 1")]),
        BrokenRule(
            "no selector", Samples.service(["selector": .null]),
            [.required("selector", "is required: a service stands for the pods it selects")]),
        BrokenRule(
            "empty selector", Samples.service(["selector": [:]]),
            [.required("selector", "is required: a service stands for the pods it selects")]),
        BrokenRule(
            "selector no object", Samples.service(["selector": "name=web"]),
            [.invalid("selector", "must be an object, was 'name=web'")]),
        BrokenRule(
            "selector key no DNS-952 label", Samples.service(["selector": ["": "x"]]),
            [.notSupported("selector", "has the key '', which \(Words.labelKey)")]),
        BrokenRule(
            "createExternalLoadBalancer no flag", Samples.service(["createExternalLoadBalancer": "yes"]),
            [.invalid("createExternalLoadBalancer", "must be true or false, was 'yes'")]),
        BrokenRule(
            "public IP no IPv4 address", Samples.service(["publicIPs": ["10.0.0.1", "::1", ""]]),
            [
                .invalid("publicIPs[1]", "must be an IPv4 address, was '::1'"),
                .invalid("publicIPs[2]", "must be an IPv4 address, was ''"),
            ]),
        BrokenRule(
            "public IPs no array", Samples.service(["publicIPs": "10.0.0.1"]),
            [.invalid("publicIPs", "must be an array, was '10.0.0.1'")]),
        BrokenRule(
            "containerPort 70000", Samples.service(["containerPort": 70000]),
            [.invalid("containerPort", "must be 1…65535, or 0 for none, or a port's name, was 70000")]),
        BrokenRule(
            "containerPort a list", Samples.service(["containerPort": [80]]),
            [.invalid("containerPort", "must be a port's number or name, was [80]")]),
        BrokenRule(
            "no portal IP", Samples.service(["portalIP": .null]),
            [.required("portalIP", "is required: allocating it is the master's job, a node only serves it")]),
        BrokenRule(
            "portal IP None", Samples.service(["portalIP": "None"]),
            [.invalid("portalIP", "must be an IPv4 address, was 'None'")]),
        BrokenRule(
            "portal IP with a leading zero", Samples.service(["portalIP": "10.11.0.01"]),
            [.invalid("portalIP", "must be an IPv4 address, was '10.11.0.01'")]),
        BrokenRule(
            "proxyPort -1", Samples.service(["proxyPort": -1]),
            [.invalid("proxyPort", "must be 1…65535, or 0 for none, was -1")]),
        BrokenRule(
            "everything at once", ["kind": "Service"],
            [
                .required("id"), .invalid("port", "must be 1…65535, is missing"),
                .required("selector", "is required: a service stands for the pods it selects"),
                .required("portalIP", "is required: allocating it is the master's job, a node only serves it"),
            ]),
    ]

    static let brokenEndpoints: [BrokenRule] = [
        BrokenRule("no id", Samples.endpoints(["id": .null]), [.required("id")]),
        BrokenRule(
            "id no service's", Samples.endpoints(["id": "A"]), [.invalid("id", "\(Words.dns952Label), was 'A'")]),
        BrokenRule(
            "endpoints no array", Samples.endpoints(["endpoints": ["a": "b"]]),
            [.invalid("endpoints", "must be an array, was {\"a\":\"b\"}")]),
        BrokenRule(
            "endpoints no addresses",
            Samples.endpoints(["endpoints": ["10.0.0.1", "10.0.0.1:80", "host:80", "10.0.0.1:0", "::1:80", 5]]),
            [
                .invalid("endpoints[0]", "\(Words.endpoint), was '10.0.0.1'"),
                .invalid("endpoints[2]", "\(Words.endpoint), was 'host:80'"),
                .invalid("endpoints[3]", "\(Words.endpoint), was '10.0.0.1:0'"),
                .invalid("endpoints[4]", "\(Words.endpoint), was '::1:80'"),
                .invalid("endpoints[5]", "must be a string, was 5"),
            ]),
    ]

    @Test("a broken header is refused", arguments: brokenHeaders)
    func header(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken service is refused", arguments: brokenServices)
    func service(rule: BrokenRule) throws { try rule.check() }

    @Test("broken endpoints are refused", arguments: brokenEndpoints)
    func endpoints(rule: BrokenRule) throws { try rule.check() }

    @Test("a portal IP is only demanded where nobody allocates one")
    func portalIP() throws {
        let master = ObjectDecoder(allowPrivileged: false, requirePortalIP: false)
        let decoded = try master.decode(Samples.service(["portalIP": .null]))
        #expect(decoded.objects.count == 1)
    }

    @Test("the refusal names kind, object and causes")
    func message() throws {
        let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)
        let error = try #require(throws: InvalidObject.self) {
            try node.decode(Samples.service(["id": "WEB", "port": 0]))
        }
        #expect(error.kind == "Service")
        #expect(error.name == "WEB")
        #expect(
            error.message
                == "service \"WEB\" is invalid: id: \(Words.dns952Label), was 'WEB'; port: must be 1…65535, was 0")
        #expect("\(error)" == error.message)
        #expect(
            error.causes.last?.json().text
                == #"{"reason":"FieldValueInvalid","field":"port","message":"must be 1…65535, was 0"}"#)
    }
}
