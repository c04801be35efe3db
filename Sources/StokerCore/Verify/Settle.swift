/// How long a process needs until its metrics speak of a new configuration.
public enum Settle {
    /// Prometheus' own default for both intervals.
    private static let defaultInterval = Duration.seconds(60)
    /// A job that lost all its targets keeps its last samples for about this long beyond a scrape.
    private static let staleness = Duration.seconds(6)

    /// The largest scrape interval plus 6 s where scraping or discovery changed, otherwise one evaluation interval.
    /// - Parameters:
    ///   - mainFile: nil where it is not ours.
    ///   - scrapeConfigFiles: further files with `scrape_configs`.
    public static func duration(
        mainFile: Node?, scrapeConfigFiles: [Node] = [], scrapingChanged: Bool
    ) -> Duration {
        let global = mainFile?["global"]
        guard scrapingChanged else { return interval(global?["evaluation_interval"]) ?? defaultInterval }
        let common = interval(global?["scrape_interval"]) ?? defaultInterval
        let jobs = ([mainFile].compactMap { $0 } + scrapeConfigFiles).flatMap { $0["scrape_configs"]?.items ?? [] }
        let largest = jobs.map { interval($0["scrape_interval"]) ?? common }.max() ?? common
        return largest + staleness
    }

    /// The global evaluation interval: what a rule group without its own gets.
    public static func evaluationInterval(_ mainFile: Node) -> Duration {
        interval(mainFile["global"]?["evaluation_interval"]) ?? defaultInterval
    }

    private static func interval(_ node: Node?) -> Duration? {
        guard let duration = node?.text.flatMap(PrometheusDuration.parse), duration > .zero else { return nil }
        return duration
    }
}
