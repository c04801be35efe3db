import StokerCore
import Testing

/// What an environment tells the others.
@Suite struct UpstreamStandingTests {
    private static let goal = Goal(revision: Revision(ref: "main", commit: CommitID("aa")), content: ContentID("c"))

    private static func now(_ seconds: Int64) -> Now {
        Now(instant: Instant(nanoseconds: seconds * 1_000_000_000), wall: WallTime(milliseconds: seconds * 1000))
    }

    private static var record: EnvironmentRecord {
        var record = EnvironmentRecord(bootID: "boot")
        var ledger = SoakLedger()
        ledger.runs(goal, at: now(100))
        ledger.sees(now(130).instant)
        record.soak = ledger
        return record
    }

    @Test func timeThatNobodyWatchedDoesNotCount() {
        let late = Self.now(5000).instant
        let watched = Self.record.standing(of: "a", seenAt: late, boot: "boot")
        #expect(watched.verified(Self.goal.content)?.soaked == .seconds(4900))
        let unwatched = Self.record.standing(of: "a", seenAt: nil, boot: "boot")
        #expect(unwatched.verified(Self.goal.content)?.soaked == .seconds(30))
        #expect(unwatched.lasting != watched.lasting)
        #expect(unwatched.verified(Self.goal.content)?.isSoaking == false)
        // Another boot's clock may read earlier than what it is compared with.
        let early = Self.record.standing(of: "a", seenAt: Self.now(1).instant, boot: "another")
        #expect(early.verified(Self.goal.content)?.soaked == .seconds(30))
    }

    @Test func whatDiffersInMoreThanTimeIsNews() {
        let standing = Self.record.standing(of: "a", seenAt: Self.now(200).instant, boot: "boot")
        #expect(standing.lasting == Self.record.standing(of: "a", seenAt: Self.now(300).instant, boot: "boot").lasting)
        #expect(standing.lasting != standing)
        var others = [UpstreamStanding](repeating: standing, count: 7)
        others[6].degraded = [ContentID("c"): "it is down"]
        others[0].isSuspended = true
        others[1].isInHurry = true
        others[2].running = ContentID("d")
        others[3].rejected = [ContentID("d"): "no"]
        others[4].revoked = [ContentID("d"): "no"]
        others[5].trouble = UpstreamStanding.Trouble(since: WallTime(milliseconds: 0), message: "gone")
        for other in others { #expect(other.lasting != standing.lasting) }
        #expect(UpstreamStanding(name: "a").lasting != standing.lasting)
    }

    @Test func nothingOfAnEnvironmentInTroubleCounts() {
        var standing = Self.record.standing(of: "a", seenAt: Self.now(200).instant, boot: "boot")
        #expect(standing.verified(Self.goal.content) != nil)
        standing.trouble = UpstreamStanding.Trouble(since: WallTime(milliseconds: 0), message: "gone")
        #expect(standing.verified(Self.goal.content) == nil)
    }
}
