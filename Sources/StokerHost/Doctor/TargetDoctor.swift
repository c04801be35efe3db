import Glibc
import StokerCore

/// The examination of one target: what is known of it, and what was found so far.
@HostActor
final class TargetDoctor {
    let host: TargetHost
    let environment: EnvironmentConfiguration
    let disk: any Disk
    let scratch: String
    let storage: String
    /// What was deployed, by the journal.
    var known = Inventory()
    private(set) var checks: [DoctorCheck] = []

    // What the process says, asked once.
    private(set) var look = RuntimeLook.unreachable(message: "not asked yet")
    private(set) var flags: ProcessFlags?
    private(set) var sight = Sight(pid: nil, container: nil)
    /// The process of this host that answers at `url`, as far as that can be known.
    var pid: pid_t?

    var configuration: TargetConfiguration { host.configuration }
    var place: DeployPlace { host.place }
    var view: ProcessView { host.view(flags) }

    init(
        _ host: TargetHost, in environment: EnvironmentConfiguration, disk: any Disk, scratch: String, storage: String
    ) {
        self.host = host
        self.environment = environment
        self.disk = disk
        self.scratch = scratch
        self.storage = storage
    }

    func add(_ name: String, _ verdict: DoctorCheck.Verdict, _ message: String) {
        checks.append(DoctorCheck(name: name, verdict: verdict, message: message))
    }

    /// In the order of a deployment: who is there, can files be written, does the process see and read them, can it be
    /// told, can it be asked.
    func examine() async {
        look = await host.prover.look()
        flags = await host.knownFlags()
        if isThere { await host.learnVersion() }
        sight = await host.sight()
        await checkAddress()
        await checkProcess()
        checkFolder()
        checkStaging()
        checkSpace()
        checkPath()
        checkMounts()
        checkPermissions()
        checkAutoReload()
        await checkReload()
        await checkValidator()
        await checkReadBack()
    }

    /// Whether the process can be asked more.
    var isThere: Bool {
        switch look {
        case .up, .starting: true
        case .unreachable, .refused: false
        }
    }

    /// Why something about the process cannot be known now; nil where it can.
    var silence: String? {
        switch look {
        case .up: nil
        case .unreachable: "cannot be told while the process does not answer: start it and ask again"
        case .starting: "cannot be told while the process is starting: ask again when it is ready"
        case .refused: "cannot be told as long as the process does not answer to us, see `process`"
        }
    }

    /// The files that a deployment would write, as far as they are known without git: what was deployed, else the main
    /// file.
    var paths: [String] {
        if !known.files.isEmpty { return known.files.keys.sorted() }
        return [configuration.configFile ?? Self.anyFile]
    }

    /// Stands for the files of a folder of rules of which none is known yet.
    private static let anyFile = "rules.yml"

    /// The files as they are on disk.
    func present() throws(DiskError) -> Inventory {
        if !known.files.isEmpty { return try Rollout.observed(place, inventory: known, disk: disk) }
        return try Rollout.baseline(place, desired: Self.tree(paths), disk: disk)
    }

    /// A tree in which every file differs from whatever is there.
    static func tree(_ paths: [String]) -> FileTree {
        let none = BlobID(String(repeating: "0", count: 40))
        return FileTree(
            Dictionary(paths.map { ($0, FileEntry(blob: none, executable: false)) }) { first, _ in first })
    }
}

/// Bytes are nowhere but on this host: git is not asked.
final class NoBlobs: Blobs {
    func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        throw BlobUnavailable(blob: blob, message: "it changed while it was read")
    }
}
