// Tests of the cheap poll: real servers that count their requests, and a feed that counts its fetch children.
import Foundation
import StokerCore
import TestSupport

@testable import StokerHost

/// A feed as the daemon has it, with one environment for each followed ref.
@HostActor
final class LookFixture {
    let feed: SourceFeed
    let test: SourceFixture
    /// The bare repository in the storage directory.
    let cache: CacheDirectory
    private let configuration: Configuration

    init(
        _ test: SourceFixture, url: String? = nil, _ refs: [GitRef] = [.branch("main")],
        timeout: Duration = .seconds(60), http: HTTPAccess = HTTPAccess(), ssh: SSHAccess = SSHAccess(),
        command: [String] = [], limits: SourceLimits = SourceLimits()
    ) throws {
        let source = SourceConfiguration(
            url: url ?? test.git.bare, ref: refs[0], timeout: timeout, http: http, ssh: ssh,
            credentialsCommand: command, onRewrite: .hold, limits: limits)
        configuration = Configuration(
            pollInterval: .seconds(60), source: source,
            environments: refs.enumerated().map { number, ref in
                EnvironmentConfiguration(
                    name: EnvironmentName("e\(number)"), layers: ["."], ref: ref, exclude: [], ruleTests: [],
                    drift: .report, verify: nil, targets: [])
            })
        self.test = test
        let storage = test.directory("storage")
        let program = try Programs.stoker()
        feed = SourceFeed(configuration, storage: storage, executable: program)
        cache = CacheDirectory(
            path: GitSource(source, refs: refs, storage: storage, executable: program).cache)
    }

    /// Polls as the daemon does. - Returns: whether a fetch child was started.
    func poll() async throws -> Bool {
        let before = feed.fetches
        if let failure = await feed.poll(lookingFirst: true) { throw failure }
        return feed.fetches > before
    }

    /// Polls so often, without a child.
    func pollQuietly(_ times: Int = 1) async throws {
        for number in 0..<times where try await poll() {
            throw TestFailure("poll \(number + 1) of \(times) started a fetch child")
        }
    }

    /// Polls, which must fail without a child.
    func failure() async throws -> FetchFailure {
        let before = feed.fetches
        guard let failure = await feed.poll(lookingFirst: true) else { throw TestFailure("the poll succeeded") }
        guard feed.fetches == before else { throw TestFailure("a fetch child was started: \(failure)") }
        return failure
    }

    /// The commit that an environment would get, or what is said instead.
    func candidate(_ number: Int = 0) -> String {
        switch feed.look(configuration.environments[number], seen: nil) {
        case .unknown: "unknown"
        case .known(let candidate): candidate.revision.commit.rawValue
        case .failed(let failure, _): failure.message
        }
    }
}
