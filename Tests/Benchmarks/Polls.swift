import Foundation
import StokerCore
import StokerHost
import TestSupport

/// A poll without news over http and over ssh, beside `git ls-remote` of the same repository on the same machine: user and
/// system time of the process and its children, the server's not counted.
enum Polls {
    private static let batches = 9
    /// Short work is measured in batches: the clocks tick in microseconds, children's times in more.
    private static let batch = 20

    static func run() async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-bench")
        let deferred = Deferred()
        deferred.add { directory.remove() }
        do {
            let repository = try await GitRepository(in: directory.path)
            try await repository.push(["production/prometheus.yml": "global: {}\n"])
            try await overHTTP(repository, directory, deferred)
            try await overSSH(repository, directory, deferred)
        } catch {
            deferred.runAll()
            throw error
        }
        deferred.runAll()
    }

    private static func overHTTP(
        _ repository: GitRepository, _ directory: TemporaryDirectory, _ deferred: Deferred
    ) async throws {
        let server = try await GitHTTPServer(root: directory.path, directory: directory("http"))
        deferred.add { server.stop() }
        let url = server.url("monitoring.git")
        try await measure(
            "http", url, [], ["git", "ls-remote", url, "refs/heads/main"], directory, aim: "0.1")
    }

    private static func overSSH(
        _ repository: GitRepository, _ directory: TemporaryDirectory, _ deferred: Deferred
    ) async throws {
        let server = try await SSHServer(directory: directory("ssh"))
        deferred.add { server.stop() }
        let key = try await server.key()
        let url = server.url(repository.bare)
        let ssh =
            "ssh -F none -i \(key) -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=\(server.knownHosts)"
        try await measure(
            "ssh", url, ["ssh: { key_file: \(key), known_hosts_file: \(server.knownHosts) }"],
            ["env", "GIT_SSH_COMMAND=\(ssh)", "git", "ls-remote", url, "refs/heads/main"], directory, aim: "1")
    }

    private static func measure(
        _ name: String, _ url: String, _ source: [String], _ git: [String], _ directory: TemporaryDirectory, aim: String
    ) async throws {
        var file = StokerFile(
            sourceURL: url,
            environments: [
                .init(targets: [.init(deployTo: directory("live"), url: "http://127.0.0.1:1", promtool: "promtool")])
            ])
        file.source = source
        let configuration = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml").configuration
        let feed = await SourceFeed(configuration, storage: directory("storage-\(name)"))
        // A fetch, and the look that learns how the server is asked.
        for _ in 0..<2 { try await poll(feed) }
        var polls: [Double] = []
        var others: [Double] = []
        var walls: [Double] = []
        for _ in 0..<batches {
            let cost = try await Cost.of { for _ in 0..<batch { try await poll(feed) } }.cost
            polls.append(cost.cpu / Double(batch))
            walls.append(cost.wall / Double(batch))
            var cpu = 0.0
            for _ in 0..<batch { cpu += try Spawned.run(git).cpu }
            others.append(cpu / Double(batch))
        }
        guard await feed.fetches == 1 else {
            throw TestFailure("\(await feed.fetches) polls over \(name) were fetches")
        }
        await feed.close()
        try Figure("poll_\(name)_cpu", polls, .milliseconds).report()
        try Figure("poll_\(name)_wall", walls, .milliseconds).report()
        try Figure("git_ls_remote_\(name)_cpu", others, .milliseconds).report()
        try Figure("poll_\(name)_to_git_ls_remote_cpu", zip(polls, others).map { $0 / $1 }, .ratio, aim: aim).report()
    }

    private static func poll(_ feed: SourceFeed) async throws {
        if let failure = await feed.poll(lookingFirst: true) {
            throw TestFailure("the poll failed: \(failure.message)")
        }
    }
}
