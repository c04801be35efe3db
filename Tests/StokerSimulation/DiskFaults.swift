import StokerCore

/// What a simulated disk refuses, and when. A value: the same seed and the same calls give the same faults, and the world
/// may turn each kind on and off at any time.
public struct DiskFaults: Sendable {
    /// Which of the calls that a fault concerns are hit.
    public enum Trigger: Hashable, Sendable {
        case never
        case always
        /// Each with this probability, 0 to 1.
        case chance(Double)
        /// Only the nth from now on, counted from 1.
        case nth(Int)
        /// The nth from now on, counted from 1, and all after it.
        case from(Int)
    }

    /// What a call asks of the disk; a fault concerns some of these.
    struct Needs: OptionSet {
        let rawValue: UInt8
        /// Changes something: fails on a read-only file system.
        static let change = Needs(rawValue: 1)
        /// Is judged by permissions: changes names or opens a file.
        static let access = Needs(rawValue: 2)
        /// Needs a descriptor.
        static let descriptor = Needs(rawValue: 4)
        /// May be interrupted by a signal.
        static let wait = Needs(rawValue: 8)
    }

    /// ENOSPC for what needs space: new names (also by a rename, unless in the same folder and not longer) and writes that
    /// grow a file. Removing, replacing a name and overwriting bytes always work.
    public var noSpace = Trigger.never
    /// EIO for `sync`, which loses the unsynced writes of the file for good, and `syncDirectory`, which does not.
    public var io = Trigger.never
    /// EINTR, before anything is done: create, open, write, truncate, sync, syncDirectory.
    public var interrupted = Trigger.never
    /// A write takes fewer bytes than it could, at least one.
    public var shortWrites = Trigger.never
    /// EACCES for calls that change names or open a file.
    public var accessDenied = Trigger.never
    /// EROFS for every changing call.
    public var readOnly = Trigger.never
    /// EMFILE for every call that opens something.
    public var tooManyOpenFiles = Trigger.never
    /// A lying disk: every sync says yes and does nothing. Tests of durability must fail on it.
    public var dropsSilently = false

    /// How many calls met a fault.
    public private(set) var met = 0
    private var random: SeededGenerator

    /// No faults yet.
    public init(seed: UInt64 = 0) { random = SeededGenerator(seed: seed) }

    /// Turns all faults off; the seeded sequence goes on.
    public mutating func clear() { self = DiskFaults(continuing: random, met: met) }

    private init(continuing random: SeededGenerator, met: Int) {
        self.random = random
        self.met = met
    }

    /// What the call fails with, space aside.
    mutating func strike(_ needs: Needs) -> DiskError.Code? {
        let code = struck(needs)
        if code != nil { met += 1 }
        return code
    }

    private mutating func struck(_ needs: Needs) -> DiskError.Code? {
        if needs.contains(.change), Self.strikes(&readOnly, &random) { return .readOnly }
        if needs.contains(.access), Self.strikes(&accessDenied, &random) { return .accessDenied }
        if needs.contains(.descriptor), Self.strikes(&tooManyOpenFiles, &random) { return .tooManyOpenFiles }
        if needs.contains(.wait), Self.strikes(&interrupted, &random) { return .interrupted }
        return nil
    }

    mutating func strikesSpace() -> Bool {
        let strikes = Self.strikes(&noSpace, &random)
        if strikes { met += 1 }
        return strikes
    }

    mutating func strikesSync() -> Bool {
        let strikes = Self.strikes(&io, &random)
        if strikes { met += 1 }
        return strikes
    }

    /// How many of `count` bytes a write takes.
    mutating func taken(of count: Int) -> Int {
        guard count > 1, Self.strikes(&shortWrites, &random) else { return count }
        met += 1
        return Int.random(in: 1..<count, using: &random)
    }

    private static func strikes(_ trigger: inout Trigger, _ random: inout SeededGenerator) -> Bool {
        switch trigger {
        case .never: return false
        case .always: return true
        case .chance(let probability): return Double(random.next() >> 11) * 0x1p-53 < probability
        case .nth(let number):
            trigger = number > 1 ? .nth(number - 1) : .never
            return number == 1
        case .from(let number):
            trigger = number > 1 ? .from(number - 1) : .always
            return number <= 1
        }
    }
}
