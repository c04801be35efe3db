import TestSupport

/// Commits made beforehand: good, rejected and harmful ones in turns, each on top of the one before.
struct Pushes {
    let commits: [String]

    /// What must come of a push.
    static func outcome(_ index: Int) -> String { ["verified", "rejected", "rolled_back"][index % 3] }

    init(_ world: CrashWorld, count: Int) async throws {
        var script = ""
        for index in 0..<count {
            var files = index % 3 == 2 ? world.scene.files(after: .harmful) : world.scene.adopted
            files["rules/turn.yml"] = Sample.alerts("Turn\(index)", group: "turn")
            if index % 3 == 1 { files["rules/turn.yml"] = Sample.alerts("Turn\(index)", group: "turn", expr: "up ==") }
            if index % 6 >= 3 { files["rules/gone.yml"] = nil }
            script += Self.commit(files, index)
        }
        let folder = world.repository.work
        try Files.write(script, to: "\(folder).import")
        let importer = "git fast-import --quiet --force <'\(folder).import' && git rev-list --reverse turns"
        let list = try await Shell.succeed(["sh", "-c", "cd '\(world.repository.bare)' && \(importer)"])
        commits = list.split(separator: "\n").suffix(count).map(String.init)
    }

    /// One commit in the language of `git fast-import`.
    private static func commit(_ files: [String: String], _ index: Int) -> String {
        let message = "turn \(index)"
        var text = "commit refs/heads/turns\n"
        text += "committer Test <test@example.com> \(1_700_000_000 + index) +0000\n"
        text += "data \(message.utf8.count)\n\(message)\n"
        if index == 0 { text += "from refs/heads/main^0\n" }
        text += "deleteall\n"
        for (path, content) in files.sorted(by: { $0.key < $1.key }) {
            text += "M 100644 inline production/\(path)\ndata \(content.utf8.count)\n\(content)\n"
        }
        return text
    }
}
