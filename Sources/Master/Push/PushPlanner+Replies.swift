import ClusterModel
import Wire

extension PushPlanner {
    /// Takes an ack; of what is no longer followed nothing is noted.
    /// - Returns: why the session is to end, if it is.
    mutating func take(_ ack: Ack, now: Duration) -> PushError? {
        guard let request = outstanding[ack.id] else { return nil }
        switch ack.phase {
        case .received:
            received(ack.id, request)
            guard let key = request.key else { return committed(request, isStale: ack.stale, now: now) }
            renote(key, request, .received, now: now)
        case .applied:
            outstanding[ack.id] = nil
            // An agent may leave out nothing, but a lost line must not keep the window shut.
            received(ack.id, request)
            if let key = request.key {
                if let note = notes[key], note.version <= request.version { notes[key] = nil }
                if let refusal = refusals[key], refusal.version <= request.version { refusals[key] = nil }
            } else {
                fullSet?.note = Note(version: request.version, phase: .applied, since: now)
            }
            outstanding.releaseRoom()
            notes.releaseRoom()
        case .failed(let reason, let message, let retryIn):
            let phase = PushStanding.Phase.failed(reason: reason, message: message, retryIn: retryIn)
            if let key = request.key {
                renote(key, request, phase, now: now)
            } else {
                fullSet?.note = Note(version: request.version, phase: phase, since: now)
            }
        }
        return nil
    }

    /// Takes a refusal.
    /// - Returns: why the session is to end, if it is.
    mutating func take(_ fault: WireFault, now: Duration) -> PushError? {
        if fault.reason == .staleTerm { return PushError(.superseded, fault.message) }
        guard let id = fault.id else { return PushError(.misunderstood, "\(fault)") }
        guard let request = outstanding.removeValue(forKey: id) else { return nil }
        received(id, request)
        if let key = request.key {
            let phase = PushStanding.Phase.refused(
                code: fault.code, reason: fault.reason.name, message: fault.message)
            renote(key, request, phase, now: now)
            return nil
        }
        guard case .committing(let order) = stage else { return nil }
        // What is too large as a whole would be so again.
        if order.isProbed || fault.reason == .tooLarge {
            return PushError(.fullSetRefused, "the full set was refused: \(fault)")
        }
        stage = .probing(order)
        cursor = 0
        return nil
    }

    /// Acks of `received` and refusals come in the order of the requests, so the minion has all before the first one without.
    private mutating func received(_ id: RequestID, _ request: Outstanding) {
        guard let place = unacked.firstIndex(of: id) else { return }
        unacked.remove(at: place)
        guard let known = held else { return }
        held?.acked = max(known.acked, request.version)
        let next = unacked.first { outstanding[$0]?.sequence != nil }.flatMap { outstanding[$0]?.sequence }
        held?.sequence = max(known.sequence, next.map { $0 - 1 } ?? cursor)
    }

    private mutating func committed(_ request: Outstanding, isStale: Bool, now: Duration) -> PushError? {
        guard case .committing(let order) = stage, let sequence = request.sequence else { return nil }
        // Somebody wrote something newer between `ready` and the set, which therefore did nothing.
        if isStale { return PushError(.ended, "the minion has a newer set; asking it again") }
        stage = .differences
        held = Held(sequence: sequence, acked: request.version, sent: request.version)
        notes = [:]
        isPartial = false
        fullSet?.note = Note(version: request.version, phase: .received, since: now)
        // What was refused in an earlier session may be taken now.
        if !order.isProbed { retryRefused() }
        return nil
    }

    /// Changes what is known of an object, unless something newer is.
    private mutating func renote(
        _ key: ObjectKey, _ request: Outstanding, _ phase: PushStanding.Phase, now: Duration
    ) {
        if let newer = notes[key] ?? refusals[key], newer.version > request.version { return }
        note(key, Note(version: request.version, phase: phase, since: now))
    }

    /// How far a change has got, and since when where that is known.
    func standing(of change: DeliveryLog.Change) -> (phase: PushStanding.Phase, since: Duration?) {
        if let note = notes[change.key] ?? refusals[change.key], note.version == change.version {
            // What was only sent before the minion was lost will be sent again.
            if note.phase == .sent, stage == .apart { return (.waiting, nil) }
            return (note.phase, note.since)
        }
        guard let held, change.sequence <= held.sequence else {
            let isSent = stage != .apart && change.sequence <= cursor
            return (isSent ? .sent : .waiting, nil)
        }
        if let fullSet, change.sequence <= fullSet.sequence { return (fullSet.note.phase, fullSet.note.since) }
        return (isPartial ? .received : .applied, nil)
    }
}
