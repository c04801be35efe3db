/// How long each content has run verified in one environment: what its downstreams' `soak` is measured by. Durations come
/// from the boot-time clock, so a clock that is set never shortens them; what nobody watched does not count.
public struct SoakLedger: Hashable, Codable, Sendable {
    /// A revision became the one that runs.
    public struct Taking: Hashable, Codable, Sendable {
        /// Which.
        public let revision: Revision
        /// For display.
        public let at: WallTime
        /// How long its content had run by then.
        public let soaked: Duration
        /// All it consists of.
        public init(revision: Revision, at: WallTime, soaked: Duration) {
            self.revision = revision
            self.at = at
            self.soaked = soaked
        }
    }

    /// One content.
    public struct Entry: Hashable, Codable, Sendable {
        /// Which.
        public let content: ContentID
        /// When it was verified, for display.
        public fileprivate(set) var verifiedAt: WallTime
        /// In intervals that are over.
        fileprivate(set) var soaked: Duration
        /// The revisions it ran under, newest first.
        public fileprivate(set) var takings: [Taking]
        /// Why its verification does not count any more.
        public fileprivate(set) var revoked: String?
        /// A person said so: only another verification makes up for it.
        fileprivate var isRevokedByPerson = false
        /// The attempt with which it went live once more: that time nobody knows yet how it does.
        fileprivate var doubtedBy: Int64?

        /// Why it does not count now; nil where it does.
        var objection: String? {
            revoked ?? (doubtedBy != nil ? "it went live there once more and was not verified since" : nil)
        }
    }

    /// The interval that is not over.
    private struct Running: Hashable, Codable {
        let content: ContentID
        let since: Instant
        var seen: Instant
    }

    /// More contents than this are forgotten, oldest first.
    public static let memory = 50
    /// More revisions of one content are forgotten.
    static let takings = 20

    /// Newest first.
    public private(set) var entries: [Entry] = []
    private var running: Running?

    /// Nothing has run yet.
    public init() {}

    /// The content whose time is running.
    public var runningContent: ContentID? { running?.content }

    /// It runs, and it is verified. To be called as often as one likes.
    /// - Parameter anew: it has just been verified by an attempt: that makes up for a person's word against it.
    public mutating func runs(_ goal: Goal, at now: Now, anew: Bool = false) {
        if !anew, entries.contains(where: { $0.content == goal.content && $0.isRevokedByPerson }) {
            return stop(at: now.instant)
        }
        if running?.content != goal.content {
            stop(at: now.instant)
            let index = entries.firstIndex { $0.content == goal.content }
            var entry =
                index.map { entries.remove(at: $0) }
                ?? Entry(content: goal.content, verifiedAt: now.wall, soaked: .zero, takings: [])
            if entry.revoked != nil {
                entry = Entry(content: goal.content, verifiedAt: now.wall, soaked: .zero, takings: [])
            }
            entry.doubtedBy = nil
            entries.insert(entry, at: 0)
            entries = Array(entries.prefix(Self.memory))
            running = Running(content: goal.content, since: now.instant, seen: now.instant)
        }
        guard let entry = entries.first, entry.takings.first?.revision != goal.revision else { return }
        let taking = Taking(revision: goal.revision, at: now.wall, soaked: soaked(entry, at: now.instant))
        entries[0].takings.removeAll { $0.revision == goal.revision }
        entries[0].takings.insert(taking, at: 0)
        entries[0].takings = Array(entries[0].takings.prefix(Self.takings))
    }

    /// It does not run any more, or nobody can say that it does.
    public mutating func stop(at now: Instant) {
        guard let running else { return }
        add(now - running.since, to: running.content)
        self.running = nil
    }

    /// Nobody watched since it was last seen: Stoker or the machine was down.
    public mutating func interrupt() {
        guard let running else { return }
        add(running.seen - running.since, to: running.content)
        self.running = nil
    }

    /// It is still there: what an interruption costs begins here.
    public mutating func sees(_ now: Instant) { running?.seen = now }

    /// When it was last seen running; nil where nothing runs.
    public var lastSeen: Instant? { running?.seen }

    /// It goes live once more: what is known of it counts again when that is verified, too. Otherwise what fails now would
    /// go on counting if Stoker dies before it can say so, or a newer revision comes before the verdict.
    /// - Parameter attempt: the one that makes it live.
    mutating func doubt(_ content: ContentID, by attempt: Int64, at now: Instant) {
        if running?.content == content { stop(at: now) }
        guard let index = entries.firstIndex(where: { $0.content == content }) else { return }
        if entries[index].doubtedBy == nil { entries[index].doubtedBy = attempt }
    }

    /// Nothing of it went live with this attempt after all.
    mutating func trustAgain(_ content: ContentID, doubtedBy attempt: Int64) {
        guard let index = entries.firstIndex(where: { $0.content == content }) else { return }
        if entries[index].doubtedBy == attempt { entries[index].doubtedBy = nil }
    }

    /// Its verification counts no more, and its time begins anew.
    public mutating func revoke(_ content: ContentID, because: String, byPerson: Bool) {
        if running?.content == content { running = nil }
        guard let index = entries.firstIndex(where: { $0.content == content }) else { return }
        if entries[index].isRevokedByPerson, !byPerson { return }
        entries[index].revoked = because
        entries[index].isRevokedByPerson = byPerson
        entries[index].soaked = .zero
    }

    /// How long a content has run verified; nil where it is not verified.
    public func soaked(_ content: ContentID, at now: Instant) -> Duration? {
        entries.first { $0.content == content && $0.objection == nil }.map { soaked($0, at: now) }
    }

    func soaked(_ entry: Entry, at now: Instant) -> Duration {
        guard let running, running.content == entry.content else { return entry.soaked }
        return entry.soaked + max(.zero, now - running.since)
    }

    private mutating func add(_ duration: Duration, to content: ContentID) {
        guard let index = entries.firstIndex(where: { $0.content == content }) else { return }
        entries[index].soaked += max(.zero, duration)
    }
}
