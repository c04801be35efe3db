import StokerCore
import Testing

/// The whole policy, walked exhaustively: every situation of every stage, and every path through a small model of what
/// the steps lead to.
@Suite("nextStep")
struct NextStepTests {
    private static let bools = [false, true]

    private static func base(_ stage: Situation.Stage) -> Situation {
        Situation(
            stage: stage, suspended: false, candidate: .none, newer: false, refused: false, result: .none,
            verification: .due, equal: false, proofDecides: false, repair: false, askedByPerson: false,
            targetsLeft: false, touched: false, rollbackTarget: false, drift: .none, restoreUnconfirmed: false,
            rollbackRequested: false, settlement: .none)
    }

    private typealias Field = (inout Situation, Bool) -> Void

    /// The product of some fields. Closures, not key paths: those take the test from one second to ten.
    private static func vary(_ s: Situation, _ fields: [Field], _ visit: (Situation) -> Void) {
        for bits in 0..<(1 << fields.count) {
            var varied = s
            for (index, field) in fields.enumerated() { field(&varied, bits & (1 << index) != 0) }
            visit(varied)
        }
    }

    /// All situations at rest.
    private static func atRest(_ visit: (Situation) -> Void) {
        let fields: [Field] = [
            { $0.suspended = $1 },
            { $0.touched = $1 },
            { $0.rollbackTarget = $1 },
            { $0.restoreUnconfirmed = $1 },
            { $0.rollbackRequested = $1 },
            { $0.recheckDue = $1 },
            { $0.gated = $1 },
        ]
        for candidate in Situation.Candidate.allCases {
            for result in Situation.Result.allCases {
                for drift in Situation.Drift.allCases {
                    for settlement in Situation.Settlement.allCases {
                        var s = base(.resting)
                        s.candidate = candidate
                        s.result = result
                        s.drift = drift
                        s.settlement = settlement
                        vary(s, fields, visit)
                    }
                }
            }
        }
    }

    /// All situations of a running attempt in a stage.
    private static func running(_ stage: Situation.Stage, _ visit: (Situation) -> Void) {
        let fields: [Field] = [
            { $0.suspended = $1 },
            { $0.newer = $1 },
            { $0.refused = $1 },
            { $0.equal = $1 },
            { $0.proofDecides = $1 },
            { $0.repair = $1 },
            { $0.askedByPerson = $1 },
            { $0.targetsLeft = $1 },
            { $0.touched = $1 },
            { $0.rollbackTarget = $1 },
            { $0.rollbackRequested = $1 },
            { $0.gated = $1 },
            { $0.bakes = $1 },
        ]
        for result in Situation.Result.allCases {
            for verification in verifications(of: stage) {
                for vouching in Situation.Vouching.allCases {
                    for drift in stage == .held ? Situation.Drift.allCases : [.none] {
                        var s = base(stage)
                        s.result = result
                        s.verification = verification
                        s.vouching = vouching
                        s.drift = drift
                        vary(s, fields) { if !$0.askedByPerson || $0.repair { visit($0) } }
                    }
                }
            }
        }
    }

    private static func verifications(of stage: Situation.Stage) -> [Situation.Verification] {
        switch stage {
        case .baking, .verifying, .verifyingRestored: Situation.Verification.allCases
        case .resting, .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .restoring,
            .reloadingRestored:
            [.due]
        }
    }

    static let beginnings: Set<Step> = [
        .beginCandidate, .beginDrift, .beginRollback, .beginLive, .confirmRestore, .moveAlong, .prove, .settle,
    ]

    @Test("at rest, over all situations")
    func resting() {
        var count = 0
        var wrong: [Situation] = []
        Self.atRest { s in
            count += 1
            let step = nextStep(s)
            var holds = step == .rest || Self.beginnings.contains(step) || (step == .recheck && s.recheckDue)
            // Intents of an attempt that is over are forgotten before anything begins.
            if s.settlement != .none { holds = holds && (step == .settle || step == .rest) }
            // Suspended, only a person begins something.
            if s.suspended { holds = holds && [.rest, .moveAlong, .beginRollback, .settle].contains(step) }
            // A request is never lost: it begins, or waits for its backoff.
            if s.rollbackRequested, s.settlement == .none {
                holds = holds && (step == .beginRollback || s.result == .environmentFailure)
            }
            // Rejected content and what waits are never begun.
            if step == .beginCandidate { holds = holds && s.candidate == .fresh }
            // Something unproved is never left alone, unless it is replaced, waited for or suspended.
            if s.touched, step == .rest {
                holds =
                    holds
                    && (s.suspended || s.result == .environmentFailure || s.candidate == .waiting
                        || s.settlement != .none)
            }
            if step == .beginDrift { holds = holds && s.drift == .correctable && !s.suspended }
            if !holds { wrong.append(s) }
        }
        print("nextStep at rest: \(count) situations")
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }

