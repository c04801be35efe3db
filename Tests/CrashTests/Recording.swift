import Foundation
import TestSupport

/// One deployment, call by call: what can be killed, and the paths that strace has to look at so that a second run counts
/// the same calls.
struct Recording: Sendable {
    let paths: [String]
    /// The calls that change the disk, in their order.
    let points: [CrashPoint]

    /// The points from the first call of a restore on; a harmful deployment begins with the calls of the good one.
    var fromRestore: ArraySlice<CrashPoint> { points.drop { !$0.kind.contains("revert") } }

    /// The points to try: all, or one of each kind.
    func selection(everyCall: Bool, _ isWanted: (CrashPoint) -> Bool = { _ in true }) -> [CrashPoint] {
        let wanted = points.filter(isWanted)
        if everyCall { return wanted }
        var byKind: [String: [CrashPoint]] = [:]
        for point in wanted { byKind[point.kind, default: []].append(point) }
        // The one in the middle: at the first, nothing of its kind has happened yet.
        let chosen = Set(byKind.values.compactMap { $0.isEmpty ? nil : $0[$0.count / 2] })
        return wanted.filter(chosen.contains)
    }
}

extension CrashWorld {
    /// Runs one deployment from a snapshot twice: to learn which paths it changes, and to count.
    func record(_ snapshot: String) async throws -> Recording {
        try await restore(snapshot)
        let all = try diskCalls(try await traced(try Strace(fresh: directory("all.strace"))))
        var paths: Set<String> = []
        for call in all where call.changesDisk && call.succeeded {
            for path in call.paths where isOurs(path) {
                paths.insert(path)
                paths.insert((path as NSString).deletingLastPathComponent)
            }
        }
        let chosen = paths.filter(isOurs).sorted()
        try await restore(snapshot)
        let counted = try diskCalls(try await traced(try Strace(fresh: directory("counted.strace"), paths: chosen)))
        return Recording(paths: chosen, points: points(counted.filter { $0.changesDisk && $0.succeeded }))
    }

    private func traced(_ strace: Strace) async throws -> [SystemCall] {
        let result = try await Shell.run(try strace.prefix() + stoker.commandLine(["run", "--once"]))
        guard [0, 3].contains(result.code) else { throw TestFailure("the recorded deployment failed: \(result)") }
        return strace.calls()
    }

    /// Disk and journal belong to one thread; it is the one that takes the lock.
    func diskCalls(_ calls: [SystemCall]) throws -> [SystemCall] {
        let lock = "\(storage)/lock"
        guard let thread = calls.first(where: { $0.opensForWriting && $0.paths == [lock] })?.thread else {
            throw TestFailure("no thread opened the lock file")
        }
        return calls.filter { $0.thread == thread }
    }

    private func isOurs(_ path: String) -> Bool {
        (path == root || path.hasPrefix(root + "/")) && !path.hasPrefix("\(storage)/git")
    }

    private func changesLive(_ call: SystemCall) -> Bool {
        call.name != "fsync" && (call.paths.last.map { kind(of: $0).hasPrefix("live") } ?? false)
    }

    private func kinds(of call: SystemCall) -> String { call.paths.map { kind(of: $0) }.joined(separator: " to ") }

    /// The name of a call and the kinds of its paths.
    func kind(of call: SystemCall) -> String { "\(call.name) \(kinds(of: call))" }

    /// Journal calls are of another kind before, between and after the calls that change the live tree.
    private func points(_ calls: [SystemCall]) -> [CrashPoint] {
        let named = calls.map { call in (call, kinds(of: call)) }
        let live = calls.indices.filter { changesLive(calls[$0]) }
        return named.enumerated().map { index, entry in
            var kind = "\(entry.0.name) \(entry.1)"
            if entry.1.hasPrefix("journal"), let first = live.first, let last = live.last {
                kind += index < first ? ", before" : index < last ? ", between" : ", after"
            }
            return CrashPoint(call: entry.0, kind: kind)
        }
    }
}
