import Foundation
import StokerSimulation
import TestSupport

/// What a bystander sees of the world: the tree, what the process answers, and what Stoker says.
extension CrashWorld {
    /// What the process answers now.
    func takePrint() throws -> Print { Print(config: try prometheus.statusConfig(), rules: try prometheus.rules()) }

    /// The name of the content that the process serves as a whole; nil: it is down, or serves a mixture.
    func served() -> String? {
        guard prometheus.isRunning else { return nil }
        do { return prints.name(try takePrint()) } catch { return nil }
    }

    /// Names of contents, and their files.
    var contents: [String: [String: String]] {
        var contents = ["adopted": scene.adopted]
        for push in Scene.Push.allCases { contents[push.rawValue] = scene.files(after: push) }
        return contents
    }

    /// - Parameter asks: whether the process is asked; one that hangs would keep us.
    private func target(asks: Bool) -> TargetSight {
        var files: [String: String] = [:]
        var foreign = scene.neighbours
        switch scene.layout {
        case .inPlace, .singleFile: files = Files.tree(etc)
        case .linked:
            // A link that leads nowhere is an empty tree.
            let release = (try? FileManager.default.destinationOfSymbolicLink(atPath: deployTo)) ?? "nothing"
            files = Files.tree("\(etc)/\(release)")
            files["../beside.yml"] = Files.read("\(etc)/beside.yml")
            foreign["../beside.yml"] = scene.besideText
        }
        let layout: TargetSight.Layout =
            switch scene.layout {
            case .inPlace: .inPlace
            case .linked: .linked
            case .singleFile: .singleFile
            }
        return TargetSight(
            target: "prometheus", layout: layout, files: files, rewritten: scene.rewritten, foreign: foreign,
            served: asks ? served() : nil)
    }

    /// What the invariants say of the tree alone.
    func violations(_ moment: WorldSight.Moment) -> [String] {
        Invariants.violations(
            WorldSight(
                moment: moment, contents: contents.mapValues { ["prometheus": $0] }, targets: [target(asks: false)]))
    }

    /// What the invariants say at rest.
    func violationsAtRest(plans: Bool) async throws -> [String] {
        let status = try await stoker.status()
        let history = try await stoker.history()
        var sight = WorldSight(
            moment: .atRest, contents: contents.mapValues { ["prometheus": $0] }, targets: [target(asks: true)],
            desired: commits.name(revision: status["desired_revision"].string),
            verified: commits.name(revision: status["verified_revision"].string))
        for attempt in history {
            guard let name = commits.name(revision: attempt["revision"].string) else { continue }
            sight.explained.insert(name)
            if ["rejected", "rolled_back"].contains(attempt["outcome"].string ?? ""),
                Self.condemning.contains(attempt["reason"].string ?? "")
            {
                sight.rejected.insert(name)
            }
        }
        sight.saysInSync = status["sync"].string == "synced" && status["outcome"].string == "verified"
        if plans {
            let plan = try await stoker.json("plan")["environments"][0]
            sight.plannedChanges = plan["files"].array.count
        }
        var broken = Invariants.violations(sight)
        for attempt in history where attempt["outcome"].isNull {
            broken.append("an attempt of the history never ended: \(attempt)")
        }
        return broken + leftovers() + tooMuch()
    }

    /// Reasons that speak against the content, and not against the host.
    private static let condemning: Set<String> = [
        "ValidationFailed", "RuleTestsFailed", "ReloadFailed", "NotServed", "CheckFailed",
    ]

    /// Names that should be gone at rest.
    private func leftovers() -> [String] {
        var names: [String] = []
        for folder in areas {
            guard let walk = FileManager.default.enumerator(atPath: folder) else { continue }
            for case let name as String in walk where name.hasPrefix("staged-") || name.hasPrefix("revert-") {
                names.append("\(folder)/\(name) is left over")
            }
        }
        return names
    }

    /// Files in the tree that no content has.
    private func tooMuch() -> [String] {
        let known = Set(contents.values.flatMap(\.keys)).union(scene.neighbours.keys).union(["../beside.yml"])
        return target(asks: false).files.keys.filter { !known.contains($0) }.sorted().map {
            "\($0) is left over in the tree"
        }
    }
}
