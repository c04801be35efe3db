import FoundationEssentials
import HTTP
import StokerCore

/// What the process says of itself.
extension PrometheusClient {
    /// One cheap look: readiness, and what tells the process. Never throws: bad news is the answer.
    public func look() async -> RuntimeLook {
        do throws(PrometheusError) {
            let response = try await send("GET", profile.readyPath, limit: Limit.small)
            if response.status == 503 { return .starting(message: Excerpt.of(response.body)) }
            guard response.isSuccess else { throw refusal(response, profile.readyPath) }
            switch profile.startTime {
            case .runtimeInfo: return .up(try await runtimeInfo().facts)
            case .metric: return .up(try await metricFacts())
            case .unknown:
                return .up(RuntimeFacts(startTime: Self.unknownStart, lastConfigTime: "", reloadSucceeded: true))
            }
        } catch {
            switch error.kind {
            case .unreachable, .lost: return .unreachable(message: error.message)
            case .starting: return .starting(message: error.message)
            case .refused, .rejected, .malformed, .stranger, .secret: return .refused(message: error.message)
            }
        }
    }

    /// The start time of a program that does not tell it: always the same process, as far as we can see.
    private static let unknownStart = "unknown"

    /// `/api/v1/status/runtimeinfo`.
    func runtimeInfo() async throws(PrometheusError) -> RuntimeInfo {
        try await get(RuntimeInfo.self, "/api/v1/status/runtimeinfo")
    }

    /// Since when the process runs that a new connection leads to.
    public func startTime() async throws(PrometheusError) -> String {
        switch profile.startTime {
        case .runtimeInfo:
            let path = "/api/v1/status/runtimeinfo"
            let response = try await send("GET", path, limit: Limit.small, isFresh: true)
            return try decode(RuntimeInfo.self, response, path).value.startTime
        case .metric: return try await metricFacts(isFresh: true).startTime
        case .unknown: return Self.unknownStart
        }
    }

    /// Since when the process runs, in seconds since 1970; nil where it does not tell.
    func processStart() async throws(PrometheusError) -> Double? {
        switch profile.startTime {
        case .runtimeInfo: try await reloadMetrics().processStart
        case .metric: Double(try await metricFacts().startTime)
        case .unknown: nil
        }
    }

    /// The version, as `2.42.0`, from `/api/v1/status/buildinfo` or the metrics.
    public func version() async throws(PrometheusError) -> String {
        if profile.kind == .prometheus { return try await get(BuildInfo.self, "/api/v1/status/buildinfo").version }
        if let version = try await metricsPage().version { return version }
        throw PrometheusError(.malformed, "\(address) does not say which version it is")
    }

    /// The flags that matter, with the working directory that relative ones start from.
    public func flags() async throws(PrometheusError) -> ProcessFlags {
        if profile.kind != .prometheus { return try await familyFlags() }
        let flags = try await get([String: String].self, "/api/v1/status/flags")
        let directory = try await runtimeInfo().workingDirectory ?? ""
        return ProcessFlags(
            configFile: flags["config.file"] ?? "", webConfigFile: flags["web.config.file"] ?? "",
            routePrefix: flags["web.route-prefix"] ?? "/", lifecycleEnabled: flags["web.enable-lifecycle"] == "true",
            autoReload: flags["config.auto-reload"] == "true"
                || (flags["enable-feature"] ?? "").contains("auto-reload-config"),
            workingDirectory: directory,
            isAgent: (flags["enable-feature"] ?? "").split(separator: ",").contains("agent") || flags["agent"] == "true"
        )
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
