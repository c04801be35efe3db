import StokerCore
import Testing
import YAML

@Suite struct PoolsTests {
    @Test func everyDeclaredJobMustHaveItsPool() {
        let result = compare([("a", true), ("b", true)], pools: ["a"])
        #expect(result.missing == ["b"])
        #expect(result.failed == nil)
    }

    @Test func aJobWhoseDiscoveryHasNotAnsweredIsAWarning() {
        let result = compare([("a", false)], pools: [])
        #expect(result.missing == [])
        #expect(result.warnings.count == 1)
    }

    @Test func aJobThatHadNoPoolBeforeDoesNotCondemn() {
        var evidence = Evidence(wasUp: true)
        evidence.missingPools = ["a"]
        evidence.failures = FailureCounters(scrapePools: 1)
        let result = compare([("a", true)], pools: [], counters: .init(scrapePools: 2), evidence: evidence)
        #expect(result.missing == [])
        #expect(result.failed == nil)
        #expect(result.warnings.count == 1)
    }

    @Test func countersThatRoseAreAFailure() {
        var evidence = Evidence(wasUp: true)
        evidence.failures = FailureCounters(scrapePools: 1, discovery: 0)
        func failed(_ counters: FailureCounters, same: Bool = true) -> Bool {
            compare([("a", true)], pools: ["a"], counters: counters, evidence: evidence, same: same).failed != nil
        }
        #expect(!failed(.init(scrapePools: 1, discovery: 0)))
        #expect(failed(.init(scrapePools: 2, discovery: 0)))
        #expect(failed(.init(scrapePools: 1, discovery: 1)))
        #expect(!failed(.init()))
        // Another process counts from its own start.
        #expect(!failed(.init(scrapePools: 2, discovery: 0), same: false))
    }

    @Test func jobsAreReadFromMainAndScrapeConfigFiles() throws {
        let text = """
            scrape_configs:
            - job_name: a
            - {job_name: b, static_configs: [{targets: [x]}], consul_sd_configs: [{server: y}]}
            - {job_name: c, consul_sd_configs: [{server: y}]}
            - {job_name: d, static_configs: [], file_sd_configs: [{files: [z]}]}
            """
        let jobs = Pools.jobs(in: try YAML.parse(Array(text.utf8)))
        #expect(jobs.map(\.name) == ["a", "b", "c", "d"])
        #expect(jobs.map(\.appearsByItself) == [true, true, false, false])
    }

    private func compare(
        _ jobs: [(String, Bool)], pools: Set<String>, counters: FailureCounters = .init(), evidence: Evidence? = nil,
        same: Bool = true
    ) -> Pools.Result {
        Pools.compare(
            declared: jobs.map { Pools.Job(name: $0.0, appearsByItself: $0.1) }, pools: pools, counters: counters,
            evidence: evidence, sameProcess: same)
    }
}