    @Test("in an attempt, over all situations")
    func attempts() {
        var count = 0
        var wrong: [String] = []
        for stage in Situation.Stage.allCases where stage != .resting {
            Self.running(stage) { s in
                count += 1
                let step = nextStep(s)
                for broken in Self.brokenRules(s, step) where wrong.count < 5 {
                    wrong.append("\(broken): \(step) in \(s)")
                }
            }
        }
        print("nextStep in an attempt: \(count) situations")
        #expect(wrong.isEmpty, "\(wrong)")
    }

    private static func brokenRules(_ s: Situation, _ step: Step) -> [String] {
        var broken: [String] = []
        func rule(_ name: String, _ holds: Bool) { if !holds { broken.append(name) } }
        let mayWrite = (!s.suspended && s.vouching != .awaited) || s.askedByPerson
        // A hold may last for days: what runs is proved meanwhile.
        let proves = step == .prove && s.stage == .held && s.drift == .proofDue
        rule("nothing begins in an attempt", !beginnings.contains(step) || proves)
        rule("a check is asked again at rest only", step != .recheck)
        switch step {
        case .stage:
            rule("suspended writes nothing", mayWrite)
            let mayCome: [Situation.Stage] = [.validating, .held, .staging, .reloading, .baking]
            rule("nothing before validation", s.repair || mayCome.contains(s.stage))
            rule("no gate holds it", !s.gated || ![.validating, .held].contains(s.stage))
            rule("what is to bake has baked", s.stage != .reloading || !s.bakes)
            rule("what bakes is proved", s.stage != .baking || s.verification == .passed)
            rule("somebody stands for it", s.vouching != .withdrawn)
            rule("validated", s.repair || s.result == .ok || [.staging, .baking].contains(s.stage))
        case .publish:
            rule("suspended writes nothing", mayWrite)
            rule("somebody stands for it", s.vouching != .withdrawn || s.stage == .publishing)
            rule("no gate holds it", !s.gated || s.touched || s.stage == .publishing)
            rule("staged", (s.stage == .staging && s.result == .ok) || (s.stage == .publishing && s.result == .none))
        case .restore:
            rule("something to restore", s.stage == .restoring || (s.touched && s.rollbackTarget))
        case .finishSuperseded:
            rule("never between deploy and reload", s.stage != .publishing)
            rule("a reload is answered first", s.stage != .reloading || s.result == .ok)
            rule("a restore is finished", ![.restoring, .reloadingRestored, .verifyingRestored].contains(s.stage))
            rule(
                "a healthy countdown finishes",
                s.stage != .verifying || s.verification != .healthy || s.rollbackRequested)
        case .finishVerified:
            rule(
                "proved",
                s.stage == .verifying && s.verification == .passed
                    || s.stage == .adopting && s.result == .ok && s.proofDecides)
        case .finishRolledBack:
            rule("the restore is proved", s.stage == .verifyingRestored && s.verification == .passed)
        case .finishRejected:
            rule(
                "nothing of this attempt is live",
                !(s.touched && [.publishing, .reloading, .verifying].contains(s.stage)))
        case .finishErrored:
            rule("nothing is left live", !(s.touched && [.staging, .publishing, .reloading].contains(s.stage)))
        case .finishDegraded, .rest, .survey, .adopt, .validate, .hold, .reload, .bake, .probe, .reloadRestored,
            .probeRestored,
            .moveAlong, .prove, .recheck, .settle, .beginCandidate, .beginDrift, .beginRollback, .beginLive,
            .confirmRestore:
            break
        }
        if s.stage == .publishing, s.result == .ok { rule("reload follows publish", step == .reload) }
        if s.refused, !s.repair { rule("refused is not verified", step != .finishVerified && step != .stage) }
        return broken
    }

    // MARK: - Paths

    /// What is remembered along a path.
    private struct Place: Hashable {
        var stage: Situation.Stage = .surveying
        var result: Situation.Result = .none
        var repair: Bool
        var rollbackTarget: Bool
        var touched = false
        var validated = false
        /// Published and not reloaded.
        var unread = false
    }

