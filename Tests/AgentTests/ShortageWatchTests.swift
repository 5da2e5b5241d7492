import Proxy
import Testing

@testable import Agent

/// Complaints about the data plane, look by look.
@Suite struct ShortageWatchTests {
    @Test(
        "Each kind of shortage has words of its own, and what to look at",
        arguments: [
            (ProxyShortage(exhausted: 1), "LimitNOFILE="),
            (ProxyShortage(connectionLimit: 1), "as many connections"),
            (ProxyShortage(noLocalPort: 1), "net.ipv4.ip_local_port_range"),
            (ProxyShortage(acceptPauses: 1), "clients wait"),
        ])
    func words(shortage: ProxyShortage, words: String) {
        var watch = ShortageWatch()
        let found = watch.look(shortage)
        #expect(found.count == 1 && found.allSatisfy { $0.contains(words) }, "\(found)")
    }

    @Test("A complaint begins with the first client, outlives the last by a minute, and is logged once")
    func memory() {
        var watch = ShortageWatch()
        #expect(watch.look(ProxyShortage()).isEmpty && !watch.hasBegun)
        #expect(watch.look(ProxyShortage(exhausted: 5)).count == 1 && watch.hasBegun)
        #expect(watch.look(ProxyShortage(exhausted: 6)).count == 1 && !watch.hasBegun)
        for look in 1..<ShortageWatch.memory {
            #expect(watch.look(ProxyShortage(exhausted: 6)).count == 1 && !watch.hasBegun, "look \(look)")
        }
        #expect(watch.look(ProxyShortage(exhausted: 6)).isEmpty)
        #expect(watch.look(ProxyShortage(exhausted: 7)).count == 1 && watch.hasBegun)
    }

    @Test("A second kind is logged while the first goes on")
    func kinds() {
        var watch = ShortageWatch()
        _ = watch.look(ProxyShortage(acceptPauses: 1))
        #expect(watch.look(ProxyShortage(connectionLimit: 1, acceptPauses: 2)).count == 2 && watch.hasBegun)
    }
}
