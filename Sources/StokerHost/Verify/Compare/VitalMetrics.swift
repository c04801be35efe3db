import StokerCore

/// The vital signs that stand in `/metrics` of a Prometheus. The text may have any size: only our lines are read.
struct VitalMetrics {
    private(set) var vitals = Vitals()
    private var targetCounts = TargetCounts()

    init(_ text: [UInt8]) {
        let prefixes = [Array("prometheus_".utf8), Array("process_resident_memory_bytes".utf8)]
        for line in text.split(separator: 0x0a) where prefixes.contains(where: { line.starts(with: $0) }) {
            guard let sample = MetricLine(line), let value = Double(sample.value), value.isFinite else { continue }
            take(sample, value)
        }
        vitals.targets = targetCounts.targets
    }

    private mutating func take(_ sample: MetricLine, _ value: Double) {
        switch sample.name {
        case "prometheus_rule_group_rules":
            if let group = sample.labels["rule_group"] { vitals.ruleGroups[group] = Int(counted: value) }
        case "prometheus_rule_evaluation_failures_total":
            if let group = sample.labels["rule_group"] { vitals.evaluationFailures[group] = value }
        case TargetCounts.active, TargetCounts.discovered, TargetCounts.syncs:
            targetCounts.take(sample, value)
        case "prometheus_notifications_alertmanagers_discovered":
            vitals.alertmanagers = Int(counted: value)
        case "prometheus_notifications_errors_total", "prometheus_notifications_dropped_total":
            vitals.notificationErrors = (vitals.notificationErrors ?? 0) + value
        case "prometheus_tsdb_head_series", "prometheus_agent_active_series":
            vitals.series = value
        case "process_resident_memory_bytes":
            vitals.memory = value
        default:
            break
        }
    }
}

/// One line of the text format, taken apart.
struct MetricLine {
    let name: String
    let labels: [String: String]
    /// As written, without a time stamp.
    let value: String

    /// Nil where it is no sample.
    init?(_ line: ArraySlice<UInt8>) {
        let nameEnd = line.firstIndex { $0 == 0x7b || $0 == 0x20 } ?? line.endIndex
        guard nameEnd > line.startIndex, nameEnd < line.endIndex, line[line.startIndex] != 0x23 else { return nil }
        name = String(decoding: line[..<nameEnd], as: UTF8.self)
        var rest = line[nameEnd...]
        if rest.first == 0x7b {
            guard let parsed = Self.labels(rest.dropFirst()) else { return nil }
            labels = parsed.labels
            rest = parsed.rest
        } else {
            labels = [:]
        }
        guard let value = rest.split(separator: 0x20).first else { return nil }
        self.value = String(decoding: value, as: UTF8.self)
    }

    /// `a="b",c="d"} …` up to the brace.
    private static func labels(_ text: ArraySlice<UInt8>) -> (labels: [String: String], rest: ArraySlice<UInt8>)? {
        var labels: [String: String] = [:]
        var rest = text
        while let first = rest.first, first != 0x7d {
            if first == 0x2c || first == 0x20 {
                rest = rest.dropFirst()
                continue
            }
            guard let equals = rest.firstIndex(of: 0x3d), rest.index(after: equals) < rest.endIndex,
                rest[equals + 1] == 0x22
            else { return nil }
            let name = String(decoding: rest[..<equals], as: UTF8.self)
            var value: [UInt8] = []
            var index = equals + 2
            while index < rest.endIndex, rest[index] != 0x22 {
                if rest[index] == 0x5c, index + 1 < rest.endIndex {
                    index += 1
                    value.append(rest[index] == 0x6e ? 0x0a : rest[index])
                } else {
                    value.append(rest[index])
                }
                index += 1
            }
            guard index < rest.endIndex else { return nil }
            labels[name] = String(decoding: value, as: UTF8.self)
            rest = rest[(index + 1)...]
        }
        guard rest.first == 0x7d else { return nil }
        return (labels, rest.dropFirst())
    }
}
