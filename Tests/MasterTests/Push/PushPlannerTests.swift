import ClusterModel
import Testing
import Wire

@testable import Master

/// A planner with a catalog, driven as a link would drive it.
private struct PlannerRun {
    let catalog = PushCatalog(settings: PushSettings())
    var planner: PushPlanner
    var lastID: Int64 = 0

    init(window: Int = 4) {
        var settings = PushSettings()
        settings.window = window
        settings.followLimit = 2
        settings.noteLimit = 3
        planner = PushPlanner(settings: settings)
    }

    func put(_ objects: APIObject...) {
        _ = catalog.apply(objects.map { .put($0) }, revision: objects.map(\.meta.resourceVersion).max() ?? 0)
    }

    mutating func begin(applied: UInt64 = 0, mayWait: Bool = false) -> PushPlanner.Opening {
        planner.begin(applied: applied, position: catalog.position(of: "m1"), mayWait: mayWait)
    }

    mutating func nextID() -> RequestID {
        lastID += 1
        return .int(lastID)
    }

    /// Sends the full set that is due; its commit is acked with `phases`.
    mutating func sendFullSet(_ phases: Ack.Phase...) -> RequestID {
        let id = nextID()
        planner.sending(catalog.fullSet(for: "m1"), as: id, now: .zero)
        for phase in phases { _ = planner.take(Ack(id: id, phase: phase), now: .zero) }
        return id
    }

    /// Sends the changes that are due.
    mutating func sendChanges() -> [RequestID] {
        guard case .changes(let sequence, let limit) = planner.step else { return [] }
        return catalog.changes(for: "m1", after: sequence, limit: limit).map { change in
            let id = nextID()
            _ = planner.sending(change, as: id, now: .seconds(lastID))
            return id
        }
    }

    mutating func ack(_ id: RequestID, _ phase: Ack.Phase) {
        _ = planner.take(Ack(id: id, phase: phase), now: .seconds(99))
    }

    func phase(_ key: ObjectKey) -> PushStanding.Phase? {
        catalog.change(of: key, for: "m1").map { planner.standing(of: $0).phase }
    }
}

@Suite("What one minion is given next")
struct PushPlannerTests {
    @Test("a minion that was never spoken with is given everything, then what has changed since")
    func firstContact() {
        var run = PlannerRun()
        run.put(makeService("a", version: 1))
        #expect(run.begin() == .fullSet(versioned: true))
        #expect(run.planner.step == .fullSet(versioned: true, without: [:]))
        let id = run.sendFullSet()
        #expect(run.planner.step == .wait)
        #expect(run.phase(serviceKey("a")) == .sent)
        run.put(makeService("b", version: 2))
        #expect(run.phase(serviceKey("b")) == .waiting)
        run.ack(id, .received)
        #expect(run.phase(serviceKey("a")) == .received)
        let due = run.sendChanges()
        #expect(due.count == 1)
        run.ack(id, .applied(took: nil))
        #expect(run.phase(serviceKey("a")) == .applied)
        #expect(run.phase(serviceKey("b")) == .sent)
    }

    @Test("no more than the window is unacked, and what changed meanwhile is sent once")
    func window() {
        var run = PlannerRun(window: 2)
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        run.put(makeService("a", version: 1), makeService("b", version: 2), makeService("c", version: 3))
        let sent = run.sendChanges()
        #expect(sent.count == 2)
        #expect(run.planner.step == .wait)
        run.put(makeService("c", version: 4))
        run.put(makeService("c", version: 5))
        run.ack(sent[0], .received)
        run.ack(sent[1], .received)
        guard case .changes(let sequence, _) = run.planner.step else {
            Issue.record("does not go on: \(run.planner.step)")
            return
        }
        #expect(run.catalog.changes(for: "m1", after: sequence, limit: 9).map(\.version) == [5])
    }

    @Test("after a cut it goes on behind what was stored")
    func resumes() {
        var run = PlannerRun()
        run.put(makeService("a", version: 1))
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        run.put(makeService("b", version: 2), makeService("c", version: 3))
        let sent = run.sendChanges()
        run.ack(sent[0], .received)
        run.planner.end()
        #expect(run.phase(serviceKey("c")) == .waiting)
        #expect(run.begin(applied: 2) == .resume)
        guard case .changes(let sequence, _) = run.planner.step else {
            Issue.record("does not resume: \(run.planner.step)")
            return
        }
        #expect(run.catalog.changes(for: "m1", after: sequence, limit: 9).map(\.key.name) == ["c"])
    }

    @Test(
        "what cannot be trusted is sent anew",
        arguments: [
            // The minion lost what it had acked.
            (applied: 1, mayWait: false, opening: PushPlanner.Opening.fullSet(versioned: true)),
            // Somebody else wrote to it what the store has too.
            (applied: 4, mayWait: false, opening: .fullSet(versioned: true)),
            // It is ahead of the mirror: for a while that may be the mirror's fault, then it is the store's.
            (applied: 50, mayWait: true, opening: .tooEarly),
            (applied: 50, mayWait: false, opening: .fullSet(versioned: false)),
        ])
    func distrust(applied: UInt64, mayWait: Bool, opening: PushPlanner.Opening) {
        var run = PlannerRun()
        run.put(makeService("a", version: 3))
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        run.planner.end()
        run.put(makeService("b", version: 5))
        #expect(run.begin(applied: applied, mayWait: mayWait) == opening)
    }

    @Test("removals that are forgotten meanwhile cost a full set")
    func forgotten() {
        var run = PlannerRun()
        run.put(makeService("a", version: 3))
        _ = run.begin()
        _ = run.sendFullSet(.received)
        run.planner.end()
        let position = PushCatalog.Position(floor: 2, revision: 9)
        let opening = run.planner.begin(applied: 3, position: position, mayWait: false)
        #expect(opening == .fullSet(versioned: true))
    }

