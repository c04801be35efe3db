import FoundationEssentials
import HTTP
import StokerCore

/// The relatives of Prometheus: metrics where it has an API.
extension PrometheusClient {
    /// The metrics of the profile's program; an error where another program answers.
    func metricsPage(isFresh: Bool = false) async throws(PrometheusError) -> MetricsPage {
        guard let path = profile.metricsPath else { return MetricsPage([], profile) }
        let response = try await send("GET", path, limit: Limit.metrics, isFresh: isFresh)
        guard response.isSuccess else { throw refusal(response, path) }
        let page = MetricsPage(response.body, profile)
        guard page.isOfThisKind else {
            throw PrometheusError(
                .stranger,
                "\(address)\(path) is not that of \(profile.product), whose metrics have \(profile.identity ?? ""): "
                    + "check url and kind of the target")
        }
        return page
    }

    /// What the process says of itself in its metrics.
    func metricFacts(isFresh: Bool = false) async throws(PrometheusError) -> RuntimeFacts {
        let page = try await metricsPage(isFresh: isFresh)
        if let facts = page.facts { return facts }
        throw PrometheusError(
            .malformed,
            "\(address)\(profile.metricsPath ?? "") does not say since when the process runs (process_start_time_seconds)"
        )
    }

    /// The flags of a relative, as far as it shows them: VictoriaMetrics' `/flags`.
    func familyFlags() async throws(PrometheusError) -> ProcessFlags {
        // Whether it talks to us at all is asked of all alike.
        if profile.metricsPath != nil {
            _ = try await metricsPage()
        } else {
            let response = try await send("GET", profile.readyPath, limit: Limit.small)
            if !response.isSuccess, response.status != 503 { throw refusal(response, profile.readyPath) }
        }
        switch profile.kind {
        case .vmagent, .vmalert: break
        case .prometheus, .alertmanager, .blackboxExporter, .snmpExporter, .generic:
            return ProcessFlags(configFile: "")
        }
        let response = try await send("GET", "/flags", limit: Limit.small)
        guard response.isSuccess else { return ProcessFlags(configFile: "") }
        let flags = Self.victoriaFlags(response.text)
        return ProcessFlags(
            configFile: flags["promscrape.config"]?.first ?? "", ruleFiles: flags["rule"],
            templates: flags["rule.templates"])
    }

    /// `-rule="a.yml,b.yml"`, one flag a line.
    static func victoriaFlags(_ text: String) -> [String: [String]] {
        var flags: [String: [String]] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("-") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = String(line[..<equals].drop { $0 == "-" })
            let value = line[line.index(after: equals)...].filter { $0 != "\"" }
            flags[name, default: []] += value.split(separator: ",").map(String.init)
        }
        return flags
    }

    /// The text that a program shows of its configuration.
    func shownConfig(_ path: String) async throws(PrometheusError) -> [UInt8] {
        let response = try await send("GET", path, limit: Limit.config)
        guard response.isSuccess else { throw refusal(response, path) }
        return response.body
    }

    /// `config.original` of Alertmanager's `/api/v2/status`: what it loaded, marshalled again, secrets masked.
    func alertmanagerConfig() async throws(PrometheusError) -> [UInt8] {
        let path = "/api/v2/status"
        let response = try await send("GET", path, limit: Limit.config)
        guard response.isSuccess else { throw refusal(response, path) }
        do {
            return Array(
                try JSONDecoder().decode(AlertmanagerStatus.self, from: Data(response.body)).config.original.utf8)
        } catch {
            throw PrometheusError(
                .malformed, "\(address)\(path) does not answer as Alertmanager does; check that url points to it")
        }
    }
}

private struct AlertmanagerStatus: Decodable {
    struct Config: Decodable { let original: String }
    let config: Config
}
