import ClusterModel
import Synchronization
import Testing

@testable import Agent

@Suite("The node's own status")
struct NodeViewTests {
    @Test("says why no pod can be started, as long as that is so, and tells who listens")
    func unschedulable() {
        let board = StatusBoard()
        let news = Mutex(0)
        _ = board.subscribe { key in if key == nil { news.withLock { $0 += 1 } } }
        for words in ["no engine", "no engine", nil] as [String?] {
            board.note(unschedulable: words)
            let node = NodeView(
                name: "n", version: "v", pods: 0, services: 0, problems: [], unschedulable: board.unschedulable)
            guard case .object(let state)? = node.object["currentState"] else {
                Issue.record("no state: \(node.object)")
                return
            }
            #expect(state["unschedulable"] == words.map { .string($0) })
        }
        #expect(news.withLock { $0 } == 2)
    }
}
