import Testing

@testable import StokerCore

/// A status that is read long after it was noted, and one of a turn that knew nothing of the source: neither contradicts
/// itself, nor what is computed beside it.
@Suite struct LaterStatusTests {
    private func status(_ scene: GateScene) -> EnvironmentStatus {
        var status = EnvironmentStatus.unknown(scene.configuration)
        let standings = scene.keeper.standings(of: GateScene.contender("new"))
        let hold = standings.first { !$0.isOpen }
        status.held = hold != nil
        status.reason = hold?.reason
        status.message = hold?.message ?? ""
        status.gates = standings.map { GateStatus($0) }
        status.candidateRevision = GateScene.revision("new").description
        status.phase = "held"
        status.since = GateScene.ago(60)
        status.reasonSince = GateScene.ago(60)
        return status
    }

    private func read(_ scene: GateScene, after seconds: Int64) -> EnvironmentStatus {
        status(scene).read(
            at: GateScene.ago(-seconds), scene.record, scene.configuration, zones: [.utc])
    }

    private func line(_ status: EnvironmentStatus, _ scene: GateScene, after seconds: Int64) -> String {
        status.pipelineLine(scene.configuration, zones: [.utc], now: GateScene.ago(-seconds)) ?? ""
    }

    @Test func aFreezeThatIsOverDoesNotHold() {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.approval = ApprovalPolicy()
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: GateScene.ago(-120))
        let during = read(scene, after: 60)
        #expect(during.reason == .frozen && during.message == "frozen by ada: sale; 1m left")
        #expect(during.gates?.first?.opensInSeconds == 60 && during.since == GateScene.ago(60))
        #expect(line(during, scene, after: 60).contains("; held by Frozen for another 1m"))
        let after = read(scene, after: 180)
        #expect(after.reason == .approvalRequired && after.held && after.message.hasPrefix("0 of 1 approvals"))
        #expect(after.since == GateScene.ago(-120) && after.reasonSince == nil)
        #expect(after.gates?.map(\.open) == [true, true, false])
        #expect(line(after, scene, after: 180).contains("; held by ApprovalRequired, waits for anybody"))
        scene.gates.approval = nil
        let free = read(scene, after: 180)
        #expect(free.reason == nil && !free.held)
        #expect(free.message == "the freeze is over, and nobody has looked since: `stoker run` goes on")
    }

    @Test func aFreezeThatCameSinceIsAmongTheGates() {
        var scene = GateScene()
        let noted = status(scene)
        #expect(noted.gates?.first?.open == true && noted.reason == .waitingForUpstream)
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: nil)
        let later = noted.read(at: GateScene.ago(-60), scene.record, scene.configuration, zones: [.utc])
        #expect(later.gates?.first?.open == false && later.gates?.first?.message == "frozen by ada: sale")
        // A window that was passed, with the glass broken, stays as it was noted.
        scene.gates.windows = [CalendarInterval(weekdays: [.init(3, 3)])]
        scene.record.promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: "outage", at: GateScene.now.wall, breakGlass: true)
        #expect(read(scene, after: 60).gates?.last?.open == true)
    }

    @Test func whatIsSaidBesidesStays() {
        var scene = GateScene()
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: GateScene.ago(-120))
        var noted = status(scene)
        noted.message += "; besides, the newest commit is held back"
        let later = noted.read(at: GateScene.ago(-60), scene.record, scene.configuration, zones: [.utc])
        #expect(later.message == "frozen by ada: sale; 1m left; besides, the newest commit is held back")
    }

    @Test func aSuspensionThatIsOverDoesNotHold() {
        var scene = GateScene()
        scene.record.suspension = .init(reason: "work", actor: "ada", until: GateScene.ago(-120))
        var noted = EnvironmentStatus.unknown(scene.configuration)
        noted.reason = .suspended
        noted.health = .suspended
        noted.held = true
        func read(_ seconds: Int64) -> EnvironmentStatus {
            noted.read(at: GateScene.ago(-seconds), scene.record, scene.configuration, zones: [.utc])
        }
        #expect(read(60) == noted)
        #expect(read(180).reason == nil && read(180).health == .unknown && !read(180).held)
        noted.message = "suspended by ada: work; besides, another commit waits"
        #expect(read(60).message == "suspended by ada: work; 1m left; besides, another commit waits")
        scene.record.suspension = .init(reason: "work", actor: "ada", until: nil)
        #expect(read(60).message == noted.message)
    }

    @Test func theRecordKnowsWhetherAPromotionStands() {
        var scene = GateScene()
        scene.record.promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: "outage", at: GateScene.now.wall, breakGlass: false)
        let standing = read(scene, after: 60)
        #expect(standing.promotion == scene.record.promotion)
        scene.record.promotion = nil
        let later = standing.read(at: GateScene.ago(-60), scene.record, scene.configuration, zones: [.utc])
        #expect(later.promotion == nil)
    }

    @Test func aWindowThatHasOpenedDoesNotHold() {
        var scene = GateScene()
        scene.verify("new")
        // Wednesday, which begins in 6400 seconds.
        scene.gates.windows = [CalendarInterval(weekdays: [.init(3, 3)])]
        let during = read(scene, after: 3400)
        #expect(during.message == "the window is closed for another 50m")
        #expect(
            line(during, scene, after: 3400).hasSuffix("held by OutsideWindow for another 50m; next window in 50m"))
        let after = read(scene, after: 6500)
        #expect(after.reason == nil && after.message.hasPrefix("the window is open, and nobody has looked since"))
        #expect(after.since == nil)
        #expect(!line(after, scene, after: 6500).contains("held by"))
    }

    @Test func theLineBeginsWithTheHoldOfTheTable() {
        var scene = GateScene()
        scene.gates.soak = .seconds(1800)
        scene.verify("new", soaked: .zero)
        var noted = status(scene)
        noted.reason = .historyRewritten
        #expect(line(noted, scene, after: 0).contains("held by HistoryRewritten, then by Soaking for another 30m"))
        noted.reason = .signatureInvalid
        noted.held = false
        #expect(line(noted, scene, after: 0).contains("held by SignatureInvalid, then by Soaking for another 30m"))
        noted.reason = .drifted
        #expect(!line(noted, scene, after: 0).contains("held by"))
        // Of several the one that the table names.
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: nil)
        noted = status(scene)
        noted.reason = .soaking
        #expect(line(noted, scene, after: 0).contains("held by Soaking for another 30m"))
    }

    // MARK: Without the source

    private func kept(_ reason: Reason, _ record: EnvironmentRecord = EnvironmentRecord(bootID: "b")) -> Reason? {
        var last = EnvironmentStatus.unknown(GateScene().configuration)
        last.reason = reason
        last.held = true
        last.message = "as said before"
        last.candidateRevision = GateScene.revision("feed").description
        last.gates = [GateStatus(GateStanding(reason, isOpen: false, ""))]
        var now = EnvironmentStatus.unknown(GateScene().configuration)
        now.keepSource(of: last, record)
        #expect(now.candidateRevision == last.candidateRevision && now.gates == last.gates)
        #expect(now.held == (now.reason != nil) && now.message == (now.reason == nil ? "" : "as said before"))
        return now.reason
    }

    @Test func aHoldOfTheSourceStaysUntilItIsLookedAtAgain() {
        #expect(kept(.waitingForUpstream) == .waitingForUpstream)
        #expect(kept(.soaking) == .soaking)
        #expect(kept(.signatureInvalid) == .signatureInvalid)
        #expect(kept(.historyRewritten) == .historyRewritten)
        var record = EnvironmentRecord(bootID: "b")
        record.remember(consent: "feed")
        #expect(kept(.historyRewritten, record) == nil)
        // A person's are known without the source.
        #expect(kept(.suspended) == nil && kept(.frozen) == nil)
    }

    @Test func whatIsKnownNowIsNotReplaced() {
        var last = EnvironmentStatus.unknown(GateScene().configuration)
        last.reason = .waitingForUpstream
        last.gates = []
        var now = EnvironmentStatus.unknown(GateScene().configuration)
        now.reason = .frozen
        now.gates = [GateStatus(GateStanding(.frozen, isOpen: false, ""))]
        let gates = now.gates
        now.keepSource(of: last, EnvironmentRecord(bootID: "b"))
        #expect(now.reason == .frozen && now.gates == gates)
    }

    @Test func aReasonStandsSinceItIsSaidOfACandidate() {
        var last = EnvironmentStatus.unknown(GateScene().configuration)
        last.reason = .waitingForUpstream
        last.candidateRevision = "main@sha1:aa"
        last.reasonSince = GateScene.ago(50)
        var now = last
        now.health = .degraded
        #expect(now.reasonSince(after: last, at: GateScene.ago(0)) == GateScene.ago(50))
        now.candidateRevision = "main@sha1:bb"
        #expect(now.reasonSince(after: last, at: GateScene.ago(0)) == GateScene.ago(0))
        #expect(now.reasonSince(after: nil, at: GateScene.ago(0)) == GateScene.ago(0))
        now.reason = nil
        #expect(now.reasonSince(after: last, at: GateScene.ago(0)) == nil)
    }
}
