import StokerCore

extension EnvironmentHost {
    func perform(_ action: Action) async -> Report {
        log.debug("step", metadata: ["action": "\(action.word)"])
        do throws(Failure) {
            switch action {
            case .survey(let goal, let trigger): return .surveyed(try await survey(goal, trigger))
            case .prove(let goal): return .proved(try await prove(goal))
            case .validate(let goal): return try await validate(goal)
            case .stage(let id, let goal, let trigger): return try await stage(id, goal, trigger)
            case .publish(let id):
                return try report(files.publish(id), of: id)
            case .reload(let id): return .reloaded(id, await reload(id))
            case .probe(let goal, let context): return .probed(try await probe(goal, context))
            case .restore: return .restored(try files.restore())
            case .recheck: return .rechecked(await recheck())
            case .settle(let goal, let verified):
                try files.settle(goal, verified: verified, keep: loop.record.keptContents(besides: goal))
                return .settled
            }
        } catch {
            return .failed(error)
        }
    }

    private func report(_ publishing: EnvironmentFiles.Publishing, of id: Target.ID) -> Report {
        switch publishing {
        case .published: .published(id)
        case .failed(let failure, true): .takenBack(id, failure)
        case .failed(let failure, false): .failed(failure)
        }
    }

    func host(_ id: Target.ID) -> TargetHost {
        guard let target = targets.first(where: { $0.id == id }) else {
            preconditionFailure("the loop names target \(id), which the configuration does not have")
        }
        return target
    }

    /// What would change, without writing anything but the release's row.
    func survey(_ goal: Goal, _ trigger: Trigger) async throws(Failure) -> [Target.ID: TargetSurvey] {
        fingerprint = ""
        try files.forgetBaselines(loop.record)
        let trees = try files.trees(of: goal)
        var surveys: [Target.ID: TargetSurvey] = [:]
        for target in targets {
            surveys[target.id] = try await survey(target, trees[target.id] ?? FileTree())
        }
        try files.store(trees, of: goal)
        return surveys
    }

    private func survey(_ target: TargetHost, _ tree: FileTree) async throws(Failure) -> TargetSurvey {
        let flags = await target.knownFlags()
        let found = try files.compare(target.id, with: tree)
        let changed = found.changed
        let parsed = try parsed(target, tree, flags)
        let before = changed.isEmpty ? nil : parsedLive(target, found.inventory, flags)
        let scraping = !changed.isEmpty && parsed.changesScraping(from: before, changed: changed)
        // Until it follows, the list of Alertmanagers is the old one, and whole.
        let follows = !changed.isEmpty && !ParsedTarget.same(parsed.main?["alerting"], before?.main?["alerting"])
        func settle(_ target: ParsedTarget) -> Duration {
            let duration = Settle.duration(
                mainFile: target.main, scrapeConfigFiles: target.scrapeConfigs, scrapingChanged: scraping)
            return follows ? max(duration, Self.followsWithin) : duration
        }
        return TargetSurvey(
            changes: changed.count, overBudget: overBudget(found.plan, target.configuration),
            needsReload: changed.isEmpty || parsed.roles.needsReload(changed: changed), changesScraping: scraping,
            hasBaseline: found.hasBaseline, settle: settle(parsed), settleBack: settle(before ?? parsed))
    }

    private func overBudget(_ plan: Plan, _ target: TargetConfiguration) -> String? {
        guard plan.exceeds(budget: target.maxDelete) else { return nil }
        let budget: String =
            switch target.maxDelete {
            case .percent(let percent): "\(percent.formatted)% of \(plan.inventoryCount)"
            case .files(let files): "\(files)"
            }
        let paths = plan.changes.filter { $0.kind == .delete }.map(\.path)
        let list = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
        return
            "\(plan.deletions) files of target \(target.id) would be deleted (\(list)), and max_delete allows \(budget)"
    }
}

extension Double {
    /// Without a trailing `.0`.
    var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

extension Action {
    /// For logs.
    var word: String {
        switch self {
        case .survey: "survey"
        case .prove: "prove"
        case .validate: "validate"
        case .stage: "stage"
        case .publish: "publish"
        case .reload: "reload"
        case .probe: "probe"
        case .restore: "restore"
        case .recheck: "recheck"
        case .settle: "settle"
        }
    }
}
