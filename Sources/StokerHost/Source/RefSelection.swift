import Git
import StokerCore

/// Which of the server's references are brought into the cache, under `refs/stoker/`, and what is to be said about those it has not.
struct RefSelection {
    private let refs: [GitRef]
    private let url: SourceURL
    private var problems: [GitRef: RefProblem] = [:]
    /// The fingerprint of the server's branches and tags, where a commit is looked for among them.
    private var searched: String?
    /// The tags that patterns lead to on the server.
    private var winners: [GitRef: String] = [:]

    init(_ refs: [GitRef], url: SourceURL) {
        self.refs = refs
        self.url = url
    }

    /// The name of a followed ref in the cache; nil for a commit, which has none, and for a pattern (see `FollowedTag`).
    static func local(_ ref: GitRef) -> String? {
        switch ref {
        case .branch(let name): "refs/stoker/heads/\(name)"
        case .tag(let name): "refs/stoker/tags/\(name)"
        case .tagPattern, .commit: nil
        }
    }

    /// The name of a followed ref on the server; nil for a commit, which has none.
    static func remote(_ ref: GitRef) -> String? {
        switch ref {
        case .branch(let name): "refs/heads/\(name)"
        case .tag(let name): "refs/tags/\(name)"
        case .tagPattern, .commit: nil
        }
    }

    /// A commit that is here never changes: only branches, tags and unknown commits are worth a connection.
    func needsServer(_ repository: Repository) throws(GitError) -> Bool {
        for ref in refs {
            guard case .commit(let id) = ref else { return true }
            if try !has(id, repository) { return true }
        }
        return false
    }

    /// Compares what the server has with what is here; the refspecs of what differs.
    mutating func refspecs(_ advertised: [RemoteReference], _ repository: Repository) throws(GitError) -> [String] {
        var byName: [String: RemoteReference] = [:]
        for reference in advertised { byName[reference.name] = reference }
        var specs: [String] = []
        var wantsAll = false
        for ref in refs {
            switch ref {
            case .commit(let id):
                if try !has(id, repository) { wantsAll = true }
            case .tagPattern(let pattern):
                specs += try refspecs(pattern, ref, byName, advertised, repository)
            case .branch, .tag:
                guard let local = Self.local(ref), let remote = Self.remote(ref) else { continue }
                guard let there = byName[remote] else {
                    problems[ref] = missing(ref, advertised)
                    try repository.removeReference(local)
                    continue
                }
                if try repository.target(of: local) != there.id { specs.append("+\(remote):\(local)") }
            }
        }
        if wantsAll { searched = RefFingerprint.of(advertised.map { ($0.name, $0.id) }) }
        // Servers need not hand out a commit by its name, so everything is brought and the commit looked up then.
        guard wantsAll, !advertised.isEmpty else { return specs }
        return ["+refs/heads/*:refs/stoker/heads/*", "+refs/tags/*:refs/stoker/tags/*"]
            + specs.filter { $0.contains(":" + FollowedTag.all) }
    }

    /// The one tag that a pattern leads to now. The one before stays until this one is here.
    private mutating func refspecs(
        _ pattern: String, _ ref: GitRef, _ byName: [String: RemoteReference], _ advertised: [RemoteReference],
        _ repository: Repository
    ) throws(GitError) -> [String] {
        let followed = FollowedTag(pattern)
        guard let followed, let tag = followed.winner(among: byName.keys) else {
            problems[ref] = missing(ref, advertised)
            try followed?.forgetOthers(than: nil, in: repository)
            return []
        }
        winners[ref] = tag
        let remote = "refs/tags/\(tag)"
        let local = followed.local(tag)
        return try repository.target(of: local) == byName[remote]?.id ? [] : ["+\(remote):\(local)"]
    }

    /// Where the followed refs are now.
    func found(_ repository: Repository) throws(GitError) -> [FetchReport.Ref] {
        var found: [FetchReport.Ref] = []
        for ref in refs { found.append(try find(ref, repository)) }
        try forgetWhatIsNoCommit(repository)
        return found
    }

