// Verify: what "verified" means. A file on disk proves nothing, an answer of 200 to a reload proves little: Prometheus
// applies half of a bad configuration, reloads a file whose inode is pinned by a bind mount, and drops jobs in silence.
// So before the deploy we read *evidence*, after the reload we *probe* (the process, its configuration, its rules, its
// scrape pools, the user's checks), and a *window* turns the sequence of probes into one verdict. Everything in this
// folder is pure: answers in, differences and verdicts out.

/// What a process says of itself at one look: the cheapest question there is, asked in every turn.
public enum RuntimeLook: Hashable, Sendable {
    /// No connection, or none that answers in time. The message names the address and the cause.
    case unreachable(message: String)
    /// The process is there and says 503: it starts, or replays its write-ahead log.
    case starting(message: String)
    /// Ready.
    case up(RuntimeFacts)
    /// It answers, but not to us: wrong credentials (401, 403), wrong path (404), broken web configuration (500).
    /// The message says what to do.
    case refused(message: String)
}

/// What a ready process says of itself. Times are exact texts: they are compared, never computed with.
public struct RuntimeFacts: Hashable, Codable, Sendable {
    /// `startTime` of `/api/v1/status/runtimeinfo`: another text is another process.
    public let startTime: String
    /// `lastConfigTime`, cut to whole seconds by Prometheus.
    public let lastConfigTime: String
    /// The gauge of the last reload.
    public let reloadSucceeded: Bool

    /// All three as the process wrote them.
    public init(startTime: String, lastConfigTime: String, reloadSucceeded: Bool) {
        self.startTime = startTime
        self.lastConfigTime = lastConfigTime
        self.reloadSucceeded = reloadSucceeded
    }
}
