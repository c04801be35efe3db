import TestSupport
import Testing

/// The first command of the README.
@Suite("Quickstart")
struct QuickstartTests {
    @Test("the quickstart shows its three pushes, and leaves nothing behind")
    func quickstart() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        var environment = ProcessEnvironment.current
        environment["STOKER_BINARY"] = try Programs.stoker()
        environment["STOKER_QUICKSTART_PROMETHEUS"] = try Programs.prometheus("prometheus", version: .installed)
        environment["STOKER_QUICKSTART_PROMTOOL"] = try Programs.prometheus("promtool", version: .installed)
        environment["TMPDIR"] = directory.path
        await Slots.shared.acquire()
        let result = try await Shell.run(
            ["bash", "\(Programs.repository)/examples/quickstart/run.sh"], environment: environment,
            limit: .seconds(240))
        await Slots.shared.release()
        try #require(result.code == 0, "\(result)")
        for words in ["verified", "rejected", "rolled_back", "rules/", "cleaned up"] {
            try #require(result.output.contains(words), "`\(words)` was not said: \(result)")
        }
        try #require(Files.tree(directory.path).isEmpty, "left behind: \(Files.tree(directory.path).keys)")
    }
}
