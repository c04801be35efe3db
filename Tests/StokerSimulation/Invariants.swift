// One checker for the simulator and for the real binary: it knows nothing of either, only what a bystander can see.

/// What a bystander sees of one target: the files below `deploy_to` as the process finds them, and what it serves.
public struct TargetSight: Sendable {
    /// Whose files they are.
    public var target: String
    /// How they become live.
    public var layout: Layout
    /// Text by path, through the link of `linked`; neighbours included, our own staging names not.
    public var files: [String: String]
    /// Managed paths that are rewritten through their inode, and may be torn while nobody has repaired them.
    public var rewritten: Set<String>
    /// Neighbours that nobody may touch, with their text.
    public var foreign: [String: String]
    /// The name of the content that the process serves; nil: it is down, or serves a mixture.
    public var served: String?

    /// The three promises of design.md, section 1.2.
    public enum Layout: String, Sendable, CaseIterable {
        case inPlace = "in_place"
        case linked
        case singleFile = "single_file"
    }

    /// All it consists of.
    public init(
        target: String, layout: Layout, files: [String: String], rewritten: Set<String> = [],
        foreign: [String: String] = [:], served: String?
    ) {
        self.target = target
        self.layout = layout
        self.files = files
        self.rewritten = rewritten
        self.foreign = foreign
        self.served = served
    }
}

/// What a bystander knows of one environment.
public struct WorldSight: Sendable {
    /// How far things have come.
    public enum Moment: Sendable {
        /// Stoker is at work, or dead in the middle of it.
        case anytime
        /// `stoker recover` or a start's first step has ended well.
        case repaired
        /// Nothing is left to do.
        case atRest
    }

    /// How far things have come.
    public var moment: Moment
    /// Every content that may legitimately be live, by name: for each target its managed files. The baseline is one.
    public var contents: [String: [String: [String: String]]]
    /// Its targets.
    public var targets: [TargetSight]
    /// The newest content of the source; nil: unknown or not usable.
    public var desired: String?
    /// What can be gone back to: what the status says is verified, else what was there before Stoker; nil where neither is.
    public var verified: String?
    /// Contents that the memory holds as rejected.
    public var rejected: Set<String>
    /// Contents that have an attempt in the history, and what was there before the first.
    public var explained: Set<String>
    /// `status`: synced, and the last outcome is verified.
    public var saysInSync: Bool
    /// Files that a further plan would change; nil: not asked.
    public var plannedChanges: Int?

    /// All it consists of.
    public init(
        moment: Moment, contents: [String: [String: [String: String]]], targets: [TargetSight], desired: String? = nil,
        verified: String? = nil, rejected: Set<String> = [], explained: Set<String> = [], saysInSync: Bool = false,
        plannedChanges: Int? = nil
    ) {
        self.moment = moment
        self.contents = contents
        self.targets = targets
        self.desired = desired
        self.verified = verified
        self.rejected = rejected
        self.explained = explained
        self.saysInSync = saysInSync
        self.plannedChanges = plannedChanges
    }
}

/// The invariants of design.md, section 9.
public enum Invariants {
    /// What is broken, in words; empty where all holds.
    public static func violations(_ world: WorldSight) -> [String] {
        var broken: [String] = []
        for target in world.targets {
            broken += neighbours(target)
            broken += tree(target, world)
        }
        if world.moment == .atRest { broken += atRest(world) }
        return broken
    }

    /// The contents that are live in a target as a whole: exactly their files, and none of another content's.
    public static func live(_ target: TargetSight, _ world: WorldSight) -> Set<String> {
        let managed = managedPaths(target, world)
        let files = target.files.filter { managed.contains($0.key) }
        return Set(world.contents.filter { ($0.value[target.target] ?? [:]) == files }.keys)
    }

    private static func managedPaths(_ target: TargetSight, _ world: WorldSight) -> Set<String> {
        Set(world.contents.values.flatMap { ($0[target.target] ?? [:]).keys })
    }

    private static func neighbours(_ target: TargetSight) -> [String] {
        target.foreign.sorted { $0.key < $1.key }.compactMap { path, text in
            target.files[path] == text ? nil : "\(target.target): \(path), which is not ours, was touched"
        }
    }

    private static func tree(_ target: TargetSight, _ world: WorldSight) -> [String] {
        let whole = !live(target, world).isEmpty
        switch (world.moment, target.layout) {
        case (.repaired, _), (.atRest, _), (.anytime, .linked):
            return whole ? [] : ["\(target.target): the live tree is a mixture: \(describe(target, world))"]
        case (.anytime, .inPlace), (.anytime, .singleFile):
            return tornFiles(target, world)
        }
    }

    /// A file that is replaced by rename is that of one content or another, or not there in one of them.
    private static func tornFiles(_ target: TargetSight, _ world: WorldSight) -> [String] {
        managedPaths(target, world).subtracting(target.rewritten).sorted().compactMap { path in
            if target.layout == .singleFile { return nil }
            let allowed = world.contents.values.map { ($0[target.target] ?? [:])[path] }
            return allowed.contains(target.files[path]) ? nil : "\(target.target): \(path) is torn"
        }
    }

    private static func atRest(_ world: WorldSight) -> [String] {
        var broken: [String] = []
        var everywhere = Set(world.contents.keys)
        for target in world.targets { everywhere.formIntersection(live(target, world)) }
        if everywhere.isEmpty, world.verified != nil { broken.append("the targets have different contents") }
        let each = world.targets.map { live($0, world) }
        if each.contains(where: { $0.isDisjoint(with: world.explained) }) {
            broken.append("no attempt of the history explains \(everywhere.sorted())")
        }
        if world.saysInSync, !everywhere.contains(world.desired ?? "") || world.verified != world.desired {
            broken.append("status says in sync, but live is \(everywhere.sorted()), verified \(world.verified ?? "-")")
        }
        if let planned = world.plannedChanges, planned > 0, world.saysInSync {
            broken.append("a second turn plans \(planned) changes")
        }
        // Without anything to go back to, what was deployed stays, whatever became of it.
        guard let verified = world.verified else { return broken }
        for target in world.targets where target.served.map({ !everywhere.contains($0) }) ?? true {
            broken.append("\(target.target) serves \(target.served ?? "nothing whole"), live is \(everywhere.sorted())")
        }
        if !everywhere.contains(verified), !everywhere.contains(world.desired ?? "") {
            broken.append("live is \(everywhere.sorted()), neither desired (\(world.desired ?? "-")) nor \(verified)")
        }
        if !everywhere.contains(verified), everywhere.isSubset(of: world.rejected) {
            broken.append("rejected content is live: \(everywhere.sorted())")
        }
        return broken
    }

    private static func describe(_ target: TargetSight, _ world: WorldSight) -> String {
        managedPaths(target, world).sorted().map { path in
            let text = target.files[path]
            let owners = world.contents.filter { ($0.value[target.target] ?? [:])[path] == text }.keys.sorted()
            return "\(path): \(text == nil ? "absent" : owners.isEmpty ? "unknown bytes" : "as in") \(owners)"
        }.joined(separator: ", ")
    }
}
