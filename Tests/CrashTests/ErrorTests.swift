import Foundation
import TestSupport
import Testing

/// System calls of one deployment that fail: a disk that is full, and one that cannot keep what was written.
@Suite("Failing calls")
struct ErrorTests {
    @Test(
        "each fsync EIO, each call that needs space ENOSPC: no mixture, said, and verified by the next run",
        arguments: Scene.Layout.allCases)
    func failing(_ layout: Scene.Layout) async throws {
        try await CrashWorld.run(layout) { world in
            let recording = try await world.prepare(.good)
            let points = recording.selection(everyCall: Soak.everyCall) { Self.isWanted($0, layout) }
            var tally = Tally("failed, \(layout.rawValue), good", points)
            for point in points {
                guard let error = Self.error(for: point) else { continue }
                try await world.fail(at: point, error, recording, .good, &tally)
            }
            tally.close()
            guard Soak.everyCall else { return }
            let kinds = recording.selection(everyCall: false) { Self.isWanted($0, layout) }
            var lasting = Tally("failed from then on, \(layout.rawValue), good", kinds)
            for point in kinds {
                guard let error = Self.error(for: point) else { continue }
                try await world.fail(at: point, error, lasting: true, recording, .good, &lasting)
            }
            lasting.close()
        }
    }

    @Test("the same while a harmful change is taken back", arguments: Scene.Layout.allCases)
    func failingRestore(_ layout: Scene.Layout) async throws {
        try await CrashWorld.run(layout) { world in
            let recording = try await world.prepare(.harmful)
            let late = Set(recording.fromRestore)
            let points = recording.selection(everyCall: Soak.everyCall) {
                late.contains($0) && Self.isWanted($0, layout)
            }
            var tally = Tally("failed, \(layout.rawValue), harmful", points)
            for point in points {
                guard let error = Self.error(for: point) else { continue }
                try await world.fail(at: point, error, recording, .harmful, &tally)
            }
            tally.close()
        }
    }

    /// In the ordinary run the calls that have nothing to do with the layout fail in one layout only.
    private static func isWanted(_ point: CrashPoint, _ layout: Scene.Layout) -> Bool {
        guard error(for: point) != nil else { return false }
        if Soak.everyCall || layout == .inPlace { return true }
        return !["journal", "lock", "validation", "storage"].contains(where: point.kind.contains)
    }

    /// What such a call can fail with on a disk that breaks or fills.
    private static func error(for point: CrashPoint) -> String? {
        // They are there: opening them needs no space.
        if point.kind.hasPrefix("openat lock") || point.kind.hasPrefix("openat journal db") { return nil }
        switch point.call.name {
        case "fsync", "fdatasync", "rename", "renameat", "ftruncate": return "EIO"
        case "write", "pwrite64", "openat", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat":
            return "ENOSPC"
        default: return nil
        }
    }
}

extension CrashWorld {
    /// One failing call, and what must hold afterwards.
    func fail(
        at point: CrashPoint, _ error: String, lasting: Bool = false, _ recording: Recording, _ push: Scene.Push,
        _ tally: inout Tally
    ) async throws {
        try await restore(push.rawValue)
        let strace = try Strace(fresh: directory("error.strace"), paths: recording.paths)
        let fault = Strace.Fault.error(error, point.call.name, point.call.ordinal, lasting: lasting)
        let result = try await Shell.run(
            try strace.prefix(fault) + stoker.commandLine(["run", "--once"]), limit: .seconds(120))
        guard let call = strace.calls().first(where: \.isInjected) else { return tally.count("never reached") }
        let found = kind(of: call)
        tally.hit(point.kind.hasPrefix(found) ? point.kind : found)
        let how = "\(error)\(lasting ? " from then on" : ""), exit code \(result.code)"
        var broken = violations(.repaired)
        if !lasting, !broken.isEmpty { tally.fail(point, "after \(how)", broken, "\(result)") }
        broken = lasting ? violations(.anytime) : []
        let goal: Int32 = push == .good ? 0 : 3
        if result.code != goal { broken += complaint(result, error) }
        tally.count("exit code \(result.code)")
        if !broken.isEmpty { tally.fail(point, "after \(how)", broken, "\(result)") }
        broken = try await settle(push, plans: Soak.everyCall, &tally)
        if !broken.isEmpty { tally.fail(point, "at rest after \(how)", broken) }
    }

    /// What is wrong with the way a run said that it could not do it.
    private func complaint(_ result: Shell.Result, _ error: String) -> [String] {
        if result.code != 1 { return ["the exit code is \(result.code)"] }
        let said = (result.output + result.error).lowercased()
        let words = error == "EIO" ? ["input/output error", "i/o error"] : ["no space", "full"]
        return words.contains(where: said.contains) ? [] : ["\(error) was not said"]
    }
}
