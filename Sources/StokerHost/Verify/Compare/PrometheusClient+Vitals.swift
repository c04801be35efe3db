import FoundationEssentials
import HTTP
import StokerCore

extension PrometheusClient {
    /// The vital signs of one moment: `/metrics`, two queries and the health of the rules. What this process does not have
    /// (an agent has no queries) is left out; an error is thrown only where `/metrics` itself has no answer.
    func vitals() async throws(PrometheusError) -> Vitals {
        let path = "/metrics"
        let response = try await send("GET", path, limit: Limit.metrics)
        guard response.isSuccess else { throw refusal(response, path) }
        var vitals = VitalMetrics(response.body).vitals
        do throws(PrometheusError) {
            let all = try await counts("count by (job) (up)", by: "job")
            let up = try await counts("sum by (job) (up)", by: "job")
            for (job, total) in all { vitals.up[job] = Vitals.Up(up: up[job] ?? 0, total: total) }
            vitals.firing = try await counts("count by (alertname) (ALERTS{alertstate=\"firing\"})", by: "alertname")
            vitals.brokenRules = try await brokenRules()
        } catch {
            switch error.kind {
            // It has no such interface (an agent says 503 for ever), or we may not use it: then there is nothing to compare.
            case .refused, .rejected, .malformed, .stranger, .starting: break
            case .unreachable, .lost, .secret: throw error
            }
        }
        return vitals
    }

    /// The values of an instant query by one label; series without it under the empty text.
    private func counts(_ expression: String, by label: String) async throws(PrometheusError) -> [String: Int] {
        let path = "/api/v1/query"
        let response = try await send("POST", path, form: [("query", expression)], limit: Limit.targets)
        var counts: [String: Int] = [:]
        for sample in try decode(VectorData.self, response, path).value.result {
            counts[sample.metric[label] ?? "", default: 0] += sample.count
        }
        return counts
    }

    /// Rules whose last evaluation failed, with what it said.
    private func brokenRules() async throws(PrometheusError) -> [String: String] {
        let answer = try await get(RuleHealthData.self, "/api/v1/rules?exclude_alerts=true", limit: Limit.rules)
        var broken: [String: String] = [:]
        for group in answer.groups {
            for rule in group.rules where rule.health == "err" {
                broken["\(group.file);\(group.name);\(rule.name)"] = Excerpt.of(Array((rule.lastError ?? "").utf8))
            }
        }
        return broken
    }
}

private struct VectorData: Decodable {
    struct Sample: Decodable {
        let metric: [String: String]
        let count: Int

        private enum Key: String, CodingKey { case metric, value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            metric = try container.decode([String: String].self, forKey: .metric)
            // A pair: the time, and the value as text.
            var pair = try container.nestedUnkeyedContainer(forKey: .value)
            _ = try pair.decode(Double.self)
            count = Double(try pair.decode(String.self)).flatMap { Int(counted: $0) } ?? 0
        }
    }

    let result: [Sample]
}

private struct RuleHealthData: Decodable {
    struct Group: Decodable {
        let name: String
        let file: String
        let rules: [Rule]
    }

    struct Rule: Decodable {
        let name: String
        let health: String?
        let lastError: String?
    }

    let groups: [Group]
}
