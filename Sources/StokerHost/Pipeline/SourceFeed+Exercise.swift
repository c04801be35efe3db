import Git
import StokerCore

// What the upstreams have tried of a change before it comes here. Soak and `unexercised` trust that an upstream which has
// verified a revision has run what the revision changes; that is so for a file
//  - of which the upstream has the same bytes at the revision, or has none and had one once, where it is deleted here,
//  - or which every commit on the way to the revision that changed it here changed there as well, with what came of it still
//    there.
// A file of which that cannot be told counts as one that nobody tried.
extension SourceFeed {
    /// For each upstream the files that change here between two revisions and that it has not exercised, sorted; absent where it
    /// has exercised all.
    func unexercised(
        _ environment: EnvironmentConfiguration, from old: Revision, to new: Revision
    ) -> [EnvironmentName: [String]] {
        let upstreams = upstreams(of: environment)
        guard !upstreams.isEmpty, let after = files(of: environment, at: new) else { return [:] }
        let before = files(of: environment, at: old)
        if before?.content == after.content { return [:] }
        let paths = Set(after.tree.files.keys).union(before?.tree.files.keys ?? [:].keys)
        let changed = paths.filter { before?.tree[$0] != after.tree[$0] }
        var open: [EnvironmentName: Set<String>] = [:]
        var others: [SharedChanges.Other] = []
        for upstream in upstreams {
            let there = files(of: upstream, at: new)?.tree
            let different = there.map { self.different(changed, after.tree, $0, upstream, new) } ?? changed
            open[upstream.name] = different
            guard let there, !different.isEmpty else { continue }
            others.append(
                SharedChanges.Other(
                    name: upstream.name, layers: layers(of: upstream), newest: there, asked: different))
        }
        let shared = sharedChanges(others, environment, from: old, to: new)
        return open.compactMapValues { $0.isEmpty ? nil : $0 }.reduce(into: [:]) { result, item in
            let left = item.value.subtracting(shared[item.key] ?? [])
            if !left.isEmpty { result[item.key] = left.sorted() }
        }
    }

    /// Of files that change here those that are not the same in an upstream. One that is on neither side is the same only if it
    /// was there before: else nobody has tried to be without it.
    private func different(
        _ changed: Set<String>, _ here: FileTree, _ there: FileTree, _ upstream: EnvironmentConfiguration,
        _ revision: Revision
    ) -> Set<String> {
        let absent = changed.filter { here[$0] == nil && there[$0] == nil }
        let different = changed.filter { here[$0] != there[$0] }
        if absent.isEmpty { return different }
        do throws(SourceFailure) {
            let removed = try reader.reading { (repository) throws(GitError) in
                try SharedChanges.removed(
                    absent, from: layers(of: upstream), at: revision.commit, limit: Self.horizon, repository)
            }
            return different.union(absent.subtracting(removed))
        } catch {
            return different.union(absent)
        }
    }

    private func sharedChanges(
        _ others: [SharedChanges.Other], _ environment: EnvironmentConfiguration, from old: Revision, to new: Revision
    ) -> [EnvironmentName: Set<String>] {
        if others.isEmpty { return [:] }
        let changes = SharedChanges(
            layers: layers(of: environment), newest: new.commit, old: old.commit, limit: Self.horizon)
        do throws(SourceFailure) {
            return try reader.reading { (repository) throws(GitError) in try changes.run(others, repository) }
        } catch {
            // As where what runs is not in the repository any more.
            return [:]
        }
    }

    /// Where the files of an environment come from.
    func layers(of environment: EnvironmentConfiguration) -> Layers {
        let globs = Self.globs(environment.exclude)
        return Layers(paths: environment.layers) { path in globs.contains { $0.matches(path) } }
    }
}
