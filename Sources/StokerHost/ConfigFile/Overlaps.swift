import StokerCore

/// What two targets must not share: a folder, which both would think is theirs to write, and a process, whose
/// configuration both would judge. Also the names of environments. Each claim is compared with those before it.
final class Overlaps {
    private struct Folder {
        let key: String
        let path: String
        let mark: Node.Mark
        let owner: String
    }

    private let problems: ProblemList
    private var environments: [String: Int] = [:]
    private var folders: [Folder] = []
    private var urls: [String: (owner: String, line: Int)] = [:]

    /// Those of other hosts, by the Stoker that runs there.
    private var elsewhere: [String: Overlaps] = [:]

    init(_ problems: ProblemList) { self.problems = problems }

    /// Where the targets of an environment are: what lies on different hosts cannot overlap.
    func places(of remote: RemoteEnvironment?) -> Overlaps {
        guard let remote else { return self }
        let there = elsewhere[remote.url] ?? Overlaps(problems)
        elsewhere[remote.url] = there
        return there
    }

    func claim(environment name: Located<String>) {
        if let first = environments[name.value] {
            problems.add(name.mark, "environment \(quoted(name.value)) is already on line \(first)")
        } else {
            environments[name.value] = name.mark.line
        }
    }

    /// `deployTo` is cleaned. The releases of a linked target are a folder of its own, named or not.
    func claim(
        deployTo: Located<String>, releases: Located<String>?, _ layout: TargetConfiguration.Layout?, owner: String
    ) {
        claim(Folder(key: "deploy_to", path: deployTo.value, mark: deployTo.mark, owner: owner))
        guard layout == .linked else { return }
        claim(
            Folder(
                key: "releases_dir", path: releases?.value ?? deployTo.value + ".releases",
                mark: releases?.mark ?? deployTo.mark, owner: owner))
    }

    /// `url` is valid.
    func claim(url: Located<String>, owner: String) {
        guard let normalised = URLText(url.value)?.normalised else { return }
        if let first = urls[normalised] {
            problems.add(
                url.mark,
                "url \(quoted(url.value)) is also that of \(first.owner) on line \(first.line): two targets cannot share a process"
            )
        } else {
            urls[normalised] = (owner, url.mark.line)
        }
    }

    private func claim(_ new: Folder) {
        defer { folders.append(new) }
        guard
            let old = folders.first(where: {
                ConfigPath.contains($0.path, new.path) || ConfigPath.contains(new.path, $0.path)
            })
        else { return }
        let relation =
            if new.path == old.path { "is also" } else if ConfigPath.contains(old.path, new.path) { "lies in" } else {
                "holds"
            }
        let other = new.path == old.path ? "" : "\(quoted(old.path)), "
        problems.add(
            new.mark,
            "\(new.key) \(quoted(new.path)) \(relation) \(other)\(old.key) of \(old.owner) on line \(old.mark.line): each needs a folder of its own"
        )
    }
}
