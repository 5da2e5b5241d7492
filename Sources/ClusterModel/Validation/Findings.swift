/// What one decoding has found wrong or doubtful so far, in the order it was met.
final class Findings {
    /// How many causes one answer lists: enough to mend a file in one go, too few to make an answer larger than the
    /// question. A last line counts the rest.
    static let causeLimit = 100
    /// How many warnings one answer lists, for the same reason.
    static let warningLimit = 100

    private var listedCauses: [FieldCause] = []
    private var causeCount = 0
    private var listedWarnings: [String] = []
    private var warningCount = 0

    /// The causes with their last line; empty when nothing is wrong.
    var causes: [FieldCause] {
        guard causeCount > Self.causeLimit else { return listedCauses }
        let rest = "and \(causeCount - Self.causeLimit) more"
        return listedCauses + [FieldCause(reason: .fieldValueInvalid, field: "", message: rest)]
    }

    /// The warnings with their last line.
    var warnings: [String] {
        guard warningCount > Self.warningLimit else { return listedWarnings }
        return listedWarnings + ["and \(warningCount - Self.warningLimit) more"]
    }

    /// `cause` is made only while it is listed: a line of 4 MiB can hold half a million faults.
    func add(_ cause: @autoclosure () -> FieldCause) {
        causeCount += 1
        if causeCount <= Self.causeLimit { listedCauses.append(cause()) }
    }

    /// `warning` is made only while it is listed, for the same reason.
    func warn(_ warning: @autoclosure () -> String) {
        warningCount += 1
        if warningCount <= Self.warningLimit { listedWarnings.append(warning()) }
    }
}
