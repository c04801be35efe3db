import Digests
import StokerCore
import YAML

/// What would change, computed by the same functions as the deploy, without a lock and without writing: for `plan` and
/// `diff`, on the host against what is deployed, in CI against a base revision.
@HostActor
public final class Preview {
    /// One changed file of a target with both versions.
    public struct ChangedFile: Sendable {
        /// Whose file it is.
        public let target: Target.ID
        /// Relative to the environment.
        public let path: String
        /// What is deployed, or in the base revision; nil where there is none.
        public let old: (bytes: [UInt8], executable: Bool)?
        /// What is desired; nil where it is to be deleted.
        public let new: (bytes: [UInt8], executable: Bool)?
        /// The whole file is a secret, such as one named by `credentials_file`.
        public let isSecret: Bool
    }

    /// Everything about one environment.
    public struct Result: Sendable {
        /// What was looked at.
        public let goal: Goal
        /// What would change, in files and in meaning.
        public let plan: EnvironmentPlan
        /// Files that the revision changes here and that no upstream has run, by path; none where nothing is live here
        /// that could be compared.
        public let unexercised: [String]
        /// The changed files with their bytes.
        public let files: [ChangedFile]
        /// What the validators say against it.
        public let findings: [Finding]
        /// Why findings could not be had, where they could not.
        public let note: String?

        /// With what is to be said about the revision before everything else.
        public func with(_ objection: Failure?) -> Result {
            guard let objection else { return self }
            let isContent = objection.kind == .content
            let finding = Finding(file: "", message: "\(objection)")
            return Result(
                goal: goal, plan: plan, unexercised: unexercised, files: files,
                findings: (isContent ? [finding] : []) + findings,
                note: isContent ? note : objection.message)
        }
    }

    private let configuration: EnvironmentConfiguration
    private let feed: SourceFeed
    private let disk: any Disk
    private let journal: Journal?
    private let targets: [TargetHost]

    /// - Parameter journal: opened for reading; nil where Stoker never ran here.
    public init(
        _ configuration: EnvironmentConfiguration, feed: SourceFeed, journal: Journal?, disk: any Disk,
        http: HTTPAccessor, scratch: String, storage: String
    ) {
        self.configuration = configuration
        self.feed = feed
        self.journal = journal
        self.disk = disk
        targets = configuration.targets.map {
            TargetHost(
                TargetFiles($0, in: configuration.name, storage: storage, disk: disk), storage: storage,
                http: http.client, validateIn: scratch)
        }
    }

    /// - Parameter base: compare with this revision instead of with what is deployed.
    public func run(_ revision: Revision, base: Revision?, validating: Bool) async throws(Failure) -> Result {
        let snapshot = try snapshot(revision)
        let new = TargetTrees.trees(configuration, snapshot)
        // On the host the process says where it sees the files; in CI there is none to ask.
        if base == nil { for target in targets { _ = await target.knownFlags() } }
        let old = try await before(new, base)
        var plans: [EnvironmentPlan.TargetPlan] = []
        var files: [ChangedFile] = []
        for target in targets {
            let (before, isBaseline) = old[target.id] ?? (Inventory(), false)
            let after = new[target.id] ?? FileTree()
            let plan = Plan.make(
                inventory: isBaseline ? FileTree() : before.tree, desired: after,
                baseline: isBaseline ? before.tree : FileTree())
            let changed = try changedFiles(target, plan, before, after)
            files += changed
            plans.append(
                EnvironmentPlan.TargetPlan(
                    target: target.id, folder: target.configuration.path, plan: plan,
                    meaning: meaning(target, plan, changed)))
        }
        let (findings, note) = validating ? await findings(snapshot, new, old) : ([], nil)
        return Result(
            goal: Goal(revision: revision, content: snapshot.content), plan: EnvironmentPlan(targets: plans),
            unexercised: try unexercised(from: base, to: revision), files: files, findings: findings, note: note)
    }

