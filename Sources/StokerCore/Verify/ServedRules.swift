/// What `/api/v1/rules` answers, as far as it is compared.
public struct ServedRules: Hashable, Sendable {
    /// One group.
    public struct Group: Hashable, Sendable {
        /// The file as the process sees it; relative where its main file was given so.
        public let file: String
        /// Unique in its file.
        public let name: String
        /// How often it is evaluated, in seconds.
        public let intervalSeconds: Double
        /// Nil where the version does not tell.
        public let limit: Int?
        /// In the order of evaluation.
        public let rules: [Rule]

        /// A group as served.
        public init(file: String, name: String, intervalSeconds: Double, limit: Int?, rules: [Rule]) {
            self.file = file
            self.name = name
            self.intervalSeconds = intervalSeconds
            self.limit = limit
            self.rules = rules
        }
    }

    /// One rule.
    public struct Rule: Hashable, Sendable {
        /// False for a recording rule.
        public let isAlert: Bool
        /// The alert or the recorded series.
        public let name: String
        /// PromQL as the process prints it.
        public let query: String
        /// Those of the rule, and of its group where the version merges them.
        public let labels: [String: String]
        /// Templates as written; empty for recording rules.
        public let annotations: [String: String]
        /// `for`; 0 for recording rules.
        public let forSeconds: Double
        /// Nil where the version does not tell.
        public let keepFiringForSeconds: Double?

        /// A rule as served.
        public init(
            isAlert: Bool, name: String, query: String, labels: [String: String], annotations: [String: String],
            forSeconds: Double, keepFiringForSeconds: Double?
        ) {
            self.isAlert = isAlert
            self.name = name
            self.query = query
            self.labels = labels
            self.annotations = annotations
            self.forSeconds = forSeconds
            self.keepFiringForSeconds = keepFiringForSeconds
        }
    }

    /// In the order of the answer.
    public let groups: [Group]
    /// Groups in the order of the answer.
    public init(groups: [Group]) { self.groups = groups }
}
