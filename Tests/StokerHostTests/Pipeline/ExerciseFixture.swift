import StokerCore
import TestSupport

@testable import StokerHost

/// Environments of one real repository, each in its folder, and what the upstreams of `production` have exercised of what
/// changes there.
@HostActor
final class ExerciseFixture {
    let source: SourceFixture
    let feed: SourceFeed
    private let production: EnvironmentConfiguration
    private var isFetched = false

    /// - Parameters:
    ///   - after: of production.
    ///   - layers: of environments whose files are not in the folder of their name alone.
    ///   - extra: further lines of staging.
    nonisolated static func with(
        after: String = "[staging]", layers: [String: [String]] = [:], extra: [String] = [],
        _ body: @HostActor @Sendable (ExerciseFixture) async throws -> Void
    ) async throws {
        try await SourceFixture.with { source in
            try await body(try await ExerciseFixture(source, after, layers, extra))
        }
    }

    private init(
        _ source: SourceFixture, _ after: String, _ layers: [String: [String]], _ extra: [String]
    ) throws {
        self.source = source
        let lines = ["staging": extra, "production": ["after: \(after)"]]
        let environments = ["staging", "canary", "production"].enumerated().map { index, name in
            StokerFile.Environment(
                name: name, paths: layers[name], extra: lines[name] ?? [],
                targets: [
                    .init(
                        deployTo: source.directory("etc-\(name)"), url: "http://127.0.0.1:\(index + 1)",
                        promtool: "promtool")
                ])
        }
        let file = StokerFile(sourceURL: source.git.bare, environments: environments)
        let configuration = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml").configuration
        production = configuration.environments[2]
        feed = SourceFeed(configuration, storage: source.directory("storage"), executable: try Programs.stoker())
    }

    /// Gives some environments their own version of a file each: no two have the same bytes.
    func push(_ versions: [String: String], of file: String = "rules/a.yml") async throws -> String {
        try await push(
            files: Dictionary(
                uniqueKeysWithValues: versions.map { ("\($0.key)/\(file)", "\($0.value) of \($0.key)\n") }))
    }

    func push(files: [String: String?]) async throws -> String {
        try await source.git.commit(files)
        return try await push()
    }

    /// Pushes what the clone is at, over whatever is there.
    func push() async throws -> String {
        isFetched = false
        try await source.git.git("push", "-q", "--force", "origin", "HEAD:main")
        return try await source.git.git("rev-parse", "HEAD")
    }

    /// What each upstream has not exercised of what changes in production.
    func unexercised(_ old: String, _ new: String) async throws -> [EnvironmentName: [String]] {
        if !isFetched, let failure = await feed.poll() { throw TestFailure("the fetch failed: \(failure)") }
        isFetched = true
        return feed.unexercised(
            production, from: Revision(ref: "main", commit: CommitID(old)),
            to: Revision(ref: "main", commit: CommitID(new)))
    }

    /// The same of staging alone.
    func left(_ old: String, _ new: String) async throws -> [String] {
        try await unexercised(old, new)["staging"] ?? []
    }
}
