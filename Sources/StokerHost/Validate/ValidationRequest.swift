// Validate on the host: a private copy of what a target's folder would be, and promtool run over it, before anything
// live changes.
//
// `ValidationTree` keeps the copy: our files, links to files of the host that are not ours but that the configuration
// names or globs, and small placeholders for what only the process can see. `StagedConfiguration` decides what goes into
// it, with the references that StokerCore/Validate reads from the files. `Validator` asks promtool and turns its words
// into findings in terms of the repository. Nothing here writes outside the storage directory.

import StokerCore

/// What is to be validated for one target.
public struct ValidationRequest: Sendable {
    /// For messages.
    public var environment: EnvironmentName
    /// Its path, config_file and validator are used.
    public var target: TargetConfiguration
    /// The files as they will be deployed, relative to the target's folder.
    public var files: FileTree
    /// The managed files that are deployed now (inventory or baseline), relative likewise; nil where there are none yet.
    /// Their main file says which odd things are old.
    public var previous: FileTree?
    /// Every file of the environment's snapshot, relative to the environment; for rule tests.
    public var environmentTree: FileTree
    /// The files of `environmentTree` that are rule tests; empty where another target of the environment runs them.
    public var ruleTests: [String]
    /// How the process sees the target's folder; for `single_file` the folder of the file.
    public var view: ProcessView
    /// The process's `--web.config.file`, as it names it (relative ones resolved); nil where it has none or is unknown.
    public var webConfigFile: String?
    /// The version of the running process; nil where it does not answer or tell.
    public var runningVersion: String?
    /// The running process is a Prometheus in agent mode.
    public var isAgent = false
    /// The process's patterns of template files, where it has a flag for them.
    public var templateFlags: [String] = []
    /// What tells the role of files that no main file names.
    public var folder = FolderRoles.rules
    /// The files of `environmentTree` with routing cases for this target; empty for every kind but Alertmanager.
    public var routingTests: [String] = []
    /// The path in the repository of a file of the environment, such as `production/rules/a.yml` for `rules/a.yml`.
    public var repositoryPath: @Sendable (String) -> String
    /// Wall time for all commands together.
    public var limit: Duration

    /// `previous` and `view` decide most of what preflight says: give what is really deployed.
    public init(
        environment: EnvironmentName, target: TargetConfiguration, files: FileTree, previous: FileTree?,
        environmentTree: FileTree = FileTree(), ruleTests: [String] = [], view: ProcessView,
        webConfigFile: String? = nil,
        limit: Duration = .seconds(120), repositoryPath: @escaping @Sendable (String) -> String
    ) {
        self.environment = environment
        self.target = target
        self.files = files
        self.previous = previous
        self.environmentTree = environmentTree
        self.ruleTests = ruleTests
        self.view = view
        self.webConfigFile = webConfigFile
        self.limit = limit
        self.repositoryPath = repositoryPath
    }
}

extension ValidationRequest {
    /// The name for people of a file relative to the target's folder: the repository's for a managed file, else the
    /// process's.
    func name(_ path: String) -> String {
        if files[path] == nil, previous?[path] == nil { return view.seen(path) }
        return repositoryPath(Glob.cleaned(target.path + "/" + path))
    }

    /// The same finding in terms of the repository. Findings of the core have paths relative to the target's folder.
    func named(_ finding: Finding) -> Finding {
        Finding(file: finding.file.isEmpty ? "" : name(finding.file), line: finding.line, message: finding.message)
    }
}
