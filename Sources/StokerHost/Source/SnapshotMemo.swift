import Git
import StokerCore

/// Snapshots that were made (or refused), by what they were made of: as long as the layers' trees are the same, nothing is walked.
///
/// A link may lead out of the layers; every look-up made while following links is remembered with the snapshot and made again when the rest of
/// the repository has changed.
struct SnapshotMemo {
    /// What a snapshot depends on, links aside.
    struct Key: Hashable {
        let layers: [LayerTree]
        let exclude: [String]
    }

    private struct Entry {
        let made: Result<Snapshot, SourceInvalid>
        var root: ObjectID
        let lookups: [String: TreeEntry?]
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// What was made for a key, unless a link of it leads elsewhere now.
    mutating func find(_ key: Key, using reading: inout TreeReading) throws(GitError) -> Result<
        Snapshot, SourceInvalid
    >? {
        guard var entry = entries[key] else { return nil }
        if entry.root != reading.root {
            for (path, before) in entry.lookups {
                guard try reading.entry(path) == before else { return nil }
            }
            entry.root = reading.root
        }
        uses += 1
        entry.lastUse = uses
        entries[key] = entry
        return entry.made
    }

    /// Keeps what was made; the one not used for the longest time goes.
    mutating func remember(_ made: Result<Snapshot, SourceInvalid>, for key: Key, _ reading: TreeReading) {
        uses += 1
        entries[key] = Entry(made: made, root: reading.root, lookups: reading.lookups, lastUse: uses)
        while entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
    }
}
