import ClusterModel
import Testing

@testable import Agent

@Suite struct ManifestTests {
    private let reader = ManifestReader(decoder: ObjectDecoder(allowPrivileged: false, requirePortalIP: true))

    private func read(_ text: String, name: String = "web.yaml") -> ManifestFile {
        reader.read(Array(text.utf8), name: name)
    }

    private func stored(_ name: String, file: String) -> StoredObject {
        let meta = ObjectMeta(name: name, annotations: [ManifestPlan.fileAnnotation: file])
        let pod = Pod(meta: meta, desiredState: PodState())
        return StoredObject(object: .pod(pod), source: .file, uid: "u", generation: 1)
    }

    @Test func aBareManifestIsAPod() throws {
        let file = read("version: v1beta1\nid: web\ncontainers: [{name: web, image: nginx}]\n")
        let pod = try #require(try file.pods.get().first)
        #expect(pod.meta.name == "web")
        #expect(pod.manifest.containers.map(\.image) == ["nginx"])
    }

    @Test func aRefusalNamesTheLineOfTheField() throws {
        let file = read(
            """
            version: v1beta1
            id: web
            containers:
              - name: web
                image: nginx
                ports:
                  - containerPort: 70000
            """)
        guard case .failure(let refusal) = file.pods else {
            Issue.record("a port of 70000 was accepted")
            return
        }
        #expect(refusal.place.hasPrefix("web.yaml:7:"))
        #expect(refusal.message.hasPrefix("containers[0].ports[0].containerPort: "))
        #expect(refusal.message.contains("70000"))
    }

    @Test func brokenTextIsRefusedWithItsPlace() {
        guard case .failure(let refusal) = read("a: [").pods else {
            Issue.record("broken YAML was accepted")
            return
        }
        #expect(refusal.place.hasPrefix("web.yaml:"))
    }

    @Test(arguments: ["", "# no more\n", "---\n---\n"])
    func aFileWithoutADocumentIsRefused(_ text: String) {
        #expect(
            read(text).pods
                == .failure(ManifestRefusal(place: "web.yaml", message: "holds no pod", mayPass: text.isEmpty)))
    }

    @Test func withoutTheSourceItsPodsGoAndTheirNamesAreFree() async throws {
        try await LinkFixture.run { link in
            let pod = ClusterObject.pod(Pod(meta: ObjectMeta(name: "web"), desiredState: PodState()))
            let other = ClusterObject.pod(Pod(meta: ObjectMeta(name: "other"), desiredState: PodState()))
            func put(_ object: ClusterObject) -> WriteGroup {
                WriteGroup(writes: [.put(object, resourceVersion: nil)], fence: .exempt)
            }
            _ = await link.store.commit([put(pod)], source: .file)
            _ = await link.store.commit([put(other)], source: .master)
            await ManifestLoop.turnOff(store: link.store, board: link.board)
            #expect(await link.store.state.objects.keys.map(\.name) == ["other"])
            #expect(await link.store.state.complete.isEmpty)
            _ = await link.store.commit([put(pod)], source: .master)
            #expect(await link.store.objects(of: .master).count == 2)
        }
    }

    @Test func aGoneFileTakesItsPodsAlong() {
        let plan = ManifestPlan(files: [], stored: [stored("web", file: "web.yaml")])
        #expect(plan.writes == [.remove(ObjectKey(kind: .pod, name: "web"), resourceVersion: nil)])
    }

    @Test func aBadEditKeepsWhatRan() {
        let refusal = ManifestRefusal(place: "web.yaml:1:1", message: "bad")
        let plan = ManifestPlan(
            files: [ManifestFile(name: "web.yaml", pods: .failure(refusal))], stored: [stored("web", file: "web.yaml")])
        #expect(plan.writes.isEmpty)
        #expect(plan.refusals == [refusal])
    }

    @Test func theFirstFileToClaimANameHasIt() {
        let pod = Pod(meta: ObjectMeta(name: "web"), desiredState: PodState())
        let plan = ManifestPlan(
            files: [ManifestFile(name: "a", pods: .success([pod])), ManifestFile(name: "b", pods: .success([pod]))],
            stored: [])
        #expect(plan.writes.count == 1)
        #expect(plan.refusals == [ManifestRefusal(place: "b", message: "Pod default/web is already defined by a")])
    }

    @Test func anEmptyFileIsToldOfAtTheSecondLook() {
        let empty = ManifestRefusal(place: "a.yaml", message: "holds no pod", mayPass: true)
        let bad = ManifestRefusal(place: "b.yaml", message: "bad")
        let first = ManifestReport().next([empty, bad])
        #expect(first.told == [bad] && first.waiting == [empty])
        let second = first.next([empty])
        #expect(second.told == [empty] && second.waiting.isEmpty)
        #expect(second.next([empty]).told == [empty])
        #expect(first.next([]) == ManifestReport())
    }

    @Test(arguments: [("", true), ("# nothing\n", false)])
    func onlyAFileWithoutAByteMayPass(_ row: (text: String, mayPass: Bool)) {
        guard case .failure(let refusal) = read(row.text).pods else {
            Issue.record("it was read")
            return
        }
        #expect(refusal.mayPass == row.mayPass)
    }
}
