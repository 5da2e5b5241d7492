import ClusterModel

extension StoreError {
    /// What a client is told. A conflict is told by whoever knows which object it is of.
    var failure: APIFailure {
        switch code {
        case .conflict: APIFailure(409, .conflict, message)
        case .deposed: APIFailure(503, .unavailable, "another master leads: \(message)")
        case .gone: APIFailure(410, .gone, message)
        case .unavailable: APIFailure(503, .unavailable, "the store cannot be reached: \(message)")
        case .full: APIFailure(503, .unavailable, "the store is full: \(message)")
        case .damaged: APIFailure(500, .internalError, "the store is damaged: \(message)")
        case .invalid: APIFailure(413, .tooLarge, message)
        }
    }
}
