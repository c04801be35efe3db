import StokerCore
import Testing

/// Each clause of the decision once, where it alone decides.
@Suite struct NextStepTableTests {
    private func situation(_ stage: Situation.Stage, _ change: (inout Situation) -> Void = { _ in }) -> Situation {
        var situation = Situation(
            stage: stage, suspended: false, candidate: .verified, newer: false, refused: false, result: .none,
            verification: .due, equal: false, proofDecides: false, repair: false, askedByPerson: false,
            targetsLeft: false, touched: false, rollbackTarget: false, drift: .none, restoreUnconfirmed: false,
            rollbackRequested: false, settlement: .none)
        change(&situation)
        return situation
    }

    private func expect(
        _ step: Step, _ stage: Situation.Stage, _ change: (inout Situation) -> Void = { _ in },
        at place: SourceLocation = #_sourceLocation
    ) {
        #expect(nextStep(situation(stage, change)) == step, sourceLocation: place)
    }

    @Test func atRest() {
        expect(.rest, .resting)
        expect(.settle, .resting) {
            $0.settlement = .due; $0.candidate = .fresh; $0.rollbackRequested = true
        }
        expect(.rest, .resting) {
            $0.settlement = .waiting; $0.candidate = .fresh; $0.rollbackRequested = true
        }
        expect(.beginRollback, .resting) {
            $0.rollbackRequested = true; $0.suspended = true; $0.candidate = .fresh
        }
        expect(.rest, .resting) {
            $0.rollbackRequested = true; $0.result = .environmentFailure; $0.candidate = .fresh
        }
        expect(.moveAlong, .resting) {
            $0.candidate = .verifiedMoved; $0.suspended = true
        }
        for change: (inout Situation) -> Void in [
            { $0.candidate = .fresh }, { $0.touched = true }, { $0.restoreUnconfirmed = true },
            { $0.recheckDue = true }, { $0.drift = .proofDue }, { $0.drift = .correctable },
        ] {
            expect(.rest, .resting) {
                change(&$0); $0.suspended = true
            }
        }
        expect(.beginCandidate, .resting) {
            $0.candidate = .fresh; $0.result = .environmentFailure
        }
        expect(.beginCandidate, .resting) {
            $0.candidate = .fresh; $0.restoreUnconfirmed = true; $0.touched = true
        }
        expect(.beginLive, .resting) {
            $0.touched = true; $0.candidate = .rejected
        }
        expect(.rest, .resting) {
            $0.touched = true; $0.candidate = .waiting
        }
        expect(.rest, .resting) {
            $0.touched = true; $0.candidate = .rejected; $0.result = .environmentFailure
        }
        expect(.confirmRestore, .resting) { $0.restoreUnconfirmed = true }
        expect(.rest, .resting) {
            $0.restoreUnconfirmed = true; $0.result = .environmentFailure
        }
        expect(.recheck, .resting) { $0.recheckDue = true }
        expect(.prove, .resting) { $0.drift = .proofDue }
        expect(.beginDrift, .resting) { $0.drift = .correctable }
        expect(.rest, .resting) {
            $0.drift = .correctable; $0.result = .environmentFailure
        }
        expect(.rest, .resting) { $0.drift = .reported }
    }

    /// What a gate keeps away may take days: what is live is looked after meanwhile.
    @Test func gated() {
        expect(.beginCandidate, .resting) {
            $0.candidate = .fresh; $0.drift = .correctable
        }
        expect(.beginDrift, .resting) {
            $0.candidate = .fresh; $0.drift = .correctable; $0.gated = true
        }
        expect(.beginCandidate, .resting) {
            $0.candidate = .fresh; $0.drift = .correctable; $0.gated = true; $0.result = .environmentFailure
        }
        expect(.stage, .validating) {
            $0.result = .ok; $0.targetsLeft = true
        }
        expect(.hold, .validating) {
            $0.result = .ok; $0.targetsLeft = true; $0.gated = true
        }
        // What an earlier attempt left live and unproved does not stay for days.
        expect(.restore, .validating) {
            $0.result = .ok; $0.targetsLeft = true; $0.gated = true; $0.touched = true; $0.rollbackTarget = true
        }
        expect(.hold, .held) { $0.result = .held }
        expect(.prove, .held) {
            $0.result = .held; $0.drift = .proofDue
        }
        expect(.hold, .held) {
            $0.result = .held; $0.drift = .correctable
        }
        expect(.finishSuperseded, .held) {
            $0.result = .held; $0.drift = .correctable; $0.gated = true
        }
        expect(.hold, .staging) {
            $0.result = .ok; $0.gated = true
        }
        expect(.publish, .staging) {
            $0.result = .ok; $0.gated = true; $0.touched = true
        }
    }