    private func find(_ ref: GitRef, _ repository: Repository) throws(GitError) -> FetchReport.Ref {
        if let problem = problems[ref] { return .init(ref: ref, commit: nil, problem: problem) }
        if case .commit(let id) = ref {
            return try has(id, repository)
                ? .init(ref: ref, commit: id, problem: nil)
                : .init(
                    ref: ref, commit: nil,
                    problem: RefProblem("the commit \(id) is on no branch and no tag of \(url.shown)", check: "commit"),
                    searched: searched)
        }
        // Without a winner the server was not asked: what is here stays.
        if case .tagPattern(let pattern) = ref, let winner = winners[ref] {
            try FollowedTag(pattern)?.forgetOthers(than: winner, in: repository)
        }
        guard let (local, tag) = try Self.place(ref, repository), let target = try repository.target(of: local) else {
            return .init(ref: ref, commit: nil, problem: RefProblem("\(ref) was not found in \(url.shown)"))
        }
        do throws(GitError) {
            return .init(
                ref: ref, commit: CommitID(try repository.peel(target).description), problem: nil,
                target: target.description, tag: tag)
        } catch {
            if CacheDirectory.isDamage(error) { throw error }
            let problem =
                error.code == .limit ? "cannot be used: \(error.message)" : "does not lead to a commit"
            return .init(
                ref: ref, commit: nil, problem: RefProblem("\(ref) in \(url.shown) \(problem)"),
                target: target.description, tag: tag)
        }
    }

    /// A server may have tags of files. libgit2 does not fetch into a repository that has one: none of them stays.
    private func forgetWhatIsNoCommit(_ repository: Repository) throws(GitError) {
        for name in try repository.references(below: "refs/stoker/") {
            guard let id = try repository.target(of: name), try Self.commit(behind: id, in: repository) == nil else {
                continue
            }
            try repository.removeReference(name)
        }
    }

    /// Where an object leads to; nil where that is no commit, or more than is read of one.
    static func commit(behind id: ObjectID, in repository: Repository) throws(GitError) -> ObjectID? {
        do throws(GitError) {
            return try repository.peel(id)
        } catch {
            guard error.code == .limit || error.area == .object, !CacheDirectory.isDamage(error) else { throw error }
            return nil
        }
    }

    /// The name of a followed ref in the cache, and for a pattern the tag it stands for; nil where there is none.
    static func place(
        _ ref: GitRef, _ repository: Repository
    ) throws(GitError) -> (reference: String, tag: String?)? {
        if case .tagPattern(let pattern) = ref {
            return try FollowedTag(pattern)?.found(in: repository).map { ($0.reference, $0.tag) }
        }
        return local(ref).map { ($0, nil) }
    }

    private func has(_ id: CommitID, _ repository: Repository) throws(GitError) -> Bool {
        guard let object = ObjectID(id.rawValue) else { return false }
        return try repository.commit(object) != nil
    }

    private func missing(_ ref: GitRef, _ advertised: [RemoteReference]) -> RefProblem {
        Self.missing(
            ref, url, hasBranches: advertised.contains { $0.name.hasPrefix("refs/heads/") },
            head: advertised.first { $0.name == "HEAD" }?.symbolicTarget)
    }

    /// What is to be said about a ref that the server does not have.
    /// - Parameter head: the full name of the default branch, where the server tells it.
    static func missing(_ ref: GitRef, _ url: SourceURL, hasBranches: Bool, head: String?) -> RefProblem {
        let place = "the repository \(url.shown)"
        guard hasBranches else { return RefProblem("\(place) is empty: push a first commit to \(ref)") }
        switch ref {
        case .branch(let name):
            let hint = head.map { "; its default branch is \($0.dropFirst("refs/heads/".count))" } ?? ""
            return RefProblem("\(place) has no branch \(name)\(hint)", check: "branch")
        case .tag(let name): return RefProblem("\(place) has no tag \(name)", check: "tag")
        case .tagPattern(let pattern):
            return RefProblem(
                "\(place) has no tag that matches \(pattern) and is a version such as v1.2.3", check: "tag",
                or: "push such a tag")
        case .commit(let id): return RefProblem("\(place) has no commit \(id)", check: "commit")
        }
    }
}
