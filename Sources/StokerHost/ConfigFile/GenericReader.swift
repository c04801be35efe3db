import StokerCore

/// The `generic` section of a target: what a program of the user's shows of itself.
struct GenericReader {
    private let section: FieldReader

    /// The fields of the section.
    init(_ section: FieldReader) { self.section = section }

    func read() -> GenericKind {
        defer { section.finish() }
        let usual = GenericKind()
        let ready = path("ready_path") ?? usual.readyPath
        let reload = path("reload_path") ?? usual.reloadPath
        let isNone = section.written("metrics_path")?.value == .scalar("none", .plain)
        let metrics = isNone ? nil : path("metrics_path") ?? usual.metricsPath
        let success = section.text("success_metric")
        let timestamp = section.text("timestamp_metric")
        let hash = section.section("hash").flatMap(hash)
        let live = section.texts("live").compactMap(pattern)
        if metrics == nil, success != nil || timestamp != nil || hash != nil {
            section.complain(
                section.keyMark("metrics_path"), "success_metric, timestamp_metric and hash need a metrics_path")
        }
        return GenericKind(
            readyPath: ready, reloadPath: reload, metricsPath: metrics, successMetric: success?.value,
            timestampMetric: timestamp?.value, hash: hash, live: live)
    }

    private func path(_ key: String) -> String? {
        guard let text = section.text(key) else { return nil }
        if text.value.hasPrefix("/"), !text.value.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f }) {
            return text.value
        }
        section.complain(text.mark, "\(key) must begin with / and hold no blanks, not \(quoted(text.value))")
        return nil
    }

    private func hash(_ fields: FieldReader) -> ServedHash? {
        defer { fields.finish() }
        let metric = fields.requiredText("metric")
        let label = fields.text("label")
        let algorithm = fields.choice("algorithm", default: ServedHash.Algorithm.sha256)
        if label == nil, algorithm != .md5 {
            fields.complain(
                fields.mark, "hash without label is a number, as Alertmanager has it, which only algorithm: md5 gives")
        }
        return metric.map { ServedHash(metric: $0.value, label: label?.value, algorithm: algorithm) }
    }

    private func pattern(_ text: Located<String>) -> String? {
        do throws(GlobError) {
            _ = try Glob(text.value)
            return text.value
        } catch {
            section.complain(text.mark, "an item of live is no pattern: \(error)")
            return nil
        }
    }
}
