import Foundation

/// What the process serves, asked without the code under test.
extension PrometheusProcess {
    /// `GET` of any path.
    public func get(_ path: String) throws -> LoopbackHTTP.Response {
        try LoopbackHTTP.request(port: port, path: path, headers: options.headers)
    }

    /// `GET` of an API path, its `data`.
    public func api(_ path: String) throws -> JSON {
        let response = try get(path)
        guard response.status == 200 else {
            throw TestFailure("GET \(path) of port \(port): \(response.status) \(response.body.prefix(300))")
        }
        return try JSON(parsing: response.body)["data"]
    }

    /// The text of `/api/v1/status/config`.
    public func statusConfig() throws -> String { try api("/api/v1/status/config")["yaml"].string ?? "" }

    /// Names of all rules served, by file name without its folder, sorted.
    public func rules() throws -> [String: [String]] {
        var rules: [String: [String]] = [:]
        for group in try api("/api/v1/rules")["groups"].array {
            let file = ((group["file"].string ?? "") as NSString).lastPathComponent
            rules[file, default: []] += group["rules"].array.compactMap(\.["name"].string)
        }
        return rules.mapValues { $0.sorted() }
    }

    /// All rule names, sorted.
    public func ruleNames() throws -> [String] { try rules().values.flatMap { $0 }.sorted() }

    /// Jobs that have a scrape pool, sorted.
    public func jobs() throws -> [String] {
        try api("/api/v1/scrape_pools")["scrapePools"].array.compactMap(\.string).sorted()
    }

    /// Addresses of active targets as `job address`, sorted.
    public func targets() throws -> [String] {
        try api("/api/v1/targets?state=active")["activeTargets"].array.map {
            "\($0["labels"]["job"].string ?? "?") \($0["labels"]["instance"].string ?? "?")"
        }.sorted()
    }

    /// Everything a test compares to see that nothing changed: it differs after any reload or restart.
    public func served() throws -> Served {
        Served(
            config: try statusConfig(), rules: try rules(), jobs: try jobs(), lastReload: try lastReload(),
            startTime: try startTime())
    }

    /// What `served` answers.
    public struct Served: Hashable, Sendable {
        /// `/api/v1/status/config`.
        public var config: String
        /// Rule names by file.
        public var rules: [String: [String]]
        /// Scrape pools.
        public var jobs: [String]
        /// When a configuration was last loaded.
        public var lastReload: String
        /// When the process started.
        public var startTime: String
    }

    /// The text of a sample in `/metrics` by its exact name (with labels); nil where there is none.
    public func metric(_ name: String) throws -> String? {
        for line in try get("/metrics").body.split(separator: "\n")
        where line.hasPrefix("\(name) ") {
            return String(line.dropFirst(name.count + 1))
        }
        return nil
    }

    /// The sum over all label sets of a metric.
    public func metricSum(_ name: String) throws -> Double {
        try get("/metrics").body.split(separator: "\n")
            .filter { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    /// When it last loaded a configuration, as it prints it.
    public func lastReload() throws -> String {
        try metric("prometheus_config_last_reload_success_timestamp_seconds") ?? "none"
    }

    /// When it started, as it prints it.
    public func startTime() throws -> String { try api("/api/v1/status/runtimeinfo")["startTime"].string ?? "none" }

    /// The values of an instant query.
    public func query(_ expression: String) throws -> [JSON] {
        let allowed = CharacterSet.alphanumerics
        let text = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? expression
        return try api("/api/v1/query?query=\(text)")["result"].array
    }
}