    @Test("a refused set is offered object by object, then again without what was refused")
    func probes() {
        var run = PlannerRun()
        run.put(makeService("good", version: 1), makeService("bad", version: 2))
        _ = run.begin()
        let commit = run.sendFullSet()
        #expect(run.planner.take(WireFault(.invalid, "line 2", id: commit), now: .zero) == nil)
        let sent = run.sendChanges()
        #expect(sent.count == 2)
        run.ack(sent[0], .received)
        #expect(run.planner.take(WireFault(.invalid, "no", id: sent[1]), now: .zero) == nil)
        let more = run.sendChanges()
        let isDone = run.planner.caughtUp()
        #expect(more.isEmpty && isDone)
        #expect(run.planner.step == .fullSet(versioned: true, without: [serviceKey("bad"): 2]))
        _ = run.sendFullSet(.received, .applied(took: nil))
        #expect(run.phase(serviceKey("good")) == .applied)
        #expect(run.phase(serviceKey("bad")) == .refused(code: 422, reason: "Invalid", message: "no"))
        run.planner.retryRefused()
        #expect(run.planner.step == .retry([serviceKey("bad")]))
        run.planner.end()
        // The minion comes back without what it had: what it refused is left out of the set and offered anew behind it.
        #expect(run.begin(applied: 0) == .fullSet(versioned: true))
        #expect(run.planner.step == .fullSet(versioned: true, without: [serviceKey("bad"): 2]))
        _ = run.sendFullSet(.received)
        #expect(run.planner.step == .retry([serviceKey("bad")]))
    }

    @Test("what is only on its way pushes out no refusal, which is known until the object is taken")
    func refusalsApart() throws {
        var run = PlannerRun(window: 9)
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        for number in 1...3 {
            run.put(makeService("s\(number)", version: UInt64(number)))
            run.ack(run.sendChanges()[0], .received)
        }
        run.put(makeService("bad", version: 4))
        let offer = run.sendChanges()[0]
        #expect(run.planner.take(WireFault(.invalid, "no", id: offer), now: .zero) == nil)
        #expect(run.phase(serviceKey("bad")) == .refused(code: 422, reason: "Invalid", message: "no"))
        // Offered again, and cut before the answer.
        run.planner.retryRefused()
        let change = try #require(run.catalog.change(of: serviceKey("bad"), for: "m1"))
        let isRetried = run.planner.isRetried(serviceKey("bad"), change)
        let id = run.nextID()
        _ = run.planner.sending(change, as: id, now: .zero)
        #expect(isRetried)
        run.planner.end()
        #expect(run.planner.refused == [serviceKey("bad"): 4])
        // Taken at last.
        _ = run.begin(applied: 4)
        _ = run.planner.sending(change, as: id, now: .zero)
        run.ack(id, .received)
        #expect(run.planner.refused.isEmpty)
    }

    @Test("a set that is refused although nothing of it is ends the session, as does one that is too large")
    func hopeless() {
        for isTooLarge in [true, false] {
            var run = PlannerRun()
            _ = run.begin()
            var commit = run.sendFullSet()
            if !isTooLarge {
                #expect(run.planner.take(WireFault(.invalid, "x", id: commit), now: .zero) == nil)
                let isDone = run.planner.caughtUp()
                #expect(isDone)
                commit = run.sendFullSet()
            }
            let fault = WireFault(isTooLarge ? .tooLarge : .invalid, "x", id: commit)
            #expect(run.planner.take(fault, now: .zero)?.code == .fullSetRefused)
        }
    }

    @Test("a newer leader ends it, as do a line that was not read and a set that came too late")
    func ends() {
        var run = PlannerRun()
        _ = run.begin()
        let commit = run.sendFullSet()
        #expect(run.planner.take(WireFault(.staleTerm, "m2 leads", id: commit), now: .zero)?.code == .superseded)
        #expect(run.planner.take(WireFault(.badRequest, "what?"), now: .zero)?.code == .misunderstood)
        #expect(run.planner.take(Ack(id: commit, phase: .received, stale: true), now: .zero)?.code == .ended)
        #expect(run.planner.held == nil)
    }

    @Test("what failed is known until it is applied, also when that is heard of an older version")
    func failures() {
        var run = PlannerRun()
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        run.put(makePod("p", on: "m1", version: 1))
        let first = run.sendChanges()[0]
        run.ack(first, .received)
        run.ack(first, .failed(reason: "ErrImagePull", message: "no", retryIn: nil))
        #expect(run.phase(podKey("p")) == .failed(reason: "ErrImagePull", message: "no", retryIn: nil))
        run.put(makePod("p", on: "m1", version: 2))
        let second = run.sendChanges()[0]
        #expect(run.phase(podKey("p")) == .sent)
        run.ack(second, .received)
        run.ack(first, .applied(took: nil))
        #expect(run.phase(podKey("p")) == .received)
        run.ack(second, .applied(took: nil))
        #expect(run.phase(podKey("p")) == .applied)
    }

    @Test("of many that do not converge the oldest are no longer followed")
    func followsFew() {
        var run = PlannerRun(window: 9)
        _ = run.begin()
        _ = run.sendFullSet(.received, .applied(took: nil))
        for number in 1...5 {
            run.put(makeService("s\(number)", version: UInt64(number)))
            run.ack(run.sendChanges()[0], .received)
        }
        #expect(run.planner.outstanding.count == 3)
        #expect(run.planner.notes.count == 3)
        #expect(run.phase(serviceKey("s1")) == .received)
        #expect(run.phase(serviceKey("s5")) == .received)
    }
}
