import StokerCore

/// The top of the file: `global`, `source` and `environments`.
struct RootReader {
    private let problems: ProblemList
    private let zones: ZoneList

    init(_ problems: ProblemList, _ zones: ZoneList) {
        self.problems = problems
        self.zones = zones
    }

    /// Nil where something required is missing; then it is reported.
    func read(_ root: Node) -> Configuration? {
        if root.isNull {
            problems.add(root.mark, "the file is empty; it needs source and environments")
            return nil
        }
        guard let fields = FieldReader(root, "the file", problems) else { return nil }
        let interval = pollInterval(fields.section("global"))
        let source = fields.required("source").flatMap { FieldReader($0, "source", problems) }
            .flatMap { SourceSectionReader($0).read() }
        let environments = environments(fields)
        fields.finish(later: Later.rootKeys)
        guard let source else { return nil }
        checkTags(source, environments, fields)
        return Configuration(pollInterval: interval, source: source, environments: environments, zones: zones.rules)
    }

    /// With `mode: tag` it is the tag that is signed: every environment must follow one.
    private func checkTags(
        _ source: SourceConfiguration, _ environments: [EnvironmentConfiguration], _ fields: FieldReader
    ) {
        guard source.verify?.mode == .tag else { return }
        for environment in environments {
            switch environment.ref ?? source.ref {
            case .tag, .tagPattern: continue
            case .branch, .commit:
                fields.complain(
                    fields.keyMark("source"),
                    "verify with mode: tag needs a tag, but environment \(environment.name) follows "
                        + "\(environment.ref ?? source.ref): set tag there or in source")
            }
        }
    }

    /// Shorter ones only load the server: a change takes longer than that to become live.
    private static let shortestInterval = Duration.seconds(1)

    private func pollInterval(_ global: FieldReader?) -> Duration {
        let fallback = Duration.seconds(60)
        guard let global else { return fallback }
        defer { global.finish() }
        let interval = global.duration("poll_interval", default: fallback)
        guard interval < Self.shortestInterval, let text = global.text("poll_interval") else { return interval }
        global.complain(
            text.mark,
            "poll_interval must be at least \(Self.shortestInterval.prometheusText): where a push must be seen earlier, "
                + "let it run \"stoker reconcile --no-wait\" on this host")
        return fallback
    }

    private func environments(_ fields: FieldReader) -> [EnvironmentConfiguration] {
        guard let node = fields.required("environments") else { return [] }
        let items = fields.items("environments")
        if node.items?.isEmpty == true { problems.add(node.mark, "environments must name at least one environment") }
        let overlaps = Overlaps(problems)
        let graph = UpstreamGraph(problems)
        let environments = items.compactMap { item in
            FieldReader(item, "an environment", problems).flatMap {
                EnvironmentReader($0, overlaps, graph, zones).read()
            }
        }
        graph.check()
        return environments
    }
}
