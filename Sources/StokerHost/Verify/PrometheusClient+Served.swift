import FoundationEssentials
import HTTP
import StokerCore

/// What the process serves.
extension PrometheusClient {
    /// `/api/v1/rules`, without the alerts where the version can leave them out.
    func rules() async throws(PrometheusError) -> ServedRules {
        let answer = try await get(RulesData.self, "/api/v1/rules?exclude_alerts=true", limit: Limit.rules)
        return ServedRules(
            groups: answer.groups.map { group in
                ServedRules.Group(
                    file: group.file, name: group.name, intervalSeconds: group.interval, limit: group.limit,
                    rules: group.rules.map(\.served))
            })
    }

    /// The names of the scrape pools; before 2.42 those of the active targets.
    func scrapePools() async throws(PrometheusError) -> Set<String> {
        let path = "/api/v1/scrape_pools"
        let response = try await send("GET", path, limit: Limit.targets)
        if response.status == 404 {
            let active = try await get(TargetsData.self, "/api/v1/targets?state=active", limit: Limit.targets)
            return Set(active.activeTargets.compactMap(\.scrapePool))
        }
        return Set(try decode(PoolsData.self, response, path).value.scrapePools ?? [])
    }

    /// The addresses that a job discovered, also those that relabelling dropped.
    func discovered(job: String) async throws(PrometheusError) -> Set<String> {
        let path = "/api/v1/targets?scrapePool=\(FormText.escape(job))"
        let data = try await get(TargetsData.self, path, limit: Limit.targets)
        let active = data.activeTargets.filter { $0.scrapePool == job }
        let all = active.map(\.discoveredLabels) + (data.droppedTargets ?? []).map(\.discoveredLabels)
        return Set(all.compactMap { $0["__address__"] })
    }
}

private struct RulesData: Decodable {
    struct Group: Decodable {
        let name: String
        let file: String
        let interval: Double
        let limit: Int?
        let rules: [Rule]
    }

    struct Rule: Decodable {
        let type: String
        let name: String
        let query: String
        let labels: [String: String]?
        let annotations: [String: String]?
        let duration: Double?
        let keepFiringFor: Double?

        var served: ServedRules.Rule {
            ServedRules.Rule(
                isAlert: type == "alerting", name: name, query: query, labels: labels ?? [:],
                annotations: annotations ?? [:], forSeconds: duration ?? 0, keepFiringForSeconds: keepFiringFor)
        }
    }

    let groups: [Group]
}

private struct PoolsData: Decodable { let scrapePools: [String]? }

private struct TargetsData: Decodable {
    struct Target: Decodable {
        let discoveredLabels: [String: String]
        let scrapePool: String?
    }

    let activeTargets: [Target]
    let droppedTargets: [Target]?
}
