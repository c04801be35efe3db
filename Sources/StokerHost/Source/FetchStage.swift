import StokerCore

/// How far a fetch is.
public enum FetchStage: Hashable, Codable, Sendable {
    /// Waiting for another program that uses the same cache.
    case locking
    /// Waiting for the server.
    case connecting
    /// Data arrives; `totalObjects` is 0 until the server has said.
    case receiving(objects: Int, totalObjects: Int, bytes: Int)
}

/// One line of JSON on the stdout of the fetch child: any number of stages, then one of the others.
enum FetchLine: Hashable, Codable, Sendable {
    case stage(FetchStage)
    case fetched(FetchReport)
    case failed(FetchFailure)
}
