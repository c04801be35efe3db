/// One of the user's checks: a question, which answer is the good one, and how patient we are.
public struct CheckConfiguration: Hashable, Sendable {
    /// `nonEmpty`: at least one series or sample must come back; `empty`: none may. No answer is neither.
    public enum PassWhen: String, Hashable, Sendable, CaseIterable { case nonEmpty = "non_empty", empty }

    /// Another Prometheus than the environment's own: a change can remove the very scrape that a check reads.
    public struct Endpoint: Hashable, Sendable {
        /// Base URL without a trailing slash.
        public var url: String
        /// Credentials, TLS and proxy for it.
        public var http: HTTPAccess

        /// One server that answers.
        public init(url: String, http: HTTPAccess = HTTPAccess()) {
            self.url = url
            self.http = http
        }
    }

    /// What is asked.
    public enum Question: Hashable, Sendable {
        /// PromQL, an instant query; of the environment's first target where no endpoint is given.
        case query(String, PassWhen, Endpoint?)
        /// A page that must answer with one of these statuses, with a body that holds the text where one is given.
        case http(Endpoint, statuses: [Int], body: String?)
        /// A program that exits 0 for good and 1 for bad; anything else, a signal or a time-out says nothing.
        case command([String], timeout: Duration)
    }

    /// What is asked; expressions are not parsed.
    public var question: Question
    /// How often in a row it must fail before it condemns.
    public var failures: Int
    /// Between two times it is asked; nil: at each look.
    public var interval: Duration?
    /// For how long after settling it must hold; nil: as long as the environment's window.
    public var forDuration: Duration?

    /// One check; the defaults are stoker.yml's.
    public init(
        _ question: Question, failures: Int = 2, interval: Duration? = nil, forDuration: Duration? = nil
    ) {
        self.question = question
        self.failures = failures
        self.interval = interval
        self.forDuration = forDuration
    }

    /// A query of the environment's first target.
    public init(expr: String, passWhen: PassWhen) { self.init(.query(expr, passWhen, nil)) }

    /// What it is called in messages. An address is shown without what authenticates.
    public var name: String {
        switch question {
        case .query(let expression, _, _): expression
        case .http(let endpoint, _, _): "GET " + (endpoint.url.split(separator: "?").first.map(String.init) ?? "")
        case .command(let words, _): words.first ?? ""
        }
    }
}
