/// Whether every declared job has a scrape pool, and nothing failed in silence. Pools follow a reload by up to six
/// seconds; a job whose certificate cannot be read never gets one, although the reload said 200.
public enum Pools {
    /// One job as far as its pool is concerned.
    public struct Job: Hashable, Codable, Sendable {
        /// `job_name`.
        public let name: String
        /// It has static targets or no discovery at all: its pool appears by itself. Other jobs get theirs when their
        /// discovery first answers, which may be never.
        public let appearsByItself: Bool

        /// A job by name.
        public init(name: String, appearsByItself: Bool) {
            self.name = name
            self.appearsByItself = appearsByItself
        }
    }

    /// What came out.
    public struct Result: Hashable, Sendable {
        /// Jobs without a pool that should have one.
        public let missing: [String]
        /// What failed according to the counters; nil where nothing did.
        public let failed: String?
        /// For people; they never condemn.
        public let warnings: [String]
    }

    /// The jobs of a main file or of a scrape config file (both have `scrape_configs`).
    public static func jobs(in file: Node) -> [Job] {
        (file["scrape_configs"]?.items ?? []).compactMap { job in
            guard let name = job["job_name"]?.text else { return nil }
            let hasStatic = job["static_configs"].map { !MappingView.isZero($0) } ?? false
            let hasOther = MappingView(job).entries.contains { $0.key.hasSuffix("_sd_configs") }
            return Job(name: name, appearsByItself: hasStatic || !hasOther)
        }
    }

    /// Compares with what the process has now.
    /// - Parameters:
    ///   - pools: names of `/api/v1/scrape_pools`.
    ///   - counters: now.
    ///   - evidence: before the deploy; nil where there is none.
    ///   - sameProcess: the counters count from the same start.
    public static func compare(
        declared: [Job], pools: Set<String>, counters: FailureCounters, evidence: Evidence?, sameProcess: Bool
    ) -> Result {
        let before = evidence?.missingPools ?? []
        var missing: [String] = []
        var warnings: [String] = []
        for job in declared where !pools.contains(job.name) {
            if before.contains(job.name) {
                warnings.append("job \"\(job.name)\" has no scrape pool, as before the change")
            } else if !job.appearsByItself {
                warnings.append("job \"\(job.name)\" has no scrape pool yet: its discovery has not answered")
            } else {
                missing.append(job.name)
            }
        }
        // A job that failed before fails again at every reload and raises the counter: nothing can be read from it.
        let old = sameProcess ? evidence?.failures : nil
        var failed: [String] = []
        if before.isEmpty, risen(counters.scrapePools, over: old?.scrapePools) {
            failed.append(
                "the process could not create a scrape pool (prometheus_target_scrape_pools_failed_total rose)")
        }
        if risen(counters.discovery, over: old?.discovery) {
            failed.append("the process could not start a discovery (prometheus_sd_failed_configs rose)")
        }
        return Result(
            missing: missing, failed: failed.isEmpty ? nil : failed.joined(separator: "; "), warnings: warnings)
    }

    private static func risen(_ now: Double?, over before: Double?) -> Bool {
        guard let now, let before else { return false }
        return now > before
    }
}
