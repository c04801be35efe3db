// Tests of the source: the real binary as fetch child, repositories made by the real git, servers on loopback.

import Foundation
import StokerCore
import TestSupport

@testable import StokerHost

/// A repository made by git, and a storage directory for the cache of it.
struct SourceFixture {
    let directory: TemporaryDirectory
    let git: GitRepository

    /// Each one starts servers, children and keys: all of them at once would run into every limit there is.
    private static let slots = Slots(5)

    static func with<Result>(_ body: (SourceFixture) async throws -> Result) async throws -> Result {
        await slots.acquire()
        do {
            let result = try await withoutLimit(body)
            await slots.release()
            return result
        } catch {
            await slots.release()
            throw error
        }
    }

    private static func withoutLimit<Result>(_ body: (SourceFixture) async throws -> Result) async throws -> Result {
        let directory = try TemporaryDirectory(prefix: "stoker-source")
        defer { directory.remove() }
        return try await body(SourceFixture(directory: directory, git: try await GitRepository(in: directory.path)))
    }

    /// A source that follows `refs`; the first one is the configured one.
    func source(
        url: String? = nil, _ refs: [GitRef] = [.branch("main")], timeout: Duration = .seconds(60),
        http: HTTPAccess = HTTPAccess(), ssh: SSHAccess = SSHAccess(),
        limits: SourceLimits = SourceLimits()
    ) throws -> GitSource {
        let configuration = SourceConfiguration(
            url: url ?? git.bare, ref: refs[0], timeout: timeout, http: http, ssh: ssh, onRewrite: .hold,
            limits: limits)
        return GitSource(
            configuration, refs: refs, storage: directory("storage"), executable: try Programs.stoker())
    }

    /// Polls; the failure is the test's.
    func fetched(_ source: GitSource) async throws -> FetchReport {
        switch await source.poll() {
        case .fetched(let report): return report
        case .failed(let failure): throw TestFailure("the fetch failed: \(failure)")
        }
    }

    /// Polls and expects bad news.
    func failed(_ source: GitSource) async throws -> FetchFailure {
        switch await source.poll() {
        case .fetched(let report): throw TestFailure("the fetch succeeded: \(report)")
        case .failed(let failure): return failure
        }
    }

    /// A snapshot of the newest revision.
    func snapshot(
        _ reader: SnapshotReader, _ layers: [String] = ["."], exclude: [String] = [], ref: GitRef = .branch("main")
    ) throws -> Snapshot {
        try reader.snapshot(try reader.revision(of: ref), layers: layers, exclude: exclude) { path in
            exclude.contains { path.hasSuffix($0) }
        }
    }

    /// The findings of a snapshot that must be refused.
    func findings(_ reader: SnapshotReader, _ layers: [String] = ["."]) throws -> [String] {
        do {
            let snapshot = try snapshot(reader, layers)
            throw TestFailure("nothing was refused: \(snapshot.tree.files)")
        } catch let failure as SourceFailure {
            guard failure.failure.reason == .sourceInvalid, failure.failure.kind == .content else { throw failure }
            return failure.failure.findings.map(\.description)
        }
    }

    /// The text of a file of a snapshot.
    func text(_ reader: SnapshotReader, _ snapshot: Snapshot, _ path: String) throws -> String? {
        guard let entry = snapshot.tree[path] else { return nil }
        return String(decoding: try reader.bytes(of: entry.blob, limit: 1 << 20), as: UTF8.self)
    }
}
