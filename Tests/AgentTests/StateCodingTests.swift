import ClusterModel
import Testing

@testable import Agent

@Suite struct StateCodingTests {
    private func service(_ name: String) -> ClusterObject {
        .service(Service(meta: ObjectMeta(name: name), port: 80, selector: ["a": "b"], portalIP: "10.11.0.1"))
    }

    private var patches: [StatePatch] {
        [
            StatePatch(generation: 1),
            StatePatch(
                put: [StoredObject(object: service("a"), source: .master, uid: "u", generation: 2)],
                versions: [
                    VersionScope(source: .master, kind: .service): 120, VersionScope(source: .master, kind: .pod): 7,
                    VersionScope(source: .file, kind: .pod): 3,
                ], generation: 2),
            StatePatch(removed: [ObjectKey(kind: .service, name: "a")], generation: 3),
            StatePatch(leadership: Leadership(master: "m1", term: 7)),
            StatePatch(complete: [.pod, .service], partial: [.endpoints]),
        ]
    }

    @Test func everyPatchComesBackAsItWas() throws {
        for patch in patches {
            #expect(StateCoding.decode(StateCoding.encode(patch).record) == StateCoding.Decoded(patch: patch))
        }
    }

    @Test func aRecordIsOneLineThatAPersonCanRead() {
        let text = String(decoding: StateCoding.encode(patches[2]).record, as: UTF8.self)
        #expect(text == #"{"removed":[{"kind":"Service","namespace":"default","name":"a"}],"generation":3}"#)
    }

    @Test func theSnapshotRebuildsTheState() throws {
        var state = DesiredState()
        for patch in patches.prefix(2) + patches.suffix(2) { state.apply(patch) }
        var rebuilt = DesiredState()
        for patch in state.snapshot() {
            rebuilt.apply(StateCoding.decode(StateCoding.encode(patch).record).patch)
        }
        #expect(rebuilt == state)
    }

    @Test(arguments: [
        "[]", "{", #"{"put":[{}]}"#, #"{"put":[{"source":"master","object":{"kind":"Service"}}]}"#,
        #"{"versions":{"nobody":{}}}"#, #"{"versions":{"master":"1"}}"#, #"{"versions":{"master":{"Thing":1}}}"#,
        #"{"complete":["Nothing"]}"#, #"{"removed":[{"name":"a"}]}"#, #"{"partial":["Nothing"]}"#,
    ])
    func whatCannotBeReadIsNamed(_ text: String) {
        let decoded = StateCoding.decode(Array(text.utf8))
        #expect(decoded.patch == StatePatch())
        #expect(decoded.skipped.count == 1)
    }

    @Test func theOlderFormsAreRead() {
        let record = #"{"versions":{"master":120},"partial":true,"generation":9}"#
        let versions = ObjectKind.allCases.map { (VersionScope(source: .master, kind: $0), UInt64(120)) }
        let patch = StatePatch(
            versions: Dictionary(uniqueKeysWithValues: versions), partial: Set(ObjectKind.allCases), generation: 9)
        #expect(StateCoding.decode(Array(record.utf8)) == StateCoding.Decoded(patch: patch))
    }

    @Test func theSizeOfEachObjectIsKnown() {
        let put = ["a", "longer"].map {
            StoredObject(object: service($0), source: .master, uid: "u", generation: 2)
        }
        let encoded = StateCoding.encode(StatePatch(put: put, generation: 2))
        #expect(
            encoded.sizes == Dictionary(uniqueKeysWithValues: put.map { ($0.object.key, StateCoding.size(of: $0)) }))
        let around = #"{"put":[,],"generation":2}"#.utf8.count
        #expect(encoded.record.count == around + encoded.sizes.values.reduce(0, +))
    }
}
