import StokerCore
import StokerHost
import StokerSimulation
import Testing

/// One script runs on the real and on the simulated disk; after each step both show the same tree. Without this, what
/// the simulation proves would be about the simulation.
@Suite struct DisksAgreeTests {
    private static let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

    @Test(arguments: layouts) func deploymentScript(layout: TargetConfiguration.Layout) throws {
        let folder = try TemporaryFolder()
        let scenario = DeploymentScenario(layout, base: folder.path)
        let real = RealDisk(roots: [folder.path])
        let simulated = SimulatedDisk()
        try simulated.makeDirectory("/tmp", permissions: 0o755)
        try simulated.makeDirectory(folder.path, permissions: 0o700)
        // Somebody who edits by hand follows the link of `linked`; we never write through it.
        let onReal = try run(scenario, real, editor: RealDisk(roots: []))
        let onSimulated = try run(scenario, simulated, editor: simulated)
        #expect(onReal.count == onSimulated.count)
        for (real, simulated) in zip(onReal, onSimulated) { #expect(real == simulated) }
        #expect(onReal.count > 8)
    }

    /// The tree after each step, and what the step said.
    private func run(
        _ scenario: DeploymentScenario, _ disk: any Disk, editor: any Disk
    ) throws -> [[String: String]] {
        var seen: [[String: String]] = []
        func note(_ step: String) throws {
            var state = try scenario.visible(disk)
            state["step"] = step
            seen.append(state)
        }
        let place = scenario.place
        let first = try scenario.setUp(disk)
        try note("set up \(first.files.keys.sorted())")
        let request = scenario.request(attempt: 2, inventory: first, files: scenario.newFiles)
        let intent = try Rollout.stage(request, blobs: scenario.blobs, disk: disk)
        try note("staged \(intent.operations.map { "\($0.action) \($0.path) \($0.number)" })")
        var result = try Rollout.publish(intent, disk: disk)
        try note("published \(try drift(place, result.inventory, disk))")
        result = try Rollout.restore(intent, disk: disk)
        try note("restored \(try drift(place, result.inventory, disk))")
        let recovered = try Rollout.recover(intent, published: true, disk: disk)
        if case .back(_, let because) = recovered { try note("recovered because \(because)") }
        try Rollout.settle(place, staging: intent.staging, keep: [], disk: disk)
        try note("settled \(try disk.list(intent.staging, limit: 100))")

        let again = scenario.request(attempt: 3, inventory: result.inventory, files: scenario.newFiles)
        let second = try Rollout.stage(again, blobs: scenario.blobs, disk: disk)
        guard case .forward(let forward) = try Rollout.recover(second, published: false, disk: disk) else {
            return seen
        }
        try note("rolled forward \(try drift(place, forward.inventory, disk))")
        try Rollout.settle(place, staging: second.staging, keep: Set(first.files.values.map(\.entry.blob)), disk: disk)
        let kept = try Rollout.keptBlobs(staging: second.staging, disk: disk)
        try note("kept \(kept.keys.sorted())")

        let handle = try editor.openExisting(place.live("prometheus.yml"))
        _ = try editor.write(handle, Array("edit".utf8)[...])
        editor.close(handle)
        try note("edited \(try drift(place, forward.inventory, disk))")
        return seen
    }

    private func drift(_ place: DeployPlace, _ inventory: Inventory, _ disk: any Disk) throws -> String {
        let look = try Rollout.look(place, inventory: inventory, disk: disk)
        return "\(look.drifted) release \(look.release ?? "none")"
    }

    /// The errors that the core tells apart.
    @Test func errorsAreTheSame() throws {
        let folder = try TemporaryFolder()
        let base = folder.path
        let simulated = SimulatedDisk()
        try simulated.makeDirectory("/tmp", permissions: 0o755)
        try simulated.makeDirectory(base, permissions: 0o700)
        for disk in [RealDisk(roots: [base]), simulated] as [any Disk] {
            try disk.makeDirectory(base + "/full", permissions: 0o755)
            disk.close(try disk.create(base + "/full/file", permissions: 0o640))
            try disk.symlink("full", at: base + "/link")
            func code(_ work: () throws -> Void) -> DiskError.Code? {
                do { try work() } catch { return (error as? DiskError)?.code }
                return nil
            }
            #expect(code { _ = try disk.create(base + "/full/file", permissions: 0o600) } == .exists)
            #expect(code { try disk.makeDirectory(base + "/full", permissions: 0o700) } == .exists)
            #expect(code { try disk.removeDirectory(base + "/full") } == .notEmpty)
            #expect(code { try disk.removeDirectory(base + "/full/file") } == .notDirectory)
            #expect(code { try disk.unlink(base + "/none") } == .notFound)
            #expect(code { try disk.unlink(base + "/full") } == .isDirectory)
            #expect(code { try disk.link(base + "/full/file", to: base + "/link") } == .exists)
            #expect(code { try disk.link(base + "/full", to: base + "/another") } == .notPermitted)
            #expect(code { try disk.rename(base + "/none", to: base + "/other") } == .notFound)
            #expect(code { try disk.rename(base + "/full/file", to: base + "/full2/file") } == .notFound)
            try disk.makeDirectory(base + "/other", permissions: 0o755)
            #expect(code { try disk.rename(base + "/full/file", to: base + "/other") } == .isDirectory)
            #expect(code { try disk.rename(base + "/other", to: base + "/full/file") } == .notDirectory)
            #expect(code { try disk.rename(base + "/other", to: base + "/full") } == .notEmpty)
            #expect(code { _ = try disk.list(base + "/none", limit: 5) } == .notFound)
            #expect(code { _ = try disk.list(base, limit: 1) } == .tooLarge)
            #expect(code { _ = try disk.openExisting(base + "/link") } == .linkLoop)
            #expect(code { _ = try disk.read(base + "/full/file", limit: 0) } == nil)
            #expect(try disk.status(base + "/none") == nil)
            #expect(try disk.status(base + "/full/file/below") == nil)
            #expect(try disk.status(base + "/link")?.kind == .link)
            #expect(try disk.status(base + "/full/file")?.permissions == 0o640)
            #expect(try disk.readLink(base + "/link") == "full")
            // Two names of one file: the rename does nothing, and both stay.
            try disk.link(base + "/full/file", to: base + "/second")
            try disk.rename(base + "/second", to: base + "/full/file")
            #expect(try disk.status(base + "/second")?.links == 2)
        }
    }
}
