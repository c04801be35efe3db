import StokerCore

/// The few lines of a program's `/metrics` that its profile speaks of. The text is scanned for them only: it may have
/// any size.
struct MetricsPage {
    private struct Sample {
        let labels: Substring
        let value: String
    }

    private static let startTimeMetric = "process_start_time_seconds"
    private var samples: [String: Sample] = [:]
    private let profile: KindProfile

    init(_ text: [UInt8], _ profile: KindProfile) {
        self.profile = profile
        var wanted: Set<String> = [Self.startTimeMetric]
        for name in [
            profile.identity, profile.version?.metric, profile.signals?.gauge, profile.signals?.timestamp,
            profile.signals?.attempts, hash?.metric,
        ] {
            if let name { wanted.insert(name) }
        }
        for line in text.split(separator: 0x0a) where line.first != 0x23 {
            let end = line.firstIndex { $0 == 0x7b || $0 == 0x20 } ?? line.endIndex
            let name = String(decoding: line[..<end], as: UTF8.self)
            guard wanted.contains(name), samples[name] == nil else { continue }
            samples[name] = Self.sample(String(decoding: line[end...], as: UTF8.self))
        }
    }

    /// `{a="b"} 1 1700000000000`: the last brace ends the labels, the value follows; a time stamp may follow that.
    private static func sample(_ rest: String) -> Sample {
        let close = rest.lastIndex(of: "}")
        let labels = close.map { rest[..<$0].dropFirst() } ?? ""
        let values = (close.map { rest[rest.index(after: $0)...] } ?? rest[...]).split(separator: " ")
        return Sample(labels: labels, value: values.first.map { String($0.filter { $0 != "\r" }) } ?? "")
    }

    private var hash: ServedHash? {
        switch profile.readBack {
        case .alertmanager: ServedHash(metric: "alertmanager_config_hash", label: nil, algorithm: .md5)
        case .hash(let hash): hash
        case .prometheus, .maskedConfig, .inlinedConfig, .rules, .nothing: nil
        }
    }

    /// Whether this is the page of the program that the profile describes.
    var isOfThisKind: Bool { profile.identity.map { samples[$0] != nil } ?? true }

    /// The exact text of a metric's value.
    func value(_ name: String?) -> String? { name.flatMap { samples[$0]?.value } }

    /// The version the process says it has; nil where it says none.
    var version: String? {
        guard let place = profile.version, let text = label(place.label, of: place.metric) else { return nil }
        return text.isEmpty ? nil : text
    }

    /// The gauge of the last reload; nil where there is none.
    var reloadSucceeded: Bool? { value(profile.signals?.gauge).map { Double($0) == 1 } }
    /// The exact text of the time of the last successful reload.
    var successTimestamp: String? { value(profile.signals?.timestamp) }
    /// The exact text of the counter of reloads.
    var attempts: String? { value(profile.signals?.attempts) }

    /// The first metric of the profile's signals that the page does not have; nil where it has them all.
    var missingSignal: String? {
        [profile.signals?.gauge, profile.signals?.timestamp].compactMap { $0 }.first { samples[$0] == nil }
    }

    /// Since when the process runs, in seconds since 1970.
    var processStart: Double? { value(Self.startTimeMetric).flatMap(Double.init) }

    /// What the process says of itself; nil where it does not say since when it runs.
    var facts: RuntimeFacts? {
        let started = value(Self.startTimeMetric)
        guard let started = started ?? (profile.kind == .generic ? "unknown" : nil) else { return nil }
        return RuntimeFacts(
            startTime: started, lastConfigTime: successTimestamp ?? value(profile.identity) ?? "",
            reloadSucceeded: reloadSucceeded ?? true)
    }

    /// The digest shown for the main file, compared with one of these bytes; nil where none is shown.
    func shows(_ digest: (ServedHash.Algorithm) -> [UInt8], hex: ([UInt8]) -> String) -> Bool? {
        guard let hash, let text = value(hash.metric) else { return nil }
        let wanted = digest(hash.algorithm)
        if let name = hash.label { return label(name, of: hash.metric)?.lowercased() == hex(wanted) }
        let number = wanted.prefix(6).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // 48 bits fit a double exactly.
        return Double(text) == Double(number)
    }

    /// `version="0.25.0"`: no label we read has a quote or a backslash in it.
    private func label(_ name: String, of metric: String) -> String? {
        guard let labels = samples[metric]?.labels else { return nil }
        for part in labels.split(separator: ",") {
            let trimmed = part.drop { $0 == " " }
            if trimmed.hasPrefix(name + "=\"") { return String(trimmed.dropFirst(name.count + 2).dropLast()) }
        }
        return nil
    }
}
