import TestSupport

extension World.Setup {
    /// The usual world, changed.
    static func with(_ change: (inout World.Setup) -> Void) -> World.Setup { World.Setup().with(change) }

    /// This one, changed further.
    func with(_ change: (inout World.Setup) -> Void) -> World.Setup {
        var setup = self
        change(&setup)
        return setup
    }

    /// Two rule files, so that one may go.
    static var withTwoRuleFiles: World.Setup {
        .with {
            $0.files = { port in
                Sample.files(port: port).merging(["rules/extra.yml": Sample.alerts("Extra", group: "extra")]) { $1 }
            }
        }
    }

    /// A check that the process' own job is up, judged after settling.
    static var withCheck: World.Setup {
        .with { $0.verify = #"{ for: 1s, interval: 1s, checks: [ { expr: 'up{job="self"} == 1' } ] }"# }
    }
}

extension World {
    /// Pushes a change and runs one turn.
    func onceAfterPush(_ files: [String: String?]) async throws -> Turn {
        try await push(files)
        return try await once()
    }

    /// A relabelling that drops the only target: promtool and the reload accept it, a check does not.
    var harmful: [String: String?] {
        [
            "prometheus.yml": Sample.main(
                port: prometheus.port, relabel: "{ source_labels: [job], regex: self, action: drop }")
        ]
    }
}
