import StokerCore

/// A process that reads its files from the simulated disk. What a configuration does to it is written in its main file,
/// as its first word, so that a test reads like what happened.
public struct SimulatedPrometheus: Sendable {
    /// What a main file may make of the process.
    public enum Deed: String, Sendable, CaseIterable {
        /// Loads, runs, passes the checks.
        case good
        /// The validator refuses it.
        case invalid
        /// Loads and runs, and fails the checks.
        case harmful
        /// Passes the validator, and the process answers 500 and keeps the old configuration.
        case refused
        /// Passes the validator; 500, and half of it is applied: the rules are new, the rest is old.
        case halved
        /// The process dies of it, and again at each start.
        case kills
        /// 200, and nothing of it is served.
        case ignored
    }

    /// How the way to the process is broken.
    public enum Trouble: Sendable, CaseIterable {
        case none
        /// The lifecycle API is closed.
        case closed
        /// No answer; the reload is carried out a while later.
        case hangs
        /// No answer, and nothing happens.
        case swallows
        /// The connection breaks after the reload was carried out.
        case resets
        /// One more reload is carried out, then the lifecycle API closes.
        case closesAfterOne
    }

    /// Where its files are.
    public let place: DeployPlace
    /// Answers at all.
    public private(set) var isUp = false
    /// 503 while it replays its log; it reads its files at the end of that.
    public private(set) var isStarting = false
    /// How the way to it is broken.
    public var trouble = Trouble.none
    /// What it serves: blobs by path. Nil while it is down.
    public private(set) var serves: [String: BlobID]?
    private var main = ""
    private var starts = 0
    private var reloads = 0
    private var lastReloadSucceeded = true
    private var reloadIsPending = false

    /// Down, until it is started.
    public init(place: DeployPlace) { self.place = place }

    /// What it says of itself; nil where it does not answer or is not ready.
    public var facts: RuntimeFacts? {
        guard isUp, !isStarting else { return nil }
        return RuntimeFacts(
            startTime: "start \(starts)", lastConfigTime: "config \(reloads)", reloadSucceeded: lastReloadSucceeded)
    }

    /// The configuration it runs makes the checks fail.
    public var isHarmed: Bool { Self.deed(main) == .harmful }

    /// It is killed.
    public mutating func die() {
        isUp = false
        isStarting = false
        serves = nil
        reloadIsPending = false
    }

    /// A supervisor starts it: it reads what is on disk now.
    public mutating func start(_ disk: SimulatedDisk) {
        die()
        guard let files = disk.asBystander({ Self.read(place, disk) }), let text = files.main else { return }
        switch Self.deed(text) {
        case nil, .invalid, .refused, .halved, .kills, .ignored: return
        case .good, .harmful: break
        }
        isUp = true
        starts += 1
        reloads += 1
        lastReloadSucceeded = true
        main = text
        serves = files.blobs
    }

    /// A supervisor starts it, and it replays its log until `start`.
    public mutating func beginStart() {
        die()
        isUp = true
        isStarting = true
    }

    /// `POST /-/reload`.
    public mutating func reload(_ disk: SimulatedDisk) -> ReloadResult {
        guard isUp else { return .down }
        if isStarting { return .refused(Failure(.reloadFailed, .environmental, "503: starting")) }
        switch trouble {
        case .closed: return .refused(Failure(.reloadFailed, .environmental, "403: the lifecycle API is closed"))
        case .swallows: return .unknown("no answer in time")
        case .hangs:
            reloadIsPending = true
            return .unknown("no answer in time")
        case .resets:
            _ = apply(disk)
            return .unknown("the connection was reset")
        case .closesAfterOne:
            trouble = .closed
            return apply(disk)
        case .none: return apply(disk)
        }
    }

    /// Time goes by: what hung is carried out.
    public mutating func breathe(_ disk: SimulatedDisk) {
        guard reloadIsPending, isUp else { return }
        reloadIsPending = false
        _ = apply(disk)
    }

    private mutating func apply(_ disk: SimulatedDisk) -> ReloadResult {
        // Its troubles are its own.
        let files = disk.asBystander { Self.read(place, disk) }
        guard let files, let text = files.main, let deed = Self.deed(text) else { return fail() }
        switch deed {
        case .invalid, .refused: return fail()
        case .halved:
            // The rules are replaced, the rest stays.
            let old = serves?[place.configFile ?? ""]
            serves = files.blobs
            serves?[place.configFile ?? ""] = old
            return fail()
        case .kills:
            die()
            return .unknown("the connection was reset")
        case .ignored:
            reloads += 1
            lastReloadSucceeded = true
            return .accepted(answered: true)
        case .good, .harmful:
            reloads += 1
            lastReloadSucceeded = true
            main = text
            serves = files.blobs
            return .accepted(answered: true)
        }
    }

    private mutating func fail() -> ReloadResult {
        lastReloadSucceeded = false
        return .refused(Failure(.reloadFailed, .content, "500: one or more errors occurred"))
    }

    /// What a main file does, which is its first word; nil where it is no text of ours, torn for example.
    public static func deed(_ text: String) -> Deed? {
        // The last line is there: it was not cut.
        guard text.hasSuffix("# end\n"), let word = text.split(separator: " ", maxSplits: 1).first else { return nil }
        return Deed(rawValue: String(word))
    }

    /// All files it finds, as it finds them, and the text of the main one; nil where it finds no main file.
    static func read(_ place: DeployPlace, _ disk: SimulatedDisk) -> (blobs: [String: BlobID], main: String?)? {
        do {
            let bytes = try disk.read(place.live(place.configFile ?? ""), limit: 1 << 20)
            return (files(place, disk), String(decoding: bytes, as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// Blobs by path: through the link, neighbours included, names beginning with a dot not.
    static func files(_ place: DeployPlace, _ disk: SimulatedDisk) -> [String: BlobID] {
        var found: [String: BlobID] = [:]
        // Where nothing is, nothing is found.
        do {
            switch place.layout {
            case .singleFile:
                if try disk.status(place.root) != nil { found[place.configFile ?? ""] = try disk.blobID(place.root) }
            case .inPlace: try collect(place.root, "", disk, &found)
            case .linked:
                let above = place.root.split(separator: "/").dropLast().map { "/" + $0 }.joined()
                try collect(above + "/" + disk.readLink(place.root), "", disk, &found)
            }
        } catch {
            return found
        }
        return found
    }

    private static func collect(
        _ folder: String, _ prefix: String, _ disk: SimulatedDisk, _ found: inout [String: BlobID]
    ) throws {
        for name in try disk.list(folder, limit: 10_000) where !name.hasPrefix(".") {
            guard let status = try disk.status(folder + "/" + name) else { continue }
            switch status.kind {
            case .directory: try collect(folder + "/" + name, prefix + name + "/", disk, &found)
            case .regular: found[prefix + name] = try disk.blobID(folder + "/" + name)
            case .link, .other: continue
            }
        }
    }
}
