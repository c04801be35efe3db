import StokerCore
import Testing
import YAML

@Suite struct SettleTests {
    private let main = """
        global: {scrape_interval: 15s, evaluation_interval: 20s}
        scrape_configs: [{job_name: a}, {job_name: b, scrape_interval: 1m30s}]
        """

    @Test func theLargestScrapeIntervalPlusSixSecondsWhereScrapingChanged() throws {
        #expect(try settle(main, changed: true) == .seconds(96))
        #expect(try settle("global: {scrape_interval: 15s}", changed: true) == .seconds(21))
        #expect(try settle("", changed: true) == .seconds(66))
    }

    @Test func jobsOfFurtherFilesCount() throws {
        let extra = try node("scrape_configs: [{job_name: c, scrape_interval: 5m}]")
        let duration = Settle.duration(mainFile: try node(main), scrapeConfigFiles: [extra], scrapingChanged: true)
        #expect(duration == .seconds(306))
    }

    @Test func otherwiseOneEvaluationInterval() throws {
        #expect(try settle(main, changed: false) == .seconds(20))
        #expect(try settle("", changed: false) == .seconds(60))
        #expect(Settle.duration(mainFile: nil, scrapingChanged: false) == .seconds(60))
    }

    private func node(_ text: String) throws -> Node { try YAML.parse(Array(text.utf8)) }
    private func settle(_ text: String, changed: Bool) throws -> Duration {
        Settle.duration(mainFile: try node(text), scrapingChanged: changed)
    }
}
