import Testing

/// What a daemon holds.
struct Usage: Sendable {
    var descriptors: Int
    var residentKiB: Int
    /// Names below the storage directory.
    var files = 0
    /// Their bytes.
    var kibibytes = 0

    /// First, largest and last of each.
    static func words(_ samples: [Usage]) -> String {
        func line(_ name: String, _ value: (Usage) -> Int) -> String {
            let values = samples.map(value)
            return "\(name) \(values.first ?? 0) first, \(values.max() ?? 0) most, \(values.last ?? 0) last"
        }
        return [
            line("descriptors", \.descriptors), line("resident KiB", \.residentKiB), line("files", \.files),
            line("storage KiB", \.kibibytes),
        ].joined(separator: "; ")
    }

    /// The last third holds no more than the first third, apart from what has a bound: the journal keeps 500 attempts, the
    /// cache of git is compacted from time to time.
    static func requireFlat(_ samples: [Usage]) throws {
        let third = max(1, samples.count / 3)
        let early = samples.prefix(third)
        let late = samples.suffix(third)
        func most(_ part: ArraySlice<Usage>, _ value: (Usage) -> Int) -> Int { part.map(value).max() ?? 0 }
        try #require(most(late, \.descriptors) <= most(early, \.descriptors) + 2, "descriptors grow")
        try #require(most(late, \.residentKiB) <= most(early, \.residentKiB) + 8 * 1024, "memory grows")
        try #require(most(late, \.files) <= 400, "files grow")
        try #require(most(late, \.kibibytes) <= 24 * 1024, "the storage directory grows")
    }
}