    /// By commits, as the gates count it: what somebody changed on the host is nothing that an upstream could run.
    private func unexercised(from base: Revision?, to revision: Revision) throws(Failure) -> [String] {
        if configuration.after.names.isEmpty { return [] }
        var old = base
        do throws(Journal.Problem) {
            if old == nil { old = try journal?.record(of: configuration.name)?.live?.revision }
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        guard let old else { return [] }
        return Gatekeeper.unexercised(
            feed.unexercised(configuration, from: old, to: revision), by: configuration.after.names)
    }

    private func snapshot(_ revision: Revision) throws(Failure) -> Snapshot {
        do throws(SourceFailure) { return try feed.snapshot(configuration, revision) } catch { throw error.failure }
    }

    /// The deployed files of each target; before the first deploy what stands at the desired paths.
    private func before(
        _ new: [Target.ID: FileTree], _ base: Revision?
    ) async throws(Failure) -> [Target.ID: (Inventory, isBaseline: Bool)] {
        var found: [Target.ID: (Inventory, isBaseline: Bool)] = [:]
        if let base {
            for (id, tree) in TargetTrees.trees(configuration, try snapshot(base)) {
                found[id] = (Inventory(tree.files.mapValues { Inventory.File(entry: $0, stamp: .never) }), false)
            }
            return found
        }
        for target in targets {
            let inventory: Inventory
            do throws(Journal.Problem) {
                inventory = try journal?.inventory(of: target.id, in: configuration.name) ?? Inventory()
            } catch {
                throw Failure(.journalFailed, .environmental, error.message)
            }
            do throws(DiskError) {
                if inventory.files.isEmpty {
                    found[target.id] = (
                        try Rollout.baseline(target.place, desired: new[target.id] ?? FileTree(), disk: disk), true
                    )
                } else {
                    found[target.id] = (try Rollout.observed(target.place, inventory: inventory, disk: disk), false)
                }
            } catch {
                throw Failure(.deployFailed, .environmental, "\(target.id): \(error)")
            }
        }
        return found
    }

    private func changedFiles(
        _ target: TargetHost, _ plan: Plan, _ before: Inventory, _ after: FileTree
    ) throws(Failure) -> [ChangedFile] {
        let chain = chain(target, before)
        let secrets = secretPaths(target, after, chain)
        var files: [ChangedFile] = []
        for change in plan.changes {
            do throws(BlobUnavailable) {
                files.append(
                    ChangedFile(
                        target: target.id, path: RelativePath.join(target.configuration.path, change.path),
                        old: try Self.side(change.before, chain), new: try Self.side(change.after, chain),
                        isSecret: secrets.contains(change.path)))
            } catch {
                throw Failure(.deployFailed, .environmental, "\(change.path): \(error.message)")
            }
        }
        return files
    }

    private static func side(
        _ entry: FileEntry?, _ chain: BlobChain
    ) throws(BlobUnavailable) -> (bytes: [UInt8], executable: Bool)? {
        guard let entry else { return nil }
        return (try chain.bytes(of: entry.blob, limit: Rollout.largestFile), entry.executable)
    }

    /// Files that the configuration names as secrets: passwords, tokens, keys.
    private func secretPaths(_ target: TargetHost, _ tree: FileTree, _ chain: BlobChain) -> Set<String> {
        guard let main = target.configuration.configFile, let entry = tree[main] else { return [] }
        do {
            let node = try YAML.parse(try chain.bytes(of: entry.blob, limit: Rollout.largestFile))
            let view = target.view(nil)
            let references = ConfigReferences(of: node, file: main, view: view).of(.secret)
            return Set(tree.files.keys.filter { path in references.contains { $0.matches(view.seen(path)) } })
        } catch {
            return []
        }
    }

    /// A file's bytes with its secrets masked, line by line.
    public nonisolated static func masked(_ bytes: [UInt8], isSecret: Bool) -> [UInt8] {
        if isSecret { return SecretMask.concealed(bytes) }
        do {
            return SecretMask.masked(bytes, document: try YAML.parse(bytes))
        } catch {
            return SecretMask.masked(bytes, document: nil)
        }
    }

    private func meaning(_ target: TargetHost, _ plan: Plan, _ files: [ChangedFile]) -> [MeaningChange] {
        var old: [String: Node] = [:]
        var new: [String: Node] = [:]
        for (change, file) in zip(plan.changes, files) {
            if let side = file.old, let node = Self.parse(side.bytes) { old[change.path] = node }
            if let side = file.new, let node = Self.parse(side.bytes) { new[change.path] = node }
        }
        let main = target.configuration.configFile
        return Meaning.diff(
            Meaning(of: old, configFile: main, kind: target.configuration.kind),
            Meaning(of: new, configFile: main, kind: target.configuration.kind))
    }

    private static func parse(_ bytes: [UInt8]) -> Node? {
        do { return try YAML.parse(bytes, merge: .writtenWins) } catch { return nil }
    }

    private func chain(_ target: TargetHost, _ inventory: Inventory) -> BlobChain {
        BlobChain(
            first: feed.blobs, disk: disk, places: [target.files.keeps(inventory)],
            digest: { BlobID(Digest.gitBlobID(of: $0)) })
    }

    /// What the validator says; without a validator on this machine only that.
    private func findings(
        _ snapshot: Snapshot, _ new: [Target.ID: FileTree], _ old: [Target.ID: (Inventory, isBaseline: Bool)]
    ) async -> ([Finding], String?) {
        var findings: [Finding] = []
        var note: String?
        for target in targets {
            let inventory = old[target.id]?.0 ?? Inventory()
            let chain = chain(target, inventory)
            let request = ValidationRequest.make(
                target, in: configuration, files: new[target.id] ?? FileTree(),
                previous: inventory.files.isEmpty ? nil : inventory.tree, snapshot: snapshot,
                runsRuleTests: target.id == configuration.testedTarget)
            if let misfit = target.misfit(new[target.id] ?? FileTree()) {
                findings.append(misfit)
                continue
            }
            switch await target.validator.validate(request, blobs: chain) {
            case .accepted: continue
            case .rejected(_, let found, _): findings += found
            // In CI the host's files are elsewhere: only the host can say that one is missing.
            case .missingFiles(let found): note = found.first.map { "\($0)" }
            case .environmental(let failure): note = failure.message
            }
        }
        return (findings, note)
    }
}