    @Test("along every path: validated before published, read after it, every path ends")
    func paths() {
        var open = Self.bools.flatMap { repair in Self.bools.map { Place(repair: repair, rollbackTarget: $0) } }
        var seen = Set(open)
        var ends: Set<Step> = []
        var arrows: [Place: Set<Place>] = [:]
        var wrong: [String] = []
        var count = 0
        while let place = open.popLast() {
            Self.situations(at: place) { s in
                count += 1
                let step = nextStep(s)
                if step == .publish, !place.validated, !place.repair { wrong.append("published unvalidated: \(s)") }
                if place.unread, ![.reload, .restore, .finishDegraded].contains(step) {
                    wrong.append("\(step) unread: \(s)")
                }
                for next in Self.after(step, place) {
                    arrows[next, default: []].insert(place)
                    if seen.insert(next).inserted { open.append(next) }
                }
                if Self.isEnd(step) {
                    ends.insert(step)
                    arrows[Place(stage: .resting, repair: false, rollbackTarget: false), default: []].insert(place)
                }
            }
        }
        // Backwards from the end: every place reaches it.
        var ending: Set<Place> = []
        var back = [Place(stage: .resting, repair: false, rollbackTarget: false)]
        while let place = back.popLast() {
            for before in arrows[place] ?? [] where ending.insert(before).inserted { back.append(before) }
        }
        print("nextStep along paths: \(seen.count) places, \(count) situations")
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        #expect(seen.subtracting(ending).isEmpty, "no way out of \(seen.subtracting(ending).prefix(3))")
        #expect(ends.count == 6, "\(ends)")
    }

    /// Everything that can be the case in a place.
    private static func situations(at place: Place, _ visit: (Situation) -> Void) {
        let free: [Field] = [
            { $0.suspended = $1 },
            { $0.newer = $1 },
            { $0.refused = $1 },
            { $0.equal = $1 },
            { $0.proofDecides = $1 },
            { $0.askedByPerson = $1 },
            { $0.targetsLeft = $1 },
            { $0.rollbackRequested = $1 },
            { $0.gated = $1 },
            { $0.bakes = $1 },
        ]
        for verification in verifications(of: place.stage) {
            var s = base(place.stage)
            s.result = place.result
            s.repair = place.repair
            s.touched = place.touched
            s.rollbackTarget = place.rollbackTarget
            s.verification = verification
            vary(s, free) { if !$0.askedByPerson || $0.repair { visit($0) } }
        }
    }

    private static func isEnd(_ step: Step) -> Bool {
        [.finishVerified, .finishRejected, .finishRolledBack, .finishDegraded, .finishSuperseded, .finishErrored]
            .contains(step)
    }

    /// Where a step leads, with every answer its action can have.
    private static func after(_ step: Step, _ place: Place) -> [Place] {
        func to(_ stage: Situation.Stage, _ results: [Situation.Result], _ change: (inout Place) -> Void = { _ in })
            -> [Place]
        {
            results.map { result in
                var next = place
                next.stage = stage
                next.result = result
                change(&next)
                return next
            }
        }
        let bad: [Situation.Result] = [.contentFailure, .environmentFailure]
        switch step {
        case .survey: return to(.surveying, [.ok] + bad)
        case .adopt: return to(.adopting, [.ok] + bad)
        case .validate: return to(.validating, [.held] + bad) + to(.validating, [.ok]) { $0.validated = true }
        case .hold: return to(.held, [.held, .none])
        case .stage: return to(.staging, [.ok] + bad)
        case .publish:
            return to(.publishing, bad)
                + to(.publishing, [.ok]) {
                    $0.touched = true
                    $0.unread = true
                }
        case .reload: return to(.reloading, [.ok] + bad) { $0.unread = false }
        case .bake: return to(.baking, [.none])
        case .probe: return to(.verifying, [.none])
        case .restore:
            return to(.restoring, bad + [.none]) { $0.unread = false }
                + to(.restoring, [.ok]) {
                    $0.touched = false
                    $0.unread = false
                }
        case .reloadRestored: return to(.reloadingRestored, [.ok] + bad)
        case .probeRestored: return to(.verifyingRestored, [.none])
        // The loop forgets the answer once the wait is over.
        case .rest where place.stage == .restoring: return to(.restoring, [.none])
        case .rest, .moveAlong, .beginCandidate, .beginDrift, .beginRollback, .beginLive, .prove, .recheck, .settle,
            .confirmRestore,
            .finishVerified, .finishRejected, .finishRolledBack, .finishDegraded, .finishSuperseded, .finishErrored:
            return []
        }
    }
}
