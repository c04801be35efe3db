import StokerCore
import YAML

extension EnvironmentHost {
    /// The targets that changed discovery files list, by the jobs that read them.
    func discovered(
        _ tree: FileTree, _ before: Inventory, _ parsed: ParsedTarget, _ view: ProcessView
    ) -> [Expectation.LiveTargets] {
        let changed = tree.files.filter { path, entry in before.files[path]?.entry.blob != entry.blob }.keys
        if changed.isEmpty { return [] }
        var wanted: [String: Set<String>] = [:]
        let jobs = ([parsed.main].compactMap { $0 } + parsed.scrapeConfigs).flatMap {
            $0["scrape_configs"]?.items ?? $0.items ?? []
        }
        for job in jobs {
            // Relabelling may drop or rewrite targets; what is discovered is told by their labels before it.
            guard let name = job["job_name"]?.text, let entries = job["file_sd_configs"]?.items else { continue }
            let patterns = entries.flatMap { $0["files"]?.items ?? [] }.compactMap(\.text)
                .map { SeenPath.absolute($0, in: view.seenAt) }
            for path in changed where patterns.contains(where: { Glob.goGlob($0, finds: view.seen(path)) }) {
                guard let blob = tree[path]?.blob, let node = node(of: blob) else { continue }
                wanted[name, default: []].formUnion(Self.addresses(node))
            }
        }
        return wanted.sorted { $0.key < $1.key }.map { Expectation.LiveTargets(job: $0.key, addresses: $0.value) }
    }

    private static func addresses(_ file: Node) -> [String] {
        (file.items ?? []).flatMap { $0["targets"]?.items ?? [] }.compactMap(\.text)
    }

    /// A file's bytes, parsed; nil where they are gone or no YAML.
    func node(of blob: BlobID) -> Node? {
        do {
            return try YAML.parse(try files.blobs().bytes(of: blob, limit: Rollout.largestFile), merge: .writtenWins)
        } catch {
            return nil
        }
    }
}