    /// Between two targets.
    @Test func baking() {
        expect(.bake, .reloading) {
            $0.result = .ok; $0.targetsLeft = true; $0.bakes = true; $0.touched = true
        }
        expect(.bake, .baking)
        for verification: Situation.Verification in [.healthy, .shaky, .waitingForTarget] {
            expect(.rest, .baking) {
                $0.verification = verification; $0.touched = true; $0.rollbackTarget = true; $0.newer = true
            }
        }
        expect(.stage, .baking) {
            $0.verification = .passed; $0.touched = true
        }
        expect(.finishSuperseded, .baking) {
            $0.verification = .passed; $0.touched = true; $0.rollbackRequested = true
        }
        // A person's word ends it at once.
        expect(.restore, .baking) {
            $0.verification = .healthy; $0.touched = true; $0.rollbackTarget = true; $0.refused = true
        }
        for verification: Situation.Verification in [.failed, .unproven] {
            expect(.finishDegraded, .baking) {
                $0.verification = verification; $0.touched = true
            }
            expect(.restore, .baking) {
                $0.verification = verification; $0.touched = true; $0.rollbackTarget = true
            }
            expect(.rest, .baking) {
                $0.verification = verification; $0.touched = true; $0.rollbackTarget = true; $0.suspended = true
            }
        }
    }

    /// Before anything of it is live an attempt gives way, at every stage.
    @Test(arguments: [Situation.Stage.surveying, .adopting, .validating, .held]) func givingWay(stage: Situation.Stage)
    {
        expect(.finishSuperseded, stage) {
            $0.rollbackRequested = true; $0.refused = true
        }
        expect(.finishSuperseded, stage) { $0.newer = true }
        expect(.finishSuperseded, stage) {
            $0.vouching = .withdrawn; $0.touched = true
        }
        expect(.finishRejected, stage) { $0.refused = true }
        expect(.restore, stage) {
            $0.refused = true; $0.touched = true; $0.rollbackTarget = true
        }
        expect(.rest, stage) {
            $0.refused = true; $0.touched = true; $0.rollbackTarget = true; $0.suspended = true
        }
        expect(.finishDegraded, stage) {
            $0.refused = true; $0.touched = true
        }
    }

    @Test func surveying() {
        expect(.survey, .surveying)
        expect(.finishRejected, .surveying) { $0.result = .contentFailure }
        expect(.finishErrored, .surveying) {
            $0.result = .contentFailure; $0.repair = true
        }
        expect(.finishErrored, .surveying) { $0.result = .environmentFailure }
        expect(.adopt, .surveying) {
            $0.result = .ok; $0.equal = true
        }
        expect(.validate, .surveying) { $0.result = .ok }
        expect(.stage, .surveying) {
            $0.result = .ok; $0.repair = true
        }
        expect(.rest, .surveying) {
            $0.result = .ok; $0.repair = true; $0.suspended = true
        }
        expect(.stage, .surveying) {
            $0.result = .ok; $0.repair = true; $0.suspended = true; $0.askedByPerson = true
        }
    }

