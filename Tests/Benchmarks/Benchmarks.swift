// Benchmarks: what Stoker costs, as JSON lines, one a figure. They are aims to look at and never gates: the machine may be
// shared, so wall times are medians with their extremes, and CPU time stands beside them. Everything is measured on a
// real git repository and a real Prometheus, in this process where the parts are to be told apart, and on the release
// binary where the whole counts. README.md says how to run them.
import Foundation
import StokerHost
import TestSupport

/// `Benchmarks [NAME…]`: all of them, or the named ones. Exits 1 where one could not be measured.
@main
enum Benchmarks {
    private static let all: [(name: String, run: @Sendable () async throws -> Void)] = [
        ("no_change", { try await NoChange.run() }),
        ("polls", { try await Polls.run() }),
        ("plan", { try await Planning.run() }),
        ("pipeline", { try await Pipelines.run() }),
        ("push", { try await PushToVerified.run() }),
        ("rollback", { try await RollbackToServed.run() }),
        ("memory", { try await IdleMemory.run() }),
        ("start", { try await StartUp.run() }),
        ("endurance", { try await Endurance.run() }),
    ]

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // The source starts its own program as fetch child; here that is this one.
        if CommandLine.arguments.dropFirst().first == FetchChild.argument { exit(FetchChild.main()) }
        let wanted = Set(CommandLine.arguments.dropFirst())
        if let unknown = wanted.subtracting(all.map(\.name)).min() {
            say("there is no benchmark \(unknown): it is one of \(all.map(\.name).joined(separator: ", "))")
            exit(1)
        }
        var failed = false
        for (name, run) in all where wanted.isEmpty || wanted.contains(name) {
            do {
                try await run()
            } catch {
                say("\(name) could not be measured: \(error)")
                failed = true
            }
        }
        exit(failed ? 1 : 0)
    }

    /// Standard output has figures only.
    private static func say(_ text: String) {
        FileHandle.standardError.write(Data("Benchmarks: \(text)\n".utf8))
    }
}
