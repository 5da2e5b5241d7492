import ClusterModel
import Wire

/// What the API asks of minions beside pushing.
protocol MinionAccess: Sendable {
    /// How far the newest change of an object has got on every minion it concerns, by the minion's name; empty where this
    /// master does not lead.
    func standings(of object: ObjectRef) -> [String: PushStanding]

    /// Opens a container's log on a minion.
    /// - Throws: as `LogReading.open`.
    func openLog(_ query: LogQuery, on minion: Minion) async throws -> LogReading
}

extension Pusher: MinionAccess {
    /// See `MinionAccess`. Over a connection of its own: a reader that stalls, or a log that never ends, delays no change.
    func openLog(_ query: LogQuery, on minion: Minion) async throws -> LogReading {
        let connection = try await dial(MinionAddress(of: minion, port: settings.minionPort), LineLimits())
        return try await LogReading.open(connection, token: settings.token, query)
    }
}
