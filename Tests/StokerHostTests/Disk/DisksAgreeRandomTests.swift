import StokerCore
import StokerHost
import StokerSimulation
import Testing

/// Every call of the port, with arguments by chance, on the real and on the simulated disk: the same answers, the same
/// errors, and the same tree every few steps. A seed that fails replays its script.
@Suite struct DisksAgreeRandomTests {
    /// Hundreds of calls for each seed; with `followsLinks`, the disks know no root and write through links.
    @Test(arguments: Array(1...16) as [UInt64]) func randomScript(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var script = try Script(seed: seed, base: folder.path, followsLinks: seed % 3 == 0)
        for _ in 0..<500 { try script.step() }
        try script.end()
        // Scripts that only fail, or never do, would say nothing.
        #expect(script.done > 40, "seed \(seed)")
        #expect(script.failed.count > 5, "seed \(seed): \(script.failed)")
    }

    /// Over all seeds, each kind of error that the core tells apart occurs.
    @Test func everyErrorOccurs() throws {
        var seen: Set<DiskError.Code> = []
        for seed in 101...112 as ClosedRange<UInt64> {
            let folder = try TemporaryFolder()
            var script = try Script(seed: seed, base: folder.path, followsLinks: seed % 2 == 0)
            for _ in 0..<300 { try script.step() }
            try script.end()
            seen.formUnion(script.failed.keys)
        }
        let wanted: Set<DiskError.Code> = [
            .notFound, .exists, .notEmpty, .isDirectory, .notDirectory, .linkLoop, .invalid, .notPermitted, .tooLarge,
        ]
        #expect(seen.isSuperset(of: wanted), "missing: \(wanted.subtracting(seen))")
    }
}

/// What a call said, in a form that can be compared.
private enum Answer: Hashable {
    case text(String)
    case failed(DiskError.Code)
}

/// One script on two disks.
private struct Script {
    let base: String
    let seed: UInt64
    let real: RealDisk
    let simulated: SimulatedDisk
    var random: SeededGenerator
    var open: [(real: DiskHandle, simulated: DiskHandle)] = []
    var history: [String] = []
    var done = 0
    var failed: [DiskError.Code: Int] = [:]

    /// Below a root no link is followed by a write; otherwise no link may lead upwards, or a script would write outside
    /// its folder.
    private let followsLinks: Bool
    /// Syncs are slow, and say little here: some scripts have none.
    private var syncs: Bool { seed % 4 == 0 }

    init(seed: UInt64, base folder: String, followsLinks: Bool) throws {
        self.seed = seed
        self.followsLinks = followsLinks
        base = folder + "/base"
        random = SeededGenerator(seed: seed)
        real = RealDisk(roots: followsLinks ? [] : [base])
        simulated = SimulatedDisk()
        simulated.roots = followsLinks ? [] : [base]
        simulated.largestWrite = 1 << 20
        try simulated.makeDirectory("/tmp", permissions: 0o755)
        try simulated.makeDirectory(folder, permissions: 0o700)
        for disk in [real, simulated] as [any Disk] { try disk.makeDirectory(base, permissions: 0o700) }
    }

    mutating func step() throws {
        let (one, other, limit) = (path(), path(), Int.random(in: 0...6, using: &random))
        let bits = [0o600, 0o640, 0o644, 0o755, 0o700].randomElement(using: &random) ?? 0o600
        switch Int.random(in: 0..<32, using: &random) {
        case 0...3: try openFile("create \(one)") { disk in try disk.create(one, permissions: UInt16(bits)) }
        case 4...5: try openFile("open \(one)") { disk in try disk.openExisting(one) }
        case 6...9: try makeDirectory(one, UInt16(bits))
        case 10...12: try compare("rename \(one) to \(other)") { try $0.rename(one, to: other) }
        case 13...14: try compare("link \(one) to \(other)") { try $0.link(one, to: other) }
        case 15...16:
            let text = linkText()
            try compare("symlink \(text) at \(one)") { try $0.symlink(text, at: one) }
        case 17: try compare("unlink \(one)") { try $0.unlink(one) }
        case 18: try compare("rmdir \(one)") { try $0.removeDirectory(one) }
        case 19 where syncs: try compare("sync folder \(one)") { try $0.syncDirectory(one) }
        case 20...21: try list(one, limit)
        case 22: try compare("readlink \(one)") { try $0.readLink(one) }
        case 23: try compare("read \(one) \(limit)") { "\(try $0.read(one, limit: limit * 10))" }
        case 24: try compare("blob \(one)") { try $0.blobID(one).rawValue }
        case 25: try compare("lstat \(one)") { "\(String(describing: try $0.status(one)?.kind))" }
        default: try useHandle(model: one, size: limit * 7, bits: UInt16(bits))
        }
    }

