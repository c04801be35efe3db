import StokerCore

/// What `/metrics` says of the last reload. The text is scanned for our lines only: it may have any size.
struct ReloadMetrics {
    /// The exact text of `prometheus_config_last_reload_success_timestamp_seconds`.
    private(set) var successTimestamp: String?
    private(set) var counters = FailureCounters()
    /// `process_start_time_seconds`.
    private(set) var processStart: Double?
    private var targetCounts = TargetCounts()
    /// The targets of each scrape pool.
    var targets: [String: Vitals.Targets] { targetCounts.targets }

    init(_ text: [UInt8]) {
        let wanted = [Array("prometheus_".utf8), Array("process_start_time_seconds ".utf8)]
        for line in text.split(separator: 0x0a) where wanted.contains(where: { line.starts(with: $0) }) {
            take(line)
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        let nameEnd = line.firstIndex { $0 == 0x7b || $0 == 0x20 } ?? line.endIndex
        let name = String(decoding: line[..<nameEnd], as: UTF8.self)
        guard let last = line.split(separator: 0x20).last else { return }
        let value = String(decoding: last, as: UTF8.self)
        switch name {
        case TargetCounts.active, TargetCounts.discovered, TargetCounts.syncs:
            if let sample = MetricLine(line), let count = Double(sample.value) { targetCounts.take(sample, count) }
        case "prometheus_config_last_reload_success_timestamp_seconds":
            successTimestamp = value
        case "process_start_time_seconds":
            processStart = Double(value)
        case "prometheus_target_scrape_pools_failed_total":
            counters.scrapePools = (counters.scrapePools ?? 0) + (Double(value) ?? 0)
        case "prometheus_sd_failed_configs":
            counters.discovery = (counters.discovery ?? 0) + (Double(value) ?? 0)
        default:
            break
        }
    }
}
