import StokerCore

/// Splits a snapshot into what each target gets.
enum TargetTrees {
    /// The files of one target: below its path, without rule tests.
    static func tree(of target: TargetConfiguration, in environment: EnvironmentConfiguration, _ snapshot: Snapshot)
        -> FileTree
    {
        let tests = SourceFeed.globs(environment.ruleTests + environment.routingTests)
        let prefix = target.path == "." ? "" : target.path + "/"
        var tree = FileTree()
        for (path, entry) in snapshot.tree.files where path.hasPrefix(prefix) {
            if tests.contains(where: { $0.matches(path) }) { continue }
            tree.files[String(path.dropFirst(prefix.count))] = entry
        }
        return tree
    }

    static func trees(_ environment: EnvironmentConfiguration, _ snapshot: Snapshot) -> [Target.ID: FileTree] {
        var trees: [Target.ID: FileTree] = [:]
        for target in environment.targets { trees[target.id] = tree(of: target, in: environment, snapshot) }
        return trees
    }

    /// An absent path, an empty folder or a missing main file is the repository's fault and never a deletion.
    static func problems(of snapshot: Snapshot, in environment: EnvironmentConfiguration) -> SourceInvalid? {
        var findings: [Finding] = []
        for target in environment.targets {
            let tree = tree(of: target, in: environment, snapshot)
            let folder = environment.layers.last.map { RelativePath.join($0, target.path) } ?? target.path
            if tree.isEmpty {
                findings.append(
                    Finding(
                        file: folder,
                        message: "the folder of target \(target.id) has no files to deploy: check `path` of the target")
                )
            } else if let main = target.configFile, tree[main] == nil {
                findings.append(
                    Finding(
                        file: RelativePath.join(folder, main),
                        message: "the main file of target \(target.id) is missing: check `config_file`, or set it to "
                            + "`none` for a folder of rules only"))
            }
        }
        return findings.isEmpty ? nil : SourceInvalid(findings)
    }
}
