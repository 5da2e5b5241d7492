/// What one decoding has found wrong or doubtful so far, in the order it was met.
final class Findings {
    /// How many causes one answer lists: enough to mend a file in one go, too few to make an answer larger than the
    /// question. A last line counts the rest.
    static let causeLimit = 100
    /// How many warnings one answer lists, for the same reason.
    static let warningLimit = 100

    /// Each with the path it is ordered by, which a cause that blames no field has too.
    private var listed: [(cause: FieldCause, place: String)] = []
    private var causeCount = 0
    private var listedWarnings: [String] = []
    private var warningCount = 0

    /// How many causes there are, listed or not.
    var count: Int { causeCount }

    /// The causes with their last line; empty when nothing is wrong.
    var causes: [FieldCause] { listed.map(\.cause) + uncounted }

    /// The causes in the order of the server of 2014, with their last line.
    var orderedCauses: [FieldCause] { CauseOrder.sorted(listed) + uncounted }

    private var uncounted: [FieldCause] {
        guard causeCount > Self.causeLimit else { return [] }
        let rest = "and \(causeCount - Self.causeLimit) more"
        return [FieldCause(reason: .fieldValueInvalid, field: "", message: rest)]
    }

    /// The warnings with their last line.
    var warnings: [String] {
        guard warningCount > Self.warningLimit else { return listedWarnings }
        return listedWarnings + ["and \(warningCount - Self.warningLimit) more"]
    }

    /// `cause` is made only while it is listed: a line of 4 MiB can hold half a million faults.
    /// - Parameter place: where a cause that blames no field belongs among the others; else that is its field.
    func add(_ cause: @autoclosure () -> FieldCause, at place: @autoclosure () -> String? = nil) {
        causeCount += 1
        guard causeCount <= Self.causeLimit else { return }
        let cause = cause()
        listed.append((cause, place() ?? cause.field))
    }

    /// `warning` is made only while it is listed, for the same reason.
    func warn(_ warning: @autoclosure () -> String) {
        warningCount += 1
        if warningCount <= Self.warningLimit { listedWarnings.append(warning()) }
    }
}
