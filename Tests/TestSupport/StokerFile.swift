/// A stoker.yml of a test, as values; `text` spells it.
public struct StokerFile: Sendable {
    /// One process and its tree.
    public struct Target: Sendable {
        /// Name in stoker.yml.
        public var name: String
        /// Where its files go.
        public var deployTo: String
        /// Its base URL.
        public var url: String
        /// The promtool that validates for it.
        public var promtool: String
        /// Further lines of the target, as `key: value`.
        public var extra: [String]

        /// A target called `prometheus` unless said otherwise.
        public init(name: String = "prometheus", deployTo: String, url: String, promtool: String, extra: [String] = [])
        {
            self.name = name
            self.deployTo = deployTo
            self.url = url
            self.promtool = promtool
            self.extra = extra
        }
    }

    /// One environment.
    public struct Environment: Sendable {
        /// Name in stoker.yml.
        public var name: String
        /// Folders of the repository.
        public var paths: [String]
        /// The `verify` block in flow style, such as `{ for: 1s }`; nil: none.
        public var verify: String?
        /// Further lines of the environment, as `key: value`.
        public var extra: [String]
        /// Its targets.
        public var targets: [Target]

        /// An environment whose folder has its name.
        public init(
            name: String = "production", paths: [String]? = nil, verify: String? = nil, extra: [String] = [],
            targets: [Target]
        ) {
            self.name = name
            self.paths = paths ?? [name]
            self.verify = verify
            self.extra = extra
            self.targets = targets
        }
    }

    /// `source.url`.
    public var sourceURL: String
    /// Further lines of the source.
    public var source: [String] = []
    /// `global.poll_interval`.
    public var pollInterval = "1s"
    /// The environments, in file order.
    public var environments: [Environment]

    /// A file with a source and environments.
    public init(sourceURL: String, environments: [Environment]) {
        self.sourceURL = sourceURL
        self.environments = environments
    }

    /// The YAML.
    public var text: String {
        var lines = ["global:", "  poll_interval: \(pollInterval)", "source:", "  url: \(sourceURL)"]
        lines += source.map { "  \($0)" }
        lines.append("environments:")
        for environment in environments {
            lines += ["  - name: \(environment.name)", "    paths: [\(environment.paths.joined(separator: ", "))]"]
            if let verify = environment.verify { lines.append("    verify: \(verify)") }
            lines += environment.extra.map { "    \($0)" }
            lines.append("    targets:")
            for target in environment.targets {
                lines += [
                    "      - name: \(target.name)", "        deploy_to: \(target.deployTo)",
                    "        url: \(target.url)",
                ]
                let validates = target.extra.contains { $0.hasPrefix("validate:") }
                if !validates { lines.append("        validate: { program: \(target.promtool) }") }
                lines += target.extra.map { "        \($0)" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
