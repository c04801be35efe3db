/// When the clocks of one place change: what the system's file of an IANA zone says, as a value.
public struct ZoneRules: Hashable, Sendable {
    /// As in the configuration, such as `Europe/Berlin`.
    public let name: String
    /// Moments of change in seconds since 1970 UTC, rising; `offsets` has what holds from each on.
    private let moments: [Int64]
    private let offsets: [Int64]
    /// What holds before the first of them.
    private let first: Int64
    /// What holds after the last of them; nil: what that one says, for ever.
    private let footer: PosixZone?

    /// Greenwich, without summer.
    public static let utc = ZoneRules(name: "UTC", fixed: 0)

    /// A place whose clocks never change.
    public init(name: String, fixed offset: Int64) {
        self.name = name
        moments = []
        offsets = []
        first = offset
        footer = nil
    }

    /// A place by its rule alone, such as `CET-1CEST,M3.5.0,M10.5.0/3`; nil where that is none.
    public init?(name: String, posix: String) {
        guard let footer = PosixZone(posix) else { return nil }
        self.name = name
        moments = []
        offsets = []
        first = 0
        self.footer = footer
    }

    /// - Parameter file: the bytes of a TZif file of version 2 or later (RFC 9636).
    /// - Returns: nil where it is none, or is cut short.
    public init?(name: String, file: [UInt8]) {
        var reader = TZifReader(file)
        guard let old = reader.header(), old.version >= UInt8(ascii: "2"), reader.skip(old.size(timeSize: 4)),
            let counts = reader.header(), let block = reader.block(counts)
        else { return nil }
        guard zip(block.moments, block.moments.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        let text = reader.footer()
        guard let text, text.isEmpty || PosixZone(text) != nil else { return nil }
        self.name = name
        moments = block.moments
        offsets = block.offsets
        first = block.first
        footer = PosixZone(text)
    }

    /// Seconds east of Greenwich at a moment, in seconds since 1970 UTC.
    public func offset(at moment: Int64) -> Int64 {
        guard let last = moments.last else { return footer?.offset(at: moment) ?? first }
        if moment >= last { return footer?.offset(at: moment) ?? offsets[offsets.count - 1] }
        // The first moment that is later.
        var range = moments.startIndex..<moments.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if moments[middle] <= moment {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound == 0 ? first : offsets[range.lowerBound - 1]
    }

    /// The wall at a moment.
    public func local(_ moment: Int64) -> CivilTime { CivilTime(localSeconds: moment + offset(at: moment)) }

    /// The moments at which a wall shows this (seconds since 1970 on it), rising: none where the clocks leap over it, two
    /// where they go back over it.
    public func moments(local: Int64) -> [Int64] {
        // Offsets before and after any change are among those of a day around.
        var found: [Int64] = []
        for offset in Set([offset(at: local - 93_600), offset(at: local), offset(at: local + 93_600)]) {
            let moment = local - offset
            if self.offset(at: moment) == offset { found.append(moment) }
        }
        return found.sorted()
    }

    /// The changes of the clocks after a moment and until another, rising.
    public func changes(after start: Int64, until end: Int64) -> [Int64] {
        var found = moments.filter { $0 > start && $0 <= end }
        if let footer {
            let years = (CivilTime(localSeconds: start).year - 1)...(CivilTime(localSeconds: end).year + 1)
            for year in years {
                found += footer.changes(in: year).filter { $0 > max(start, moments.last ?? .min) && $0 <= end }
            }
        }
        return found.sorted()
    }
}

/// Reads the parts of a TZif file, one after the other.
private struct TZifReader {
    struct Counts {
        let version: UInt8
        let utIndicators: Int
        let standardIndicators: Int
        let leaps: Int
        let moments: Int
        let types: Int
        let characters: Int

        func size(timeSize: Int) -> Int {
            moments * timeSize + moments + types * 6 + characters + leaps * (timeSize + 4) + standardIndicators
                + utIndicators
        }
    }

    struct Block {
        let moments: [Int64]
        let offsets: [Int64]
        let first: Int64
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    mutating func header() -> Counts? {
        guard let magic = take(4), magic.elementsEqual("TZif".utf8), let version = take(1)?.first, skip(15) else {
            return nil
        }
        var counts: [Int] = []
        for _ in 0..<6 {
            guard let bytes = take(4) else { return nil }
            let count = Int(Self.number(bytes))
            // The largest of the world have some hundreds.
            guard count >= 0, count <= 100_000 else { return nil }
            counts.append(count)
        }
        guard counts[4] > 0 else { return nil }
        return Counts(
            version: version, utIndicators: counts[0], standardIndicators: counts[1], leaps: counts[2],
            moments: counts[3], types: counts[4], characters: counts[5])
    }

    mutating func block(_ counts: Counts) -> Block? {
        guard let times = take(counts.moments * 8), let kinds = take(counts.moments),
            let types = take(counts.types * 6),
            skip(counts.characters + counts.leaps * 12 + counts.standardIndicators + counts.utIndicators)
        else { return nil }
        func offset(_ type: Int) -> Int64? {
            guard type < counts.types else { return nil }
            let start = types.startIndex + type * 6
            let offset = Self.number(types[start..<start + 4])
            // More than a day would be nowhere on earth.
            return offset.magnitude <= 93_600 ? offset : nil
        }
        var moments: [Int64] = []
        var offsets: [Int64] = []
        for (index, kind) in kinds.enumerated() {
            let start = times.startIndex + index * 8
            guard let offset = offset(Int(kind)) else { return nil }
            moments.append(Self.number(times[start..<start + 8]))
            offsets.append(offset)
        }
        guard let first = offset(0) else { return nil }
        return Block(moments: moments, offsets: offsets, first: first)
    }

    /// The text between two line feeds; nil where there is none.
    mutating func footer() -> String? {
        guard rest.first == 0x0a, let end = rest.dropFirst().firstIndex(of: 0x0a) else { return nil }
        return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
    }

    /// Big-endian, two's complement.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        var value: Int64 = (bytes.first ?? 0) & 0x80 == 0 ? 0 : -1
        for byte in bytes { value = value << 8 | Int64(byte) }
        return value
    }
}
