import Glibc
import Testing

@testable import Proxy

/// Which worker a connection goes to. The workers live on no thread here, so that the order of events is the test's.
@Suite struct PlacementTests {
    @Test func nobodyIsGivenToAWorkerThatHasNoBackendsYet() throws {
        var settings = ProxySettings()
        settings.workers = 2
        let context = try WorkerContext(settings: settings)
        let options = ListenerOptions(
            backlog: 64, keepalive: context.keepalive, descriptors: context.descriptors, workers: 2)
        let listener = try Listener.open(id: 1, port: 0, options: options)
        var busy = try worker(0, context)
        var idle = try worker(1, context)
        let backend = try TestBackend.echo()
        let backends = BackendSet.empty.replaced(by: [backend.backend], nextTicket: 0)
        let clients = try (0..<32).map { _ in try Peer(to: listener.port) }

        // As `ProxyServer.setBackends` posts it to one worker after the other, with time between the two.
        context.mailboxes[0].post(.serve(listener, backends))
        busy.obey()
        for _ in 0..<4 { busy.accept(from: listener.id) }
        #expect(busy.connections.count == 16)
        #expect(context.mailboxes[1].fetch().isEmpty)

        context.mailboxes[1].post(.serve(listener, backends))
        idle.obey()
        for _ in 0..<4 { busy.accept(from: listener.id) }
        idle.obey()
        #expect(busy.connections.count < 32)
        #expect(busy.connections.count + idle.connections.count == 32)
        busy.cutAll()
        idle.cutAll()
        _ = clients
    }

    private func worker(_ index: Int, _ context: WorkerContext) throws -> Worker {
        Worker(index: index, context: context, epoll: try Epoll(wokenBy: context.mailboxes[index].wake))
    }
}
