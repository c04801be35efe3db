import FoundationEssentials

/// Cuts the child's stdout into lines and keeps what counts, within a bound: the child reads what a hostile server sends, so it is not trusted
/// to be brief.
struct FetchLines {
    private static let limit = 1 << 20
    private var pending: [UInt8] = []
    /// Nil until it has said the first one.
    private(set) var stage: FetchStage?
    private(set) var answer: FetchOutcome?
    private(set) var isUnreadable = false

    /// Adds bytes; returns the stages they complete.
    mutating func take(_ bytes: [UInt8]) -> [FetchStage] {
        guard !isUnreadable else { return [] }
        var stages: [FetchStage] = []
        pending += bytes
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Data(pending[..<end])
            pending.removeSubrange(...end)
            switch Self.decoded(line) {
            case .stage(let next):
                stage = next
                stages.append(next)
            case .fetched(let report): answer = .fetched(report)
            case .failed(let failure): answer = .failed(failure)
            case nil: isUnreadable = true
            }
        }
        if pending.count > Self.limit { isUnreadable = true }
        return stages
    }

    /// Nil for what is no line of ours: the same as too much of it.
    private static func decoded(_ line: Data) -> FetchLine? {
        do { return try JSONDecoder().decode(FetchLine.self, from: line) } catch { return nil }
    }
}
