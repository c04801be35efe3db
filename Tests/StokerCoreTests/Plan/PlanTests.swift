import Testing

@testable import StokerCore

@Suite("Plan") struct PlanTests {
    private func tree(_ files: [String: String]) -> FileTree {
        FileTree(files.mapValues { FileEntry(blob: BlobID($0)) })
    }

    private func words(_ plan: Plan) -> [String] { plan.changes.map { "\($0.kind.rawValue) \($0.path)" } }

    @Test("lists what is created, updated, deleted and made executable, by path") func kinds() {
        var desired = tree(["same": "1", "new": "2", "a/changed": "3"])
        desired.files["run.sh"] = FileEntry(blob: BlobID("4"), executable: true)
        let plan = Plan.make(
            inventory: tree(["same": "1", "a/changed": "0", "gone": "5", "run.sh": "4"]), desired: desired)
        #expect(words(plan) == ["update a/changed", "delete gone", "create new", "mode run.sh"])
        #expect(plan.changes.map(\.kind.word) == ["update", "delete", "create", "update"])
        #expect(plan.inventoryCount == 4)
    }

    @Test("is empty where nothing changed") func empty() {
        let files = tree(["a": "1", "b/c": "2"])
        #expect(Plan.make(inventory: files, desired: files).isEmpty)
    }

    @Test("adopts what is on disk: equal bytes are no change, other bytes an update, other files not seen")
    func adoption() {
        var baseline = tree(["same": "1", "other": "9", "unmanaged": "7"])
        baseline.files["same"] = FileEntry(blob: BlobID("1"), executable: true)
        let plan = Plan.make(
            inventory: FileTree(), desired: tree(["same": "1", "other": "2", "new": "3"]), baseline: baseline)
        #expect(words(plan) == ["create new", "update other"])
        #expect(plan.deletions == 0)
    }

    @Test("counts no move as a deletion, and each copy once") func moves() {
        let plan = Plan.make(
            inventory: tree(["a": "1", "b": "1", "c": "2", "d": "3"]), desired: tree(["x": "1", "y": "2", "d": "3"]))
        #expect(words(plan) == ["delete a", "delete b", "delete c", "create x", "create y"])
        #expect(plan.deletions == 1)
    }

    @Test(
        "holds above the deletion budget, not at it",
        arguments: [
            (.percent(25), 4, 1, false), (.percent(25), 4, 2, true), (.percent(25), 1, 1, false),
            (.percent(25), 100, 25, false), (.percent(25), 100, 26, true), (.files(0), 10, 1, true),
            (.files(0), 10, 0, false), (.percent(0), 10, 1, false), (.percent(100), 10, 10, false),
        ] as [(TargetConfiguration.DeletionBudget, Int, Int, Bool)])
    func budget(budget: TargetConfiguration.DeletionBudget, files: Int, deleted: Int, exceeds: Bool) {
        let all = tree(Dictionary(uniqueKeysWithValues: (0..<files).map { ("f\($0)", "\($0)") }))
        let left = FileTree(all.files.filter { (Int($0.key.dropFirst()) ?? 0) >= deleted })
        let plan = Plan.make(inventory: all, desired: left)
        #expect(plan.deletions == deleted)
        #expect(plan.exceeds(budget: budget) == exceeds)
    }

    @Test("deletes first what stands in the way: a file where a folder must be, and the reverse") func obstructions() {
        let plan = Plan.make(
            inventory: tree(["rules": "1", "z/deep/a.yml": "2", "z/b.yml": "3", "gone": "4"]),
            desired: tree(["rules/a.yml": "5", "z": "6"]))
        #expect(plan.obstructingDeletions == ["rules", "z/deep/a.yml", "z/b.yml"])
        #expect(
            plan.inOrder.map { "\($0.kind.rawValue) \($0.path)" } == [
                "delete rules", "delete z/b.yml", "delete z/deep/a.yml", "create rules/a.yml", "create z",
                "delete gone",
            ])
    }

    @Test("of an environment lists files and meaning relative to it, shared ones once") func environment() {
        let plan = Plan.make(inventory: FileTree(), desired: tree(["a.yml": "1"]))
        let meaning = [MeaningChange(kind: .alert, change: .add, name: "Down", file: "a.yml")]
        let targets = [("one", "prom"), ("two", "prom"), ("three", ".")].map {
            EnvironmentPlan.TargetPlan(target: Target.ID($0.0), folder: $0.1, plan: plan, meaning: meaning)
        }
        let whole = EnvironmentPlan(targets: targets)
        #expect(
            whole.files == [
                EnvironmentPlan.File(path: "a.yml", change: "create"),
                EnvironmentPlan.File(path: "prom/a.yml", change: "create"),
            ])
        #expect(whole.meaning.map(\.file) == ["prom/a.yml", "a.yml"])
        #expect(!whole.isEmpty)
    }

    @Test("applied in its order to a tree that knows files from folders gives the desired tree", arguments: 1...300)
    func applied(seed: Int) {
        var random = PlanGenerator(seed: UInt64(seed))
        let inventory = randomTree(&random)
        let desired = randomTree(&random)
        let plan = Plan.make(inventory: inventory, desired: desired)
        var disk = inventory.files
        for change in plan.inOrder {
            #expect(disk[change.path] == change.before, "seed \(seed)")
            if let after = change.after {
                let isObstructed = disk.keys.contains {
                    $0.hasPrefix(change.path + "/") || change.path.hasPrefix($0 + "/")
                }
                #expect(!isObstructed, "seed \(seed): \(change.path)")
                disk[change.path] = after
            } else {
                disk[change.path] = nil
            }
        }
        #expect(disk == desired.files, "seed \(seed)")
        #expect(Plan.make(inventory: FileTree(disk), desired: desired).isEmpty, "a second turn plans nothing")
        let deleted = plan.changes.count { $0.kind == .delete }
        #expect((0...deleted).contains(plan.deletions))
    }

    /// A few short paths of few names, so that files meet folders often.
    private func randomTree(_ random: inout PlanGenerator) -> FileTree {
        var files: [String: FileEntry] = [:]
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let names = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                ["a", "b", "c"].randomElement(using: &random) ?? "a"
            }
            let path = names.joined(separator: "/")
            if files.keys.contains(where: { $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }) { continue }
            files[path] = FileEntry(
                blob: BlobID("\(Int.random(in: 0...3, using: &random))"), executable: Bool.random(using: &random))
        }
        return FileTree(files)
    }
}
