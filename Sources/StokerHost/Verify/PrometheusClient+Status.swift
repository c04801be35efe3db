import FoundationEssentials
import HTTP
import StokerCore

/// What the process says of itself.
extension PrometheusClient {
    /// One cheap look: `/-/ready` and runtimeinfo. Never throws: bad news is the answer.
    public func look() async -> RuntimeLook {
        do throws(PrometheusError) {
            let response = try await send("GET", "/-/ready", limit: Limit.small)
            if response.status == 503 { return .starting(message: Excerpt.of(response.body)) }
            guard response.isSuccess else { throw refusal(response, "/-/ready") }
            return .up(try await runtimeInfo().facts)
        } catch {
            switch error.kind {
            case .unreachable, .lost: return .unreachable(message: error.message)
            case .starting: return .starting(message: error.message)
            case .refused, .rejected, .malformed, .secret: return .refused(message: error.message)
            }
        }
    }

    /// `/api/v1/status/runtimeinfo`.
    func runtimeInfo() async throws(PrometheusError) -> RuntimeInfo {
        try await get(RuntimeInfo.self, "/api/v1/status/runtimeinfo")
    }

    /// Since when the process runs that a new connection leads to.
    func startTime() async throws(PrometheusError) -> String {
        let path = "/api/v1/status/runtimeinfo"
        let response = try await send("GET", path, limit: Limit.small, isFresh: true)
        return try decode(RuntimeInfo.self, response, path).value.startTime
    }

    /// The version, as `2.42.0`, from `/api/v1/status/buildinfo`.
    public func version() async throws(PrometheusError) -> String {
        try await get(BuildInfo.self, "/api/v1/status/buildinfo").version
    }

    /// The flags that matter, with the working directory that relative ones start from.
    public func flags() async throws(PrometheusError) -> ProcessFlags {
        let flags = try await get([String: String].self, "/api/v1/status/flags")
        let directory = try await runtimeInfo().workingDirectory ?? ""
        return ProcessFlags(
            configFile: flags["config.file"] ?? "", webConfigFile: flags["web.config.file"] ?? "",
            routePrefix: flags["web.route-prefix"] ?? "/", lifecycleEnabled: flags["web.enable-lifecycle"] == "true",
            autoReload: flags["config.auto-reload"] == "true"
                || (flags["enable-feature"] ?? "").contains("auto-reload-config"),
            workingDirectory: directory)
    }

    /// The text of `/api/v1/status/config`.
    func config() async throws(PrometheusError) -> [UInt8] {
        Array(try await get(ConfigText.self, "/api/v1/status/config", limit: Limit.config).yaml.utf8)
    }

    /// The few lines of `/metrics` that we need.
    func reloadMetrics() async throws(PrometheusError) -> ReloadMetrics {
        let response = try await send("GET", "/metrics", limit: Limit.metrics)
        guard response.isSuccess else { throw refusal(response, "/metrics") }
        return ReloadMetrics(response.body)
    }
}

/// `data` of runtimeinfo.
struct RuntimeInfo: Decodable {
    let startTime: String
    let workingDirectory: String?
    let reloadConfigSuccess: Bool
    let lastConfigTime: String

    private enum CodingKeys: String, CodingKey {
        case startTime, reloadConfigSuccess, lastConfigTime
        case workingDirectory = "CWD"
    }

    var facts: RuntimeFacts {
        RuntimeFacts(startTime: startTime, lastConfigTime: lastConfigTime, reloadSucceeded: reloadConfigSuccess)
    }
}

private struct BuildInfo: Decodable { let version: String }
private struct ConfigText: Decodable { let yaml: String }
