import Foundation
import TestSupport

/// Many polls without news and many fetches with news, by the real daemon over http: what it holds, and what its cache takes
/// in the end. `$STOKER_BENCH_POLLS` and `$STOKER_BENCH_FETCHES` say how many.
enum Endurance {
    private static let polls = count("STOKER_BENCH_POLLS", 2000)
    private static let fetches = count("STOKER_BENCH_FETCHES", 500)

    private static func count(_ name: String, _ standard: Int) -> Int {
        ProcessEnvironment.current[name].flatMap { Int($0) } ?? standard
    }

    static func run() async throws {
        let binary = try Binary.release()
        // What the timer would do a few times in an hour is done by waking, one poll after the other.
        try await Ground.with(rules: ["base.yml": Ground.rules("base", count: 5)], interval: "1h") { ground in
            let server = try await GitHTTPServer(root: ground.directory.path, directory: ground.directory("http"))
            defer { server.stop() }
            try ground.fetch(from: server)
            try await ground.startPrometheus()
            let stoker = try StokerProcess(
                configFile: ground.configFile, storage: ground.storage, logPath: ground.directory("stoker.log"),
                binary: binary)
            defer { stoker.stop() }
            try stoker.start()
            try await stoker.wait(for: "the first turn") { $0["outcome"].string == "verified" }
            try await measure(ground, server, stoker)
        }
    }

    private static func measure(_ ground: Ground, _ server: GitHTTPServer, _ stoker: StokerProcess) async throws {
        guard let pid = stoker.pid else { throw TestFailure("the daemon was not started") }
        // What is used for the first time is there by then.
        try await Wakes.poll(20, server, stoker)
        try await fetch(20, ground, stoker)
        let first = try Residence(of: pid)
        try await Wakes.poll(polls, server, stoker)
        let quiet = try Residence(of: pid)
        try await fetch(fetches, ground, stoker)
        // What a turn or the making smaller of the cache holds for a moment.
        try await Wakes.poll(20, server, stoker)
        let last = try Residence(of: pid)
        try Figure("endurance_polls", [Double(polls)], .count).report()
        try Figure("endurance_fetches", [Double(fetches)], .count).report()
        for (name, residence) in [("start", first), ("polls", quiet), ("fetches", last)] {
            try Figure("endurance_memory_after_\(name)", [residence.resident], .megabytes).report()
            try Figure("endurance_descriptors_after_\(name)", [Double(residence.descriptors)], .descriptors).report()
        }
        try Figure("endurance_memory_growth", [last.resident / first.resident], .ratio, aim: "under 1.1").report()
        let packed = try await packed(ground)
        try Figure("endurance_cache_to_packed_repository", [try cache(ground) / packed], .ratio, aim: "under 2")
            .report()
    }

    /// Moves the branch so often, each time when the daemon has fetched what was there before. The commits change nothing in
    /// the environment's folder, so that what is measured is the source.
    private static func fetch(_ count: Int, _ ground: Ground, _ stoker: StokerProcess) async throws {
        let bare = ground.repository.bare
        let commits = try await commits(count, ground)
        for number in 0..<count {
            let commit = commits[number]
            try move(bare, to: commit)
            try await eventually("the fetch of commit \(number)", within: .seconds(120), every: .milliseconds(2)) {
                guard stoker.isRunning else { throw TestFailure("the daemon ended:\n\(stoker.tail())") }
                Wakes.wake(stoker)
                return try cached(ground).hasPrefix(commit)
            }
        }
    }

    /// Makes so many commits on top of the branch, each of which changes one file, without moving it.
    private static func commits(_ count: Int, _ ground: Ground) async throws -> [String] {
        let bare = ground.repository.bare
        let git = ["git", "--git-dir", bare]
        let parent = try await Shell.succeed(git + ["rev-parse", "refs/heads/main"]).prefix(40)
        var stream = "feature done\n"
        for number in 1...count {
            stream += "commit refs/heads/staged\nmark :\(number)\n"
            stream += "committer T <t@example.com> \(1_700_000_000 + number) +0000\ndata 1\nx\n"
            stream += "from \(number == 1 ? String(parent) : ":\(number - 1)")\n"
            let text = (0..<20).map { "line \($0) of \(number) \(parent)\n" }.joined()
            stream += "M 100644 inline docs/file-\(number % 50).md\ndata \(text.utf8.count)\n\(text)\n"
        }
        let (input, marks) = (ground.directory("stream"), ground.directory("marks"))
        try Files.write(stream + "done\n", to: input)
        try await Shell.succeed(
            ["sh", "-c", "git --git-dir '\(bare)' fast-import --quiet --export-marks='\(marks)' < '\(input)'"],
            limit: .seconds(600))
        try await Shell.succeed(git + ["update-ref", "-d", "refs/heads/staged"])
        var found: [Int: String] = [:]
        for line in (Files.read(marks) ?? "").split(separator: "\n") {
            let words = line.dropFirst().split(separator: " ")
            if words.count == 2, let number = Int(words[0]) { found[number] = String(words[1]) }
        }
        return try (1...count).map { number in
            guard let commit = found[number] else { throw TestFailure("commit \(number) was not made") }
            return commit
        }
    }

    /// As git does it: a new file, renamed.
    private static func move(_ bare: String, to commit: String) throws {
        let name = "\(bare)/refs/heads/main"
        try Files.write(commit + "\n", to: name + ".new")
        guard rename(name + ".new", name) == 0 else { throw TestFailure("the branch could not be moved") }
    }

    private static func folder(_ ground: Ground) throws -> String {
        let git = ground.storage + "/git"
        let names = try FileManager.default.contentsOfDirectory(atPath: git).filter { !$0.contains(".") }
        guard let name = names.first else { throw TestFailure("there is no cache") }
        return "\(git)/\(name)"
    }

    private static func cached(_ ground: Ground) throws -> String {
        Files.read("\(try folder(ground))/refs/stoker/heads/main") ?? ""
    }

    private static func cache(_ ground: Ground) throws -> Double { try bytes(folder(ground)) }

    /// The whole history as one pack, in a bare repository of its own.
    private static func packed(_ ground: Ground) async throws -> Double {
        let copy = ground.directory("packed.git")
        try await Shell.succeed(
            [
                "git", "clone", "-q", "--bare", "--no-local", "--single-branch", "-b", "main", ground.repository.bare,
                copy,
            ],
            limit: .seconds(600))
        try await Shell.succeed(["git", "--git-dir", copy, "repack", "-q", "-a", "-d", "-f"], limit: .seconds(600))
        return try bytes(copy + "/objects")
    }

    /// What the files of a folder take, as they are counted by those who count bytes.
    private static func bytes(_ folder: String) throws -> Double {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { throw TestFailure("\(folder) is gone") }
        var sum = 0.0
        for case let path as String in walk {
            var status = stat()
            if lstat("\(folder)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                sum += Double(status.st_size)
            }
        }
        return sum
    }
}
