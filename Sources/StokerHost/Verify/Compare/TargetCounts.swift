import StokerCore

/// The targets of each scrape pool, gathered from the lines of `/metrics`.
struct TargetCounts {
    /// Targets left after relabelling, by `scrape_job`.
    static let active = "prometheus_target_scrape_pool_targets"
    /// Targets found by discovery, by `config`.
    static let discovered = "prometheus_sd_discovered_targets"

    /// How often the pool has taken in what was discovered, by `scrape_job`.
    static let syncs = "prometheus_target_scrape_pool_sync_total"

    private var active: [String: Int] = [:]
    private var discovered: [String: Int] = [:]
    private var synced: [String: Int] = [:]

    /// Takes a line of one of these metrics; others are passed over.
    mutating func take(_ sample: MetricLine, _ value: Double) {
        guard let count = Int(counted: value) else { return }
        if sample.name == Self.active, let job = sample.labels["scrape_job"] {
            active[job, default: 0] += count
        } else if sample.name == Self.syncs, let job = sample.labels["scrape_job"] {
            synced[job, default: 0] += count
        } else if sample.name == Self.discovered, sample.labels["name"] == "scrape",
            let job = sample.labels["config"]
        {
            discovered[job, default: 0] += count
        }
    }

    /// By job, for every pool there is.
    var targets: [String: Vitals.Targets] {
        Dictionary(
            uniqueKeysWithValues: active.map { job, count in
                (
                    job,
                    Vitals.Targets(
                        active: count, dropped: discovered[job].map { max(0, $0 - count) }, syncs: synced[job])
                )
            })
    }
}

extension Int {
    /// A number of things that a process tells; nil for what counts nothing. Bounded, so that sums of such numbers are
    /// numbers, too: a page may say anything.
    init?(counted value: Double) {
        guard !value.isNaN else { return nil }
        self = Int(Swift.min(Swift.max(value.rounded(), -Self.mostCounted), Self.mostCounted))
    }

    private static let mostCounted = 1e12
}