    @Test func adopting() {
        expect(.adopt, .adopting)
        expect(.finishVerified, .adopting) {
            $0.result = .ok; $0.proofDecides = true
        }
        expect(.rest, .adopting) {
            $0.result = .ok
            $0.proofDecides = true
            $0.vouching = .awaited
        }
        expect(.validate, .adopting) { $0.result = .ok }
        expect(.validate, .adopting) { $0.result = .environmentFailure }
        expect(.reload, .adopting) {
            $0.result = .environmentFailure; $0.repair = true
        }
        expect(.rest, .adopting) {
            $0.result = .environmentFailure; $0.repair = true; $0.suspended = true
        }
    }

    @Test(arguments: [Situation.Stage.validating, .held]) func beforeTheDeploy(stage: Situation.Stage) {
        expect(.validate, stage)
        expect(.rest, stage) {
            $0.suspended = true; $0.result = .ok; $0.targetsLeft = true
        }
        expect(.hold, stage) { $0.result = .held }
        expect(.hold, stage) {
            $0.result = .held; $0.rollbackTarget = true
        }
        expect(.hold, stage) {
            $0.result = .held; $0.touched = true
        }
        expect(.restore, stage) {
            $0.result = .held; $0.touched = true; $0.rollbackTarget = true
        }
        expect(.finishRejected, stage) { $0.result = .contentFailure }
        expect(.finishErrored, stage) { $0.result = .environmentFailure }
        expect(.stage, stage) {
            $0.result = .ok; $0.targetsLeft = true
        }
        expect(.probe, stage) { $0.result = .ok }
    }

    @Test func staging() {
        expect(.stage, .staging)
        expect(.rest, .staging) { $0.suspended = true }
        expect(.publish, .staging) { $0.result = .ok }
        expect(.rest, .staging) {
            $0.result = .ok; $0.suspended = true
        }
        expect(.finishErrored, .staging) { $0.result = .environmentFailure }
        expect(.finishRejected, .staging) { $0.result = .contentFailure }
        expect(.finishErrored, .staging) {
            $0.result = .contentFailure; $0.repair = true
        }
        expect(.restore, .staging) {
            $0.result = .environmentFailure; $0.touched = true; $0.rollbackTarget = true
        }
        expect(.finishDegraded, .staging) {
            $0.result = .environmentFailure; $0.touched = true
        }
        expect(.rest, .staging) {
            $0.result = .environmentFailure; $0.touched = true; $0.rollbackTarget = true; $0.suspended = true
        }
    }

    /// The next target: before the first a newer commit is heard, between two only a person.
    @Test func theNextTarget() {
        for (stage, result) in [(Situation.Stage.staging, Situation.Result.none), (.reloading, .ok)] {
            expect(.finishSuperseded, stage) {
                $0.result = result; $0.targetsLeft = true; $0.newer = true
            }
            expect(.stage, stage) {
                $0.result = result; $0.targetsLeft = true; $0.newer = true; $0.touched = true
            }
            expect(.finishSuperseded, stage) {
                $0.result = result; $0.targetsLeft = true; $0.rollbackRequested = true; $0.touched = true
            }
            expect(.restore, stage) {
                $0.result = result; $0.targetsLeft = true; $0.refused = true; $0.touched = true
                $0.rollbackTarget = true
            }
            expect(.rest, stage) {
                $0.result = result; $0.targetsLeft = true; $0.touched = true; $0.suspended = true
            }
        }
    }

    /// Nothing is deployed that nobody stands for; what is half done is finished all the same.
    @Test func vouching() {
        expect(.survey, .surveying) { $0.vouching = .awaited }
        for result in [Situation.Result.none, .ok] {
            expect(.rest, .validating) {
                $0.result = result; $0.targetsLeft = true; $0.vouching = .awaited
            }
            expect(.rest, .staging) {
                $0.result = result; $0.targetsLeft = true; $0.vouching = .awaited
            }
            expect(.finishSuperseded, .staging) {
                $0.result = result; $0.targetsLeft = true; $0.touched = true; $0.vouching = .withdrawn
            }
        }
        expect(.finishSuperseded, .reloading) {
            $0.result = .ok; $0.targetsLeft = true; $0.touched = true; $0.vouching = .withdrawn
        }
        expect(.publish, .publishing) {
            $0.vouching = .awaited; $0.askedByPerson = true
        }
        expect(.reload, .publishing) {
            $0.result = .ok; $0.vouching = .withdrawn
        }
    }

