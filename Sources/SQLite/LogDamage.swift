import Glibc

/// Looks for damage in a write-ahead log that SQLite would pass over in silence.
///
/// SQLite takes a log up to the first frame whose checksum is wrong and forgets the rest: right after a power cut, when
/// the rest is the one transaction that was being written and had not been promised to anybody. Every transaction is
/// synced before the next begins, so two transactions behind the first wrong frame mean that synced bytes have changed:
/// what they said would be lost without a word. The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
public struct LogDamage {
    private static let headerSize = 32
    private static let frameHeaderSize = 24

    /// What is wrong with the log at a path; nil where nothing is, or where there is no log. A log that is being written
    /// meanwhile is never called damaged.
    public static func found(in path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        // Where it cannot be opened, SQLite cannot either, and says so.
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var before: String?
        // A frame that is being written looks wrong for a moment; damage stays.
        for _ in 0..<3 {
            guard let damage = LogDamage(descriptor).look() else { return nil }
            if damage == before { return damage }
            before = damage
        }
        return nil
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    private func look() -> String? {
        guard let header = read(Self.headerSize, at: 0), header.contains(where: { $0 != 0 }) else { return nil }
        let magic = Self.number(header, 0)
        let pageSize = Int(Self.number(header, 8))
        guard magic & 0xffff_fffe == 0x377f_0682, pageSize >= 512, pageSize <= 65_536, pageSize & (pageSize - 1) == 0
        else { return "its header is wrong" }
        var sum = Checksum(isBigEndian: magic & 1 == 1)
        sum.add(header[..<24])
        guard sum.matches(header, at: 24) else { return "the checksum of its header is wrong" }
        let salts = header[16..<24]

        var place = Self.headerSize
        var wrong: Int?
        var lostTransactions = 0
        while true {
            guard let frame = read(Self.frameHeaderSize, at: place) else { break }
            if wrong == nil {
                guard let page = read(pageSize, at: place + Self.frameHeaderSize) else { break }
                sum.add(frame[..<8])
                sum.add(page[...])
                if frame[8..<16] != salts || !sum.matches(frame, at: 16) { wrong = place }
            }
            // The last frame of a transaction says how large the database is after it. Frames with other salts are of
            // earlier rounds of the log and are in the database.
            if wrong != nil, frame[8..<16] == salts, Self.number(frame, 4) != 0 { lostTransactions += 1 }
            place += Self.frameHeaderSize + pageSize
        }
        // A log that began anew meanwhile was read half old, half new.
        guard let wrong, lostTransactions > 1, read(Self.headerSize, at: 0) == header else { return nil }
        return
            "the bytes from \(wrong) on are not those that were written, and \(lostTransactions) entries are behind them"
    }

    private func read(_ count: Int, at place: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let taken = bytes[done...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, place + done)
            }
            if taken < 0 && errno == EINTR { continue }
            guard taken > 0 else { return nil }
            done += taken
        }
        return bytes
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The running checksum of a log: over its header, then over every frame.
    private struct Checksum {
        let isBigEndian: Bool
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        mutating func add(_ bytes: ArraySlice<UInt8>) {
            bytes.withUnsafeBytes { raw in
                for place in stride(from: 0, to: raw.count - 7, by: 8) {
                    let one = raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                    let two = raw.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    first = first &+ (isBigEndian ? UInt32(bigEndian: one) : UInt32(littleEndian: one)) &+ second
                    second = second &+ (isBigEndian ? UInt32(bigEndian: two) : UInt32(littleEndian: two)) &+ first
                }
            }
        }

        func matches(_ bytes: [UInt8], at place: Int) -> Bool {
            LogDamage.number(bytes, place) == first && LogDamage.number(bytes, place + 4) == second
        }
    }
}