    mutating func end() throws {
        try compareTrees()
        for handles in open { close(handles) }
        open = []
    }

    // MARK: arguments

    private mutating func path() -> String {
        var path = base
        for _ in 0...Int.random(in: 0...2, using: &random) { path += "/" + name() }
        return path
    }

    private mutating func name() -> String {
        ["a", "b", "c", "a-name-that-is-longer-than-a-small-string"].randomElement(using: &random) ?? "a"
    }

    private mutating func linkText() -> String {
        let downwards = [name(), name() + "/" + name(), base + "/" + name(), ".", "./" + name(), "none/there"]
        let upwards = followsLinks ? [] : ["../" + name(), ".."]
        return (downwards + upwards).randomElement(using: &random) ?? "a"
    }

    // MARK: calls

    /// The real `mkdir` also sets the owner; both are compared by the tree.
    private mutating func makeDirectory(_ path: String, _ bits: UInt16) throws {
        try compare("mkdir \(path)") { try $0.makeDirectory(path, permissions: bits) }
    }

    /// The port says that no call follows a link in the last component; who lists through one is not compared.
    private mutating func list(_ path: String, _ limit: Int) throws {
        if case .text("link") = try answer({ "\(try real.status(path)?.kind ?? .other)" }) { return }
        try compare("list \(path) \(limit)") { "\(try $0.list(path, limit: limit))" }
    }

    private mutating func openFile(_ label: String, _ call: (any Disk) throws -> DiskHandle) throws {
        if open.count > 3 { close(open.removeFirst()) }
        var handles: [DiskHandle] = []
        try compare(label) { disk in handles.append(try call(disk)) }
        if handles.count == 2 { open.append((handles[0], handles[1])) }
    }

    private func close(_ handles: (real: DiskHandle, simulated: DiskHandle)) {
        real.close(handles.real)
        simulated.close(handles.simulated)
    }

    private mutating func useHandle(model: String, size: Int, bits: UInt16) throws {
        guard let handles = open.randomElement(using: &random) else { return }
        func handle(_ disk: any Disk) -> DiskHandle { disk is RealDisk ? handles.real : handles.simulated }
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: 0x61 + $0 + Int(seed)) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0...1 where size > 0: try compare("write \(size)") { "\(try $0.write(handle($0), bytes[...]))" }
        case 2: try compare("truncate \(size)") { try $0.truncate(handle($0), size: Int64(size)) }
        case 3 where syncs: try compare("fsync") { try $0.sync(handle($0)) }
        case 4: try compare("chmod \(bits)") { try $0.setPermissions(handle($0), bits) }
        default: try compare("copy access of \(model)") { try $0.copyAccess(from: model, to: handle($0)) }
        }
    }

    // MARK: comparing

    private mutating func compare(_ label: String, _ call: (any Disk) throws -> Void) throws {
        try compare(label) { disk in
            try call(disk)
            return ""
        }
    }

    private mutating func compare(_ label: String, _ call: (any Disk) throws -> String) throws {
        history.append(label)
        let onReal = try answer { try call(real) }
        let onSimulated = try answer { try call(simulated) }
        switch onReal {
        case .text: done += 1
        case .failed(let code): failed[code, default: 0] += 1
        }
        let last = history.suffix(12).joined(separator: "\n")
        try #require(onReal == onSimulated, "seed \(seed), step \(history.count), after:\n\(last)")
        if history.count % 4 == 0 { try compareTrees() }
    }

    private func compareTrees() throws {
        let last = history.suffix(12).joined(separator: "\n")
        let (one, other) = (try tree(real, base), try tree(simulated, base))
        try #require(one == other, "seed \(seed), step \(history.count), after:\n\(last)")
    }

    private func answer(_ call: () throws -> String) throws -> Answer {
        do { return .text(try call()) } catch let error as DiskError { return .failed(error.code) }
    }

    private func tree(_ disk: any Disk, _ folder: String) throws -> [String: String] {
        var seen: [String: String] = [:]
        for name in try disk.list(folder, limit: 1000) {
            let path = folder + "/" + name
            guard let status = try disk.status(path) else { continue }
            switch status.kind {
            case .directory:
                seen[path] = "folder \(status.permissions)"
                seen.merge(try tree(disk, path)) { $1 }
            case .link: seen[path] = "\(status.links) links to \(try disk.readLink(path))"
            case .regular:
                let bytes = try disk.read(path, limit: 1000)
                seen[path] = "\(status.permissions) \(status.links) \(status.stamp.size) \(bytes)"
            case .other: seen[path] = "other"
            }
        }
        return seen
    }
}
