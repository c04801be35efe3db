import StokerCore
import Testing

@testable import StokerHost

/// The vital signs in the text of `/metrics`.
struct VitalMetricsTests {
    @Test func linesAreTakenApart() throws {
        let first = try #require(line(#"a_total{x="1",y="a\"b\\c\nd,}",z=""} 3.5e+2 1700000000000"#))
        #expect(first.name == "a_total")
        #expect(first.labels == ["x": "1", "y": "a\"b\\c\nd,}", "z": ""])
        #expect(first.value == "3.5e+2")
        #expect(line("up 1")?.value == "1")
        #expect(line("up{} 1")?.labels == [:])
    }

    @Test(arguments: ["", "# HELP a b", "a", "a{x=\"1\" 3", "a{x=1} 3", "a{x=\"1} 3", "{} 1", "a{\"x\"} 1"])
    func otherLinesAreNone(_ text: String) {
        #expect(line(text) == nil)
    }

    @Test(arguments: ["1e300", "-1e300", "+Inf", "NaN", "9.3e18"])
    func numbersThatCountNothingAreNoTrap(_ value: String) {
        let lines = [
            "prometheus_rule_group_rules{rule_group=\"a;g\"}", "prometheus_notifications_alertmanagers_discovered",
            "prometheus_target_scrape_pool_targets{scrape_job=\"a\"}",
            "prometheus_sd_discovered_targets{config=\"a\",name=\"scrape\"}",
            "prometheus_target_scrape_pool_sync_total{scrape_job=\"a\"}", "process_resident_memory_bytes",
        ]
        let text = (lines + lines).map { "\($0) \(value)\n" }.joined()
        let vitals = VitalMetrics(Array(text.utf8)).vitals
        let nothing = VitalMetrics([]).vitals
        for (before, now) in [(vitals, vitals), (nothing, vitals), (vitals, nothing)] {
            _ = Comparison.worsenings(
                before: before, now: now, policy: ComparisonPolicy(), scope: ChangeScope(jobs: .all), sameProcess: true)
        }
    }

    @Test func signsAreRead() {
        let vitals = VitalMetrics(
            Array(
                """
                # HELP prometheus_rule_group_rules The number of rules.
                prometheus_rule_group_rules{rule_group="/r/a.yml;g"} 3
                prometheus_rule_evaluation_failures_total{rule_group="/r/a.yml;g"} 2
                prometheus_target_scrape_pool_targets{scrape_job="node"} 4
                prometheus_target_scrape_pool_targets{scrape_job="bare"} 1
                prometheus_target_scrape_pool_sync_total{scrape_job="node"} 5
                prometheus_sd_discovered_targets{config="node",name="scrape"} 7
                prometheus_sd_discovered_targets{config="config-0",name="notify"} 2
                prometheus_notifications_alertmanagers_discovered 2
                prometheus_notifications_errors_total{alertmanager="a"} 1
                prometheus_notifications_dropped_total 2
                prometheus_tsdb_head_series 1234
                process_resident_memory_bytes 5e+07
                other 1
                """.utf8)
        ).vitals
        #expect(vitals.ruleGroups == ["/r/a.yml;g": 3])
        #expect(vitals.evaluationFailures == ["/r/a.yml;g": 2])
        #expect(
            vitals.targets == [
                "node": Vitals.Targets(active: 4, dropped: 3, syncs: 5),
                "bare": Vitals.Targets(active: 1, dropped: nil),
            ])
        #expect(vitals.alertmanagers == 2)
        #expect(vitals.notificationErrors == 3)
        #expect(vitals.series == 1234)
        #expect(vitals.memory == 5e7)
    }

    private func line(_ text: String) -> MetricLine? { MetricLine(Array(text.utf8)[...]) }
}
