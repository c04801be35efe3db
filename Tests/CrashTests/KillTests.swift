import Foundation
import TestSupport
import Testing

/// The binary killed at the system calls of one deployment.
@Suite("Crashes")
struct KillTests {
    @Test(
        "killed at a call that changes the disk: nothing torn, repaired offline, at rest as if nothing had been",
        arguments: Scene.Layout.allCases, [Scene.Push.good, .harmful])
    func killed(_ layout: Scene.Layout, _ push: Scene.Push) async throws {
        try await CrashWorld.run(layout) { world in
            let recording = try await world.prepare(push)
            let late = Set(push == .harmful ? recording.fromRestore : recording.points[...])
            let points = recording.selection(everyCall: Soak.everyCall) { late.contains($0) }
            var tally = Tally("killed, \(layout.rawValue), \(push)", points)
            for (index, point) in points.enumerated() {
                let plans = Soak.everyCall || index % 6 == 0
                try await world.kill(at: point, recording, push, .after(index), plans: plans, &tally)
            }
            tally.close()
        }
    }
}

extension CrashWorld {
    /// Saves the world with a content that is pushed and fetched, and records its deployment.
    func prepare(_ push: Scene.Push) async throws -> Recording {
        try await self.push(scene.files(after: push), as: push.rawValue)
        // The plan fetches, so that the runs' own fetch brings nothing.
        let plan = try await stoker.run("plan")
        guard plan.code == 0 else { throw TestFailure("nothing can be planned: \(plan)") }
        try await save(push.rawValue)
        let recording = try await record(push.rawValue)
        if push == .good { prints.set(push.rawValue, try takePrint()) }
        return recording
    }

    /// One kill, and what must hold afterwards.
    func kill(
        at point: CrashPoint, _ recording: Recording, _ push: Scene.Push, _ aftermath: Aftermath, plans: Bool,
        _ tally: inout Tally
    ) async throws {
        let fault = Strace.Fault.kill(point.call.name, point.call.ordinal)
        guard let last = try await killed(push, recording, fault) else {
            // Some folders are made once more or once less, by the order in which their files come.
            return tally.count("never reached")
        }
        // The order in which files of one kind come may be another one in each run.
        let found = kind(of: last)
        tally.hit(point.kind.hasPrefix(found) ? point.kind : found)
        var broken = violations(.anytime)
        if !broken.isEmpty { tally.fail(point, "right after the kill", broken) }
        broken = try await repair(aftermath, &tally)
        if !broken.isEmpty { tally.fail(point, "repaired by \(aftermath)", broken) }
        broken = try await settle(push, plans: plans, &tally)
        if !broken.isEmpty { tally.fail(point, "at rest after \(aftermath)", broken) }
    }

    /// Runs from the snapshot until the kill.
    /// - Returns: the call that was hit; nil where the run came to its end, three times.
    private func killed(_ push: Scene.Push, _ recording: Recording, _ fault: Strace.Fault) async throws -> SystemCall? {
        for _ in 0..<3 {
            try await restore(push.rawValue)
            let strace = try Strace(fresh: directory("kill.strace"), paths: recording.paths)
            let result = try await Shell.run(try strace.prefix(fault) + stoker.commandLine(["run", "--once"]))
            if result.code == 128 + SIGKILL, let last = try diskCalls(strace.calls()).last, !last.succeeded {
                return last
            }
        }
        return nil
    }

    private func repair(_ aftermath: Aftermath, _ tally: inout Tally) async throws -> [String] {
        switch aftermath {
        case .start: return []
        case .recover:
            guard let pid = prometheus.pid else { throw TestFailure("the process is not there") }
            Glibc.kill(pid, SIGSTOP)
            defer { Glibc.kill(pid, SIGCONT) }
            return try await recoverOffline(&tally)
        case .startWithoutGit:
            try hideGit(true)
            let result = try await stoker.run("run", "--once")
            try hideGit(false)
            tally.count("starts without git")
            var broken = try await violationsAtRest(plans: false)
            if result.code != 1 { broken.append("without git the exit code is \(result.code): \(result)") }
            return broken
        case .boot:
            prometheus.kill()
            let broken = try await recoverOffline(&tally)
            if try await boot() { return broken }
            // The harmful content, as a whole: the process does not even start with it. It is taken back all the same.
            tally.count("booted with what is harmful")
            let result = try await stoker.run("run", "--once")
            if try await boot() { return broken }
            return broken + ["the process does not start after \(result)"]
        }
    }

    private func recoverOffline(_ tally: inout Tally) async throws -> [String] {
        try hideGit(true)
        let result = try await stoker.run("recover", limit: .seconds(15))
        try hideGit(false)
        tally.count("recovered offline")
        return violations(.repaired) + (result.code == 0 ? [] : ["recover: \(result)"])
    }

    /// Runs until nothing is left to do.
    /// - Parameter mayGoBack: a good push may be taken back for what happened to the process meanwhile.
    func settle(
        _ push: Scene.Push, plans: Bool, mayGoBack: Bool = false, _ tally: inout Tally
    ) async throws -> [String] {
        let goals: [Int32] = push != .good ? [3] : mayGoBack ? [0, 3] : [0]
        var runs: [Shell.Result] = []
        while runs.count < 3 {
            runs.append(try await stoker.run("run", "--once"))
            if let code = runs.last?.code, goals.contains(code) { break }
        }
        if runs.count > 1 { tally.count("needed \(runs.count) runs") }
        var broken = try await violationsAtRest(plans: plans)
        let code = runs.last?.code ?? -1
        if !goals.contains(code) { broken.append("the exit code is \(code), not \(goals)") }
        let expected = code == 0 ? push.rawValue : "adopted"
        if served() != expected { broken.append("served is \(served() ?? "a mixture"), not \(expected)") }
        return broken.isEmpty ? [] : broken + runs.map { "\n\($0)" }
    }
}
