import Git
import StokerCore

/// What was judged, of which object, and when. The walk of one environment's history never drives out what another one
/// needs: what goes first is what the fewest recent passes have asked about.
struct SignatureMemory {
    /// A verdict, and when it was made.
    struct Judged: Sendable {
        let verdict: SignatureVerdict
        let at: Instant
    }

    private struct Entry {
        let dates: SignatureSubject.Dates
        var believed: Judged?
        var doubted: Judged?
        /// The last pass that asked about it.
        var pass: Int
    }

    /// How long a good verdict is good for: a key may come to its end without any file having changed.
    static let lifetime = Duration.seconds(3600)

    private var entries: [ObjectID: Entry] = [:]
    private var passes = 0

    /// A pass begins; what it asks about stays longest.
    mutating func beginPass() -> Int {
        passes += 1
        return passes
    }

    /// What an object says about when it was made; nil where it was never read.
    func dates(of id: ObjectID) -> SignatureSubject.Dates? { entries[id]?.dates }

    /// The verdict about an object whose date is believed or not; nil where it is to be judged (again).
    mutating func verdict(of id: ObjectID, backdated: Bool, pass: Int, now: Instant) -> Judged? {
        entries[id]?.pass = pass
        guard let judged = backdated ? entries[id]?.doubted : entries[id]?.believed else { return nil }
        switch judged.verdict {
        case .good: return now - judged.at < Self.lifetime ? judged : nil
        case .refused: return judged
        case .unknown: return nil
        }
    }

    /// Remembers a verdict; one that says nothing is asked for again.
    mutating func remember(
        _ judged: Judged, of id: ObjectID, _ dates: SignatureSubject.Dates, backdated: Bool, pass: Int
    ) {
        if case .unknown = judged.verdict { return }
        var entry = entries[id] ?? Entry(dates: dates, pass: pass)
        entry.pass = pass
        if backdated { entry.doubted = judged } else { entry.believed = judged }
        entries[id] = entry
    }

    /// Keeps at most so many objects, those of the latest passes.
    mutating func trim(to most: Int) {
        guard entries.count > most else { return }
        let latest = entries.sorted { $0.value.pass > $1.value.pass }.prefix(most)
        entries = Dictionary(uniqueKeysWithValues: latest.map { ($0.key, $0.value) })
    }
}
