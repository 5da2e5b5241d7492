import ClusterModel
import Testing
import Wire

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
            StatePatch(complete: [.pod, .service]),
        ]
    }

    @Test func everyPatchComesBackAsItWas() throws {
        for patch in patches {
            #expect(try StateCoding.decode(try JSONText.parse(StateCoding.encode(patch))) == patch)
        }
    }

    @Test func aRecordIsOneLineThatAPersonCanRead() {
        let text = String(decoding: StateCoding.encode(patches[2]), as: UTF8.self)
        #expect(text == #"{"removed":[{"kind":"Service","namespace":"default","name":"a"}],"generation":3}"#)
    }

    @Test func theSnapshotRebuildsTheState() throws {
        var state = DesiredState()
        for patch in patches.prefix(2) + patches.suffix(2) { state.apply(patch) }
        var rebuilt = DesiredState()
        for patch in state.snapshot() {
            rebuilt.apply(try StateCoding.decode(try JSONText.parse(StateCoding.encode(patch))))
        }
        #expect(rebuilt == state)
    }

    @Test(arguments: [
        "[]", #"{"put":[{}]}"#, #"{"put":[{"source":"master","object":{"kind":"Service"}}]}"#,
        #"{"versions":{"nobody":{}}}"#, #"{"versions":{"master":1}}"#, #"{"versions":{"master":{"Thing":1}}}"#,
        #"{"complete":["Nothing"]}"#, #"{"removed":[{"name":"a"}]}"#,
    ])
    func whatIsNoRecordIsDamage(_ text: String) throws {
        let value = try JSONText.parse(Array(text.utf8))
        #expect(throws: StateCoding.Damage.self) { try StateCoding.decode(value) }
    }
}
