import Foundation
import TestSupport
import Testing

/// One change of the matrix, and what must become of it.
struct MatrixCase: Sendable {
    /// What becomes of a change.
    enum End: Sendable, Equatable {
        /// Live, proved, and not taken back.
        case verified
        /// Refused before a byte was written.
        case refused
        /// Waits for a file of the host, unwritten.
        case held
        /// Was live and was taken back.
        case rolledBack
    }

    /// Its row in `MatrixTable`.
    let name: String
    /// The files it changes, by the environment; nil removes one.
    let change: [String: String?]
    /// What becomes of it.
    let end: End
    /// `reason` of the status; nil where all is well.
    let reason: String?
    /// What a person is told.
    let words: [String]

    /// A change that must be taken.
    static func healthy(_ name: String, _ change: [String: String?], saying words: String...) -> MatrixCase {
        MatrixCase(name: name, change: change, end: .verified, reason: nil, words: words)
    }

    /// A change that must not be called verified.
    static func fault(
        _ name: String, _ change: [String: String?], _ end: End, _ reason: String, saying words: String...
    ) -> MatrixCase {
        MatrixCase(name: name, change: change, end: end, reason: reason, words: words)
    }

    /// Judges the turn that followed the push of `commit`.
    func judge(_ turn: Turn, commit: String) throws {
        let revision = "main@sha1:\(commit)"
        try #require(turn.status["desired_revision"].string == revision, "\(name): \(turn)")
        let isVerified = turn.status["verified_revision"].string == revision
        switch end {
        case .verified:
            try #require(turn.outcome == "verified" && isVerified && turn.reason == nil, "\(name): \(turn)")
            try #require(turn.status["running_revision"].string == revision, "\(name): \(turn)")
        case .refused: try #require(turn.outcome == "rejected" && !isVerified, "\(name): \(turn)")
        case .held: try #require(turn.outcome == nil || turn.outcome != "verified", "\(name): \(turn)")
        case .rolledBack: try #require(turn.outcome == "rolled_back" && !isVerified, "\(name): \(turn)")
        }
        if end != .verified {
            try #require(!isVerified, "\(name): \(turn)")
            try #require(turn.reason == reason, "\(name): \(turn)")
            try #require(turn.status["sync"].string == "out_of_sync", "\(name): \(turn)")
        }
        for word in words { try #require(turn.said.contains(word), "\(name): `\(word)` was not said: \(turn)") }
    }
}

/// Counts cases while suites run side by side, and prints each with its name.
final class MatrixTally: @unchecked Sendable {
    static let shared = MatrixTally()
    private let lock = NSLock()
    private var counts: [MatrixTable.Kind: Int] = [:]

    /// A case that ended as it should. It must have its row.
    func passed(_ name: String, _ kind: MatrixTable.Kind, on ground: String, after duration: Duration) throws {
        let row = MatrixTable.rows(kind).contains { $0.name == name && $0.isOfMatrix }
        try #require(row, "`\(name)` has no row in MatrixTable.\(kind)")
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let count = lock.withLock {
            counts[kind, default: 0] += 1
            return counts[kind] ?? 0
        }
        let verdict = kind == .fault ? "not verified, cause named" : "verified, not taken back"
        print("matrix \(kind.rawValue) \(count): \(name) [\(ground), \(String(format: "%.1f", seconds)) s]: \(verdict)")
    }
}

extension World {
    /// Pushes one case, takes a turn and judges it. A fault leaves files and process as they were, and is reverted.
    func run(_ one: MatrixCase) async throws {
        let start = ContinuousClock.now
        let before = (tree, try prometheus.rules(), try await stoker.status()["verified_revision"].string)
        let commit = try await push(one.change, message: one.name)
        let turn = try await once()
        try one.judge(turn, commit: commit)
        if one.end != .verified {
            try #require(tree == before.0, "\(one.name): \(turn)")
            try await eventually("\(one.name): the old rules", within: .seconds(15)) {
                try prometheus.rules() == before.1
            }
            try #require(turn.status["verified_revision"].string == before.2, "\(one.name): \(turn)")
            try await repository.revert()
        }
        try MatrixTally.shared.passed(
            one.name, one.end == .verified ? .healthy : .fault, on: "\(prometheus.options.version)",
            after: ContinuousClock.now - start)
    }

    /// The same for many, one after the other; prints how many there were.
    func run(_ cases: [MatrixCase]) async throws {
        for one in cases { try await run(one) }
        print("matrix: \(cases.count) of \(cases.count) cases as they should be [\(prometheus.options.version)]")
    }
}
