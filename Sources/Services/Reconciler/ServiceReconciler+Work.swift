import ClusterModel
import Logging
import Machine

extension ServiceReconciler {
    /// One round of changes against a chain that holds our rules and no others: a single transaction of those changes alone.
    func batch() async {
        take()
        let delta = installed.delta(to: wanted, of: inFlight.keys)
        if !delta.isEmpty {
            do throws(FilterError) {
                try await filter.apply(RuleTransaction(delta, to: wanted))
            } catch {
                giveBack()
                if error.code == .refused {
                    // Either the kernel is not as we believe or it dislikes a rule: a look at it tells.
                    passRequested = true
                } else {
                    meet(error)
                }
                return
            }
            installed.apply(delta)
        }
        conclude(added: delta.added)
    }

    /// One comparison with the kernel, and one transaction if anything differs.
    func pass() async {
        passRequested = false
        verifyDue = time.now() + settings.verifyInterval
        var hasDrifted = false
        do throws(FilterError) {
            let kernel = try await filter.inspect()
            if !isSwept { noteFormerPorts(kernel) }
            let believed = lastGoodPass == nil ? nil : installed
            // The picture may become complete while the transaction runs: what follows is about the one that was compared.
            let wasComplete = isComplete
            take()
            let difference = ChainDifference(
                kernel: kernel, wanted: wanted, strangers: wasComplete ? .removed : .kept(butTo: openPorts))
            let drift = believed.flatMap { ChainDrift(difference, believed: $0, changing: inFlight.keys) }
            try await mend(difference, isComplete: wasComplete)
            installed = wanted
            recover()
            if let drift { logRepair(drift) }
            hasDrifted = drift != nil
            conclude(added: difference.missing)
            if wasComplete { sweep() }
            isChainKnown = difference.kept.isEmpty && strangers.isEmpty
        } catch {
            giveBack()
            meet(error)
        }
        if lastPass == nil || !warnings.isEmpty || hasDrifted { await refreshWarnings() }
        lastPass = time.now()
    }

    /// Brings the kernel from `difference` to `wanted`. Rules it refuses are taken from `wanted`, and fail their service alone.
    private func mend(_ difference: ChainDifference, isComplete: Bool) async throws(FilterError) {
        guard !difference.isEmpty else { return }
        // The chain as a whole when something is to go from it: lines that are not ours may not survive being spelt back to
        // the tools. What only comes is appended.
        let isWhole = isComplete && !difference.unwanted.isEmpty
        let stepwise = RuleTransaction(stepwise: difference)
        do throws(FilterError) {
            try await filter.apply(isWhole ? RuleTransaction(whole: wanted, over: difference) : stepwise)
        } catch  where error.code == .refused {
            // Additions first, so that no service that had a rule is without one meanwhile; then what is to go.
            var additions = stepwise
            additions.removed = []
            for (rule, error) in try await RuleSieve(filter: filter).pass(additions) {
                wanted[rule.key] = nil
                failAndRetry(rule.key, reason: error.code.rawValue, message: error.message)
            }
            guard !difference.unwanted.isEmpty else { return }
            try await filter.apply(
                isWhole
                    ? RuleTransaction(declaresChain: true, added: wanted.ordered)
                    : RuleTransaction(removed: difference.unwanted))
        }
    }

    /// Takes all that is dirty into the round, and prepares it.
    private func take() {
        for key in dirty { inFlight[key] = entries[key]?.generation ?? 0 }
        dirty = []
        for key in inFlight.keys { prepare(key) }
    }

    /// Where our own listeners are: a rule that leads there is a known service's, even if it is not wanted any more.
    private var openPorts: Set<UInt16> { Set(entries.values.compactMap(\.proxyPort)) }

    private func giveBack() {
        dirty.formUnion(inFlight.keys)
        inFlight = [:]
    }

    /// Ends a round: says how its services are, and closes listeners no rule leads to any more. A service that changed while
    /// the round was under way is dirty again: only what is true of it already is done here.
    private func conclude(added: [PortalRule]) {
        let round = inFlight
        inFlight = [:]
        let isLarge = round.count > Self.loggedSingly
        if isLarge { logger.info("\(round.count) services changed, \(added.count) rules added") }
        let new = isLarge ? [] : Set(added.map(\.key))
        for (key, generation) in round {
            guard let entry = entries[key] else { continue }
            if installed[key] != nil {
                clearFailure(of: key)
                reportApplied(key, generation: generation, logged: new.contains(key))
            } else if dirty.contains(key) {
                continue
            } else if entry.desired == nil {
                closeListener(of: key)
                entries[key] = nil
                reportRemoved(key, generation: entry.generation, logged: !isLarge)
            } else if mustMove(key) {
                closeListener(of: key)
                dirty.insert(key)
            } else {
                if case .failure = planner.verdict(for: key) { closeListener(of: key) }
                reportState(of: key)
            }
        }
    }

    /// A round of more services than this is one line in the journal: journald drops what comes faster than 10,000 lines in
    /// 30 s (journald.conf(5), `RateLimitBurst=`), other lines of ours included.
    private static let loggedSingly = 100

    private func noteFormerPorts(_ kernel: ChainState) {
        formerPorts = [:]
        for line in kernel.rules {
            // The first rule is the one that is in force.
            guard let redirect = IptablesText.redirect(in: line), formerPorts[redirect.portal] == nil else { continue }
            formerPorts[redirect.portal] = redirect.proxyPort
        }
    }

    /// Once the kernel holds the rules of a complete picture and no others, nothing is left to be kept for later.
    private func sweep() {
        guard !isSwept else { return }
        isSwept = true
        closeStrangers()
        formerPorts = [:]
        for key in deferred where entries[key] == nil { reportRemoved(key, generation: 0, logged: true) }
        deferred = []
    }

    /// Asked for at the start, again for as long as there is something to warn of, and after a drift: a chain that is gone
    /// may mean that the host has changed to the other flavour of iptables.
    private func refreshWarnings() async {
        let now = await filter.warnings()
        for warning in now where !warnings.contains(warning) { logger.warning("\(warning)") }
        warnings = now
    }
}
