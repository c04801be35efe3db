import Foundation
import TestSupport

/// Names of contents for commits.
final class Names: @unchecked Sendable {
    // Guarded by `lock`: the world is shared with the closures of its clean-up.
    private let lock = NSLock()
    private var commits: [String: String] = [:]

    func set(_ name: String, _ commit: String) { lock.withLock { commits[name] = commit } }

    func commit(_ name: String) throws -> String {
        guard let commit = lock.withLock({ commits[name] }) else { throw TestFailure("nothing was pushed as \(name)") }
        return commit
    }

    /// The name of a revision such as `main@sha1:…`; a commit nobody pushed has its own.
    func name(revision: String?) -> String? {
        guard let revision, let commit = revision.split(separator: ":").last else { return nil }
        return lock.withLock { commits.first { $0.value == commit }?.key } ?? revision
    }

    var all: [String] { lock.withLock { commits.keys.sorted() } }
}
