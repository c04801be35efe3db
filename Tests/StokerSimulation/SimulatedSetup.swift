import StokerCore

/// How a simulated environment is made: its targets, what stands there before, and contents of every kind.
public struct SimulatedSetup: Sendable {
    /// How files become live.
    public var layout: TargetConfiguration.Layout
    /// One or two.
    public var targets: Int
    /// `drift`.
    public var drift: EnvironmentConfiguration.Drift
    /// A `verify` block with one check.
    public var checks: Bool
    /// `when_down`.
    public var whenDown: TargetConfiguration.WhenDown
    /// A content of the administrator is there and served before Stoker's first start.
    public var baseline: Bool

    /// One target that reports drift and is proved by load only.
    public init(
        _ layout: TargetConfiguration.Layout, targets: Int = 1, drift: EnvironmentConfiguration.Drift = .report,
        checks: Bool = false, whenDown: TargetConfiguration.WhenDown = .deploy, baseline: Bool = true
    ) {
        self.layout = layout
        self.targets = targets
        self.drift = drift
        self.checks = checks
        self.whenDown = whenDown
        self.baseline = baseline
    }

    /// As stoker.yml would say it.
    public var environment: EnvironmentConfiguration {
        let check = CheckConfiguration(expr: "up == 1", passWhen: .nonEmpty)
        return EnvironmentConfiguration(
            name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: drift,
            verify: checks
                ? VerifyConfiguration(
                    forDuration: .seconds(10), interval: .seconds(2), timeout: .seconds(60), checks: [check]) : nil,
            targets: (0..<targets).map { index in
                let id = Target.ID(index == 0 ? "one" : "two")
                return TargetConfiguration(
                    id: id, kind: .prometheus, path: ".", configFile: "prometheus.yml", deployTo: "/etc/\(id)",
                    layout: layout, keepInode: layout == .inPlace ? ["pinned.yml"] : [], url: "http://localhost",
                    maxDelete: .percent(100), whenDown: whenDown, readyTimeout: .seconds(20))
            })
    }

    /// A machine set up like this; with a baseline its processes run and serve it.
    public func machine(onRewrite: SourceConfiguration.OnRewrite = .hold) throws(DiskError) -> SimulatedMachine {
        let machine = try SimulatedMachine(environment, onRewrite: onRewrite)
        try machine.addNeighbours()
        if baseline, layout != .linked {
            // Files that no commit has are nobody's: the baseline is what every commit has, too.
            var texts: [Target.ID: [String: String]] = [:]
            for target in environment.targets {
                texts[target.id] = files(.good, 0).filter { ["prometheus.yml", "rules/a.yml"].contains($0.key) }
                texts[target.id]?["prometheus.yml"] = "good before\n# end\n"
            }
            try machine.install(machine.git.know("before", texts))
            for id in machine.processes.keys { machine.start(id) }
        }
        return machine
    }

    /// Makes a content known: its main file does what it is called after; the other files vary with the number, so that
    /// two contents share some, and files come, change and go.
    @discardableResult
    public func content(_ deed: SimulatedPrometheus.Deed, _ number: Int, in machine: SimulatedMachine) -> ContentID {
        var texts: [Target.ID: [String: String]] = [:]
        for target in environment.targets { texts[target.id] = files(deed, number) }
        return machine.git.know("\(deed)-\(number)", texts)
    }

    private func files(_ deed: SimulatedPrometheus.Deed, _ number: Int) -> [String: String] {
        // Of different lengths, so that a torn rewrite shows.
        let main = "\(deed) \(number)\n\(String(repeating: "#", count: 7 + number * 5 % 40))\n# end\n"
        if layout == .singleFile { return ["prometheus.yml": main] }
        var files = ["prometheus.yml": main, "rules/a.yml": "rules of \(number % 3)\n"]
        if number % 2 == 1 { files["rules/deep/b.yml"] = "deep \(number % 4)\n" }
        if number % 3 != 0 { files["c.yml"] = "only here\n" }
        if layout == .inPlace, number % 4 != 3 {
            files["pinned.yml"] = "pinned \(String(repeating: "\(number % 5)", count: 8 + number % 3 * 9))\n"
        }
        return files
    }
}
