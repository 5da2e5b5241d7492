import ClusterModel
import Testing
import Wire

@Suite struct ReadyTests {
    static let rows: [(kinds: [String], taken: Set<ObjectKind>)] = [
        ([], [.pod, .service, .endpoints]), (["Pod", "Minion", "Later"], [.pod, .minion]), (["Later"], []),
    ]

    @Test("an agent takes the kinds it names, one that names none takes those of the first agents", arguments: rows)
    func takes(row: (kinds: [String], taken: Set<ObjectKind>)) {
        let ready = Ready(node: "n", agent: "a", term: 0, applied: [:], kinds: row.kinds)
        #expect(Set(ObjectKind.allCases.filter(ready.takes)) == row.taken)
    }
}
