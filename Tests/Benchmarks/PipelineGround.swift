import Foundation
import StokerCore
import StokerHost
import TestSupport

/// Pipelines in one repository, and the past of each environment: what they were before the measurement.
struct PipelineGround {
    static let pipelines = 40
    static let stages = ["development", "test", "staging", "preproduction", "production"]
    static let targets = 5
    static var environments: Int { pipelines * stages.count }
    private static let commits = 50

    let storage: String
    /// The text of stoker.yml.
    let file: String
    /// Oldest first; the last one runs everywhere.
    private let history: [String]

    init(_ directory: TemporaryDirectory) async throws {
        let repository = try await GitRepository(in: directory.path)
        try await repository.commit(Self.files, message: "first")
        for number in 1..<Self.commits {
            try await repository.git("commit", "-q", "--allow-empty", "-m", "change \(number)")
        }
        try await repository.git("push", "-q", "origin", "HEAD:main")
        history = try await repository.git("rev-list", "--reverse", "HEAD").split(separator: "\n").map(String.init)
        storage = directory("data")
        try FileManager.default.createDirectory(
            atPath: storage, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        file = Self.text(url: repository.bare, live: directory("live"))
    }

    // MARK: Files

    /// Every environment looks another way, as it has its own addresses.
    private static var files: [String: String?] {
        var files: [String: String?] = [:]
        for pipeline in 0..<pipelines {
            for stage in stages {
                for target in 0..<targets {
                    let folder = "p\(pipeline)/\(stage)/t\(target)"
                    files["\(folder)/prometheus.yml"] = "rule_files: [rules/*.yml]\n# \(folder)\n"
                    for number in 0..<4 {
                        files["\(folder)/rules/r\(number).yml"] = Ground.rules("\(stage)_\(number)", count: 2)
                    }
                }
            }
        }
        return files
    }

    private static func text(url: String, live: String) -> String {
        var text = "source:\n  url: \(url)\n  branch: main\nenvironments:\n"
        var port = 10_000
        for pipeline in 0..<pipelines {
            for (index, stage) in stages.enumerated() {
                text += "  - name: p\(pipeline)-\(stage)\n    path: p\(pipeline)/\(stage)\n"
                if index > 0 { text += "    after: [p\(pipeline)-\(stages[index - 1])]\n" + gates(of: stage) }
                text += "    targets:\n"
                for target in 0..<targets {
                    text += "      - name: t\(target)\n        path: t\(target)\n"
                    text += "        deploy_to: \(live)/p\(pipeline)-\(stage)-\(target)\n"
                    text += "        url: http://127.0.0.1:\(port)\n"
                    port += 1
                }
            }
        }
        return text
    }

    private static func gates(of stage: String) -> String {
        var text = "    gates:\n      soak: 1h\n"
        if stage == "production" {
            text += "      approval: manual\n      approvers: [anna, ben]\n      approvals: 2\n"
            text += "      windows:\n        - weekdays: [\"monday:friday\"]\n"
            text += "          times: [{ start_time: \"09:00\", end_time: \"17:00\" }]\n"
            text += "          location: Europe/Berlin\n"
            text += "      blackouts:\n        - months: [december]\n          days_of_month: [\"20:31\"]\n"
        }
        return text
    }

    // MARK: The past

    /// Writes what each environment has been through, as its journal would have it after some months.
    @HostActor
    func writePasts(_ configuration: Configuration, _ feed: SourceFeed, _ journal: Journal) throws {
        for environment in configuration.environments {
            guard case .known(let candidate) = feed.look(environment, seen: nil),
                case .success(let content) = candidate.content
            else { throw TestFailure("\(environment.name) has no content") }
            let record = record(of: environment, Goal(revision: candidate.revision, content: content), candidate.ref)
            let status = EnvironmentLoop(
                configuration: environment, onRewrite: configuration.source.onRewrite, record: record
            ).status(layouts: [:])
            try journal.note(environment.name, status: status, fresh: record)
        }
    }

    @HostActor
    private func record(of environment: EnvironmentConfiguration, _ live: Goal, _ ref: GitRef) -> EnvironmentRecord {
        var record = EnvironmentRecord(bootID: Clock.bootID())
        let now = Clock.now()
        let proof = ["it is ready", "it has read the files", "it serves 8 rules", "it has the scrape pools"]
        let proofs = Dictionary(uniqueKeysWithValues: environment.targets.map { ($0.id, proof) })
        let past = history.dropLast().enumerated().map { number, commit in
            Goal(
                revision: Revision(ref: live.revision.ref, commit: CommitID(commit)),
                content: ContentID(
                    String((live.content.rawValue.dropFirst(number + 1) + live.content.rawValue).prefix(64))))
        }
        var soak = SoakLedger()
        for (number, goal) in (past + [live]).enumerated() {
            let ago = Duration.seconds(7200 * (past.count - number + 1))
            soak.runs(
                goal,
                at: Now(
                    instant: now.instant + (.zero - ago),
                    wall: WallTime(milliseconds: now.wall.milliseconds - ago.components.seconds * 1000)))
        }
        record.soak = soak
        record.verified = EnvironmentRecord.Standing(
            revision: live.revision, content: live.content, at: now.wall, proof: proofs)
        record.earlier = past.suffix(10).reversed().map {
            EnvironmentRecord.Standing(revision: $0.revision, content: $0.content, at: now.wall, proof: [:])
        }
        record.live = live
        record.seen = EnvironmentRecord.Seen(ref: ref, commit: live.revision.commit)
        record.rejections = past.prefix(5).map {
            EnvironmentRecord.Rejection(
                revision: $0.revision, content: $0.content, fingerprint: "of then",
                failure: Failure(.checkFailed, .content, "the check errors failed"), rolledBack: true)
        }
        return record
    }
}
