import TestSupport
import Testing

// Integration tests: the real binary, real Prometheus processes and real git servers on loopback. Each test says what the
// process serves, what is on disk, the exit code, and what a person is told. They require rather than expect: the first
// thing that is wrong ends the test, and the world prints its logs and its tree.

/// The Prometheus versions that every test runs against.
let versions = Programs.PrometheusVersion.usual
/// All of them, for tests of what 3.x could do otherwise.
let allVersions = Programs.PrometheusVersion.allCases

/// The turn ended well: exit code 0, the commit is desired, running and verified.
func requireVerified(_ turn: Turn, _ commit: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try #require(turn.code == 0, "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.outcome == "verified", "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.status["sync"].string == "synced", "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.status["health"].string == "healthy", "\(turn)", sourceLocation: sourceLocation)
    for key in ["desired_revision", "running_revision", "verified_revision"] {
        let revision = turn.status[key].string ?? ""
        try #require(revision == "main@sha1:\(commit)", "\(key): \(turn)", sourceLocation: sourceLocation)
    }
}

/// The change was refused before anything was written: exit code 3, the words were said, tree and process are untouched.
func requireRefused(
    _ world: World, _ change: [String: String?], saying words: String..., reason: String = "ValidationFailed",
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let tree = world.tree
    let served = try world.prometheus.served()
    let commit = try await world.push(change)
    let turn = try await world.once()
    try #require(turn.code == 3, "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.outcome == "rejected", "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.reason == reason, "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.attempt["revision"].string == "main@sha1:\(commit)", "\(turn)", sourceLocation: sourceLocation)
    for word in words {
        try #require(turn.said.contains(word), "`\(word)` was not said: \(turn.said)", sourceLocation: sourceLocation)
    }
    try #require(
        !turn.said.contains(world.directory.path), "a path of this host leaked: \(turn.said)",
        sourceLocation: sourceLocation)
    try #require(world.tree == tree, sourceLocation: sourceLocation)
    let after = try world.prometheus.served()
    try #require(after == served, sourceLocation: sourceLocation)
    try #require(
        turn.status["running_revision"].string == "main@sha1:\(world.firstCommit)", "\(turn)",
        sourceLocation: sourceLocation)
}

/// The change was live and was taken back: exit code 3, the old tree is on disk and served, the process was not replaced.
func requireRolledBack(
    _ world: World, _ turn: Turn, tree: [String: String], reason: String, saying words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    try #require(turn.code == 3, "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.outcome == "rolled_back", "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.reason == reason, "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.status["sync"].string == "out_of_sync", "\(turn)", sourceLocation: sourceLocation)
    try #require(turn.status["health"].string == "healthy", "\(turn)", sourceLocation: sourceLocation)
    try #require(
        turn.status["running_revision"].string == "main@sha1:\(world.firstCommit)", "\(turn)",
        sourceLocation: sourceLocation)
    for word in words {
        try #require(turn.said.contains(word), "`\(word)` was not said: \(turn.said)", sourceLocation: sourceLocation)
    }
    try #require(world.tree == tree, sourceLocation: sourceLocation)
}
