/// What configuration files declare, as far as a plan speaks of it: rule groups with their rules, scrape jobs,
/// Alertmanagers, receivers and routes. It is read leniently: what has another shape than expected is left out, since promtool is the
/// authority on syntax and its findings stand beside the plan.
public struct Meaning: Sendable {
    /// An alert or a recording rule.
    struct Rule: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case alert, recording }
        let kind: Kind
        let name: String
        /// Without comments and blanks that mean nothing.
        let expr: String
        /// As Prometheus marshals it; `0s` where nothing is written.
        let hold: String
        let keepFiringFor: String
        /// With the group's labels, as Prometheus merges them.
        let labels: Labels
        let annotations: Labels
    }

    /// A group of rules; Prometheus keeps the state of its alerts by file and name.
    struct Group: Sendable {
        let file: String
        let name: String
        let settings: Settings
        let rules: [Rule]
    }

    /// Anything else that has a name and settings: a scrape job or an Alertmanager.
    struct Item: Sendable {
        let file: String
        let name: String
        let settings: Settings
    }

    private(set) var groups: [Group] = []
    private(set) var jobs: [Item] = []
    private(set) var alertmanagers: [Item] = []
    private(set) var receivers: [Item] = []
    private(set) var routes: [Item] = []

    /// Nothing declared: the old side of a first deployment.
    public init() {}

    /// Reads parsed files by path. A plan needs only the files that changed, on both sides.
    ///
    /// - Parameter configFile: the path of the main file; only there are Alertmanagers and global intervals looked for.
    ///   Where it is not among the files, intervals that jobs inherit are taken as unchanged.
    public init(of files: [String: Node], configFile: String?, kind: TargetConfiguration.Kind = .prometheus) {
        let main = configFile.flatMap { files[$0] }
        for (path, node) in files.sorted(by: { $0.key < $1.key }) {
            if path == configFile, kind == .alertmanager {
                receivers += Meaning.readReceivers(node, file: path)
                routes += Meaning.readRoutes(node, file: path)
            } else if path == configFile {
                alertmanagers += Meaning.readAlertmanagers(node, file: path)
            } else {
                groups += Meaning.readGroups(node, file: path)
            }
            jobs += Meaning.readJobs(node, file: path, main: main)
        }
    }
}
