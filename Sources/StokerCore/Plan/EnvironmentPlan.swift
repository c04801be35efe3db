/// What one environment's change comes to: the plan of each target, and what it means.
public struct EnvironmentPlan: Hashable, Codable, Sendable {
    /// One target's part.
    public struct TargetPlan: Hashable, Codable, Sendable {
        /// Whose part it is.
        public let target: Target.ID
        /// The target's folder in the environment, `.` for its root.
        public let folder: String
        /// With paths relative to the target's folder.
        public let plan: Plan
        /// With files relative to the target's folder.
        public let meaning: [MeaningChange]

        /// The plan of a target and what `Meaning.diff` said of its changed files.
        public init(target: Target.ID, folder: String, plan: Plan, meaning: [MeaningChange]) {
            self.target = target
            self.folder = folder
            self.plan = plan
            self.meaning = meaning
        }
    }

    /// One line of the list of files, as `plan -o json` has it.
    public struct File: Hashable, Codable, Sendable {
        /// Relative to the environment.
        public let path: String
        /// `create`, `update` or `delete`.
        public let change: String

        /// One line.
        public init(path: String, change: String) {
            self.path = path
            self.change = change
        }
    }

    /// In the order of the configuration file.
    public let targets: [TargetPlan]

    /// The plans of an environment's targets.
    public init(targets: [TargetPlan]) { self.targets = targets }

    /// Whether no target has a change.
    public var isEmpty: Bool { targets.allSatisfy(\.plan.isEmpty) }

    /// All changed files relative to the environment, in ascending order; what several targets with one folder share
    /// is listed once.
    public var files: [File] {
        var seen: Set<File> = []
        var files: [File] = []
        for target in targets {
            for change in target.plan.changes {
                let file = File(path: RelativePath.join(target.folder, change.path), change: change.kind.word)
                if seen.insert(file).inserted { files.append(file) }
            }
        }
        return files.sorted { ($0.path, $0.change) < ($1.path, $1.change) }
    }

    /// All changes by meaning, with files relative to the environment; what several targets share is listed once.
    public var meaning: [MeaningChange] {
        var seen: Set<MeaningChange> = []
        var changes: [MeaningChange] = []
        for target in targets {
            for change in target.meaning {
                let placed = change.placed(under: target.folder)
                if seen.insert(placed).inserted { changes.append(placed) }
            }
        }
        return changes
    }
}
