import Foundation
import StokerCore
import TestSupport

@testable import StokerHost

/// A feed of one environment that must be signed by alice, over a real repository.
@HostActor
final class FeedFixture {
    let test: SignatureFixture
    let feed: SourceFeed
    let environment: EnvironmentConfiguration
    private let lines: [String]

    /// - Parameter source: further lines of the source.
    init(_ test: SignatureFixture, _ source: [String]) throws {
        self.test = test
        lines = source
        var file = StokerFile(
            sourceURL: test.source.git.bare,
            environments: [
                .init(
                    paths: ["."],
                    targets: [
                        .init(
                            deployTo: test.source.directory("etc"), url: "http://127.0.0.1:9", promtool: "promtool",
                            extra: ["config_file: a"])
                    ])
            ])
        file.source = source
        let configuration = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml").configuration
        environment = configuration.environments[0]
        feed = SourceFeed(
            configuration, storage: test.source.directory("storage"), executable: try Programs.stoker())
    }

    /// The same after a restart.
    func anew() throws -> FeedFixture { try FeedFixture(test, lines) }

    /// A fetch, and what the look says then.
    func look(seen: EnvironmentRecord.Seen? = nil) async throws -> Candidate {
        _ = await feed.poll()
        guard case .known(let candidate) = feed.look(environment, seen: seen) else {
            throw TestFailure("nothing is known: \(feed.look(environment, seen: seen))")
        }
        return candidate
    }

    /// What a record remembers of a candidate.
    func seen(_ candidate: Candidate) -> EnvironmentRecord.Seen {
        let tag: String? = if case .tagPattern = candidate.ref { candidate.revision.ref } else { nil }
        return EnvironmentRecord.Seen(ref: candidate.ref, commit: candidate.revision.commit, tag: tag)
    }

    /// Takes a record as a loop has it that tries `attempted`.
    func take(verified: Revision? = nil, attempted: Revision? = nil, seen: EnvironmentRecord.Seen? = nil) {
        var record = EnvironmentRecord(bootID: "boot")
        record.seen = seen
        record.verified = verified.map {
            EnvironmentRecord.Standing(
                revision: $0, content: ContentID("content"), at: WallTime(milliseconds: 0), proof: [:])
        }
        feed.take(record, of: environment.name, attempted: attempted)
    }
}