    @Test func publishingAndReloading() {
        expect(.publish, .publishing)
        expect(.rest, .publishing) { $0.suspended = true }
        expect(.publish, .publishing) {
            $0.suspended = true; $0.askedByPerson = true
        }
        expect(.reload, .publishing) {
            $0.result = .ok; $0.suspended = true; $0.newer = true
        }
        expect(.rest, .publishing) { $0.result = .held }
        expect(.finishErrored, .publishing) { $0.result = .environmentFailure }
        expect(.reload, .reloading)
        expect(.probe, .reloading) { $0.result = .ok }
        expect(.stage, .reloading) {
            $0.result = .ok; $0.targetsLeft = true
        }
        expect(.finishDegraded, .reloading) {
            $0.result = .contentFailure; $0.touched = true
        }
        expect(.restore, .reloading) {
            $0.result = .contentFailure; $0.touched = true; $0.rollbackTarget = true
        }
    }

    @Test func verifying() {
        expect(.probe, .verifying)
        expect(.finishSuperseded, .verifying) {
            $0.rollbackRequested = true; $0.verification = .passed
        }
        expect(.finishDegraded, .verifying) {
            $0.refused = true; $0.touched = true; $0.verification = .healthy
        }
        expect(.rest, .verifying) {
            $0.newer = true; $0.verification = .healthy
        }
        for verification in [Situation.Verification.shaky, .waitingForTarget] {
            expect(.finishSuperseded, .verifying) {
                $0.newer = true; $0.verification = verification
            }
            expect(.rest, .verifying) {
                $0.newer = true; $0.suspended = true; $0.verification = verification
            }
            expect(.rest, .verifying) { $0.verification = verification }
        }
        expect(.finishVerified, .verifying) { $0.verification = .passed }
        expect(.finishDegraded, .verifying) { $0.verification = .unproven }
        expect(.finishDegraded, .verifying) {
            $0.verification = .failed; $0.touched = true
        }
        expect(.finishDegraded, .verifying) {
            $0.verification = .failed; $0.rollbackTarget = true
        }
        expect(.restore, .verifying) {
            $0.verification = .failed; $0.touched = true; $0.rollbackTarget = true
        }
        expect(.rest, .verifying) {
            $0.verification = .failed; $0.touched = true; $0.rollbackTarget = true; $0.suspended = true
        }
    }

    @Test func restoring() {
        expect(.restore, .restoring) { $0.suspended = true }
        expect(.reloadRestored, .restoring) {
            $0.result = .ok; $0.targetsLeft = true
        }
        expect(.probeRestored, .restoring) { $0.result = .ok }
        for result in [Situation.Result.held, .contentFailure, .environmentFailure] {
            expect(.rest, .restoring) { $0.result = result }
        }
        expect(.reloadRestored, .reloadingRestored) {
            $0.targetsLeft = true; $0.result = .contentFailure
        }
        expect(.probeRestored, .reloadingRestored)
        expect(.probeRestored, .verifyingRestored)
        expect(.rest, .verifyingRestored) {
            $0.verification = .healthy; $0.newer = true
        }
        expect(.rest, .verifyingRestored) { $0.verification = .waitingForTarget }
        expect(.finishDegraded, .verifyingRestored) {
            $0.verification = .waitingForTarget; $0.newer = true
        }
        expect(.finishDegraded, .verifyingRestored) {
            $0.verification = .waitingForTarget; $0.rollbackRequested = true
        }
        expect(.finishRolledBack, .verifyingRestored) { $0.verification = .passed }
        expect(.finishDegraded, .verifyingRestored) { $0.verification = .failed }
        expect(.finishDegraded, .verifyingRestored) { $0.verification = .unproven }
    }
}
