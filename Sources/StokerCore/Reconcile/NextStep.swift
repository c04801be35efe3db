/// The whole policy. Pure: the same situation gives the same step, in production, in the simulator and in the test that
/// walks all of them.
public func nextStep(_ s: Situation) -> Step {
    switch s.stage {
    case .resting: stepAtRest(s)
    case .surveying: stepSurveying(s)
    case .adopting: stepAdopting(s)
    case .validating, .held: stepBeforeDeploy(s)
    case .staging: stepStaging(s)
    case .publishing: stepPublishing(s)
    case .reloading: stepReloading(s)
    case .verifying: stepVerifying(s)
    case .restoring: stepRestoring(s)
    // Whatever a reload said, the look decides what is served.
    case .reloadingRestored: s.targetsLeft ? .reloadRestored : .probeRestored
    case .verifyingRestored: stepVerifyingRestored(s)
    }
}

extension Situation {
    /// Suspension stops every write, and so does a source that was not looked at yet; what a person asked for himself goes
    /// on.
    fileprivate var mayWrite: Bool { !(suspended || vouching == .awaited) || askedByPerson }
    /// Something of ours is live, and there is something better to go back to.
    fileprivate var canGoBack: Bool { touched && rollbackTarget }
}

private func stepAtRest(_ s: Situation) -> Step {
    let waits = s.result == .environmentFailure
    switch s.settlement {
    // Intents of an attempt that is over would be taken back by the next restore: nothing begins before they are gone.
    case .due: return .settle
    case .waiting: return .rest
    case .none: break
    }
    if s.rollbackRequested { return waits ? .rest : .beginRollback }
    if s.candidate == .verifiedMoved { return .moveAlong }
    if s.suspended { return .rest }
    // A newer commit may still deploy when a restore could not be confirmed.
    // What a gate keeps away may take days: what is to be repaired does not wait for it.
    if s.candidate == .fresh { return s.gated && s.drift == .correctable && !waits ? .beginDrift : .beginCandidate }
    // Live, neither verified nor about to be replaced: it was superseded by what turned out to be bad. Judge it.
    if s.touched { return waits || s.candidate == .waiting ? .rest : .beginLive }
    if s.restoreUnconfirmed { return waits ? .rest : .confirmRestore }
    if s.recheckDue { return .recheck }
    switch s.drift {
    case .proofDue: return .prove
    case .correctable: return waits ? .rest : .beginDrift
    case .none, .reported: return .rest
    }
}

/// Why an attempt that has published nothing yet ends: pre-emption, a person's word, or nobody's.
private func stepGivingWay(_ s: Situation) -> Step? {
    if s.rollbackRequested { return .finishSuperseded }
    if s.refused {
        // What an attempt before this one left live goes with it.
        guard s.touched else { return .finishRejected }
        return s.rollbackTarget ? (s.mayWrite ? .restore : .rest) : .finishDegraded
    }
    return s.newer || s.vouching == .withdrawn ? .finishSuperseded : nil
}

private func stepSurveying(_ s: Situation) -> Step {
    if let step = stepGivingWay(s) { return step }
    switch s.result {
    case .none: return .survey
    // What was verified before is not condemned by a survey.
    case .contentFailure: return s.repair ? .finishErrored : .finishRejected
    case .environmentFailure, .held: return .finishErrored
    case .ok:
        if s.equal { return .adopt }
        return s.repair ? (s.mayWrite ? .stage : .rest) : .validate
    }
}

private func stepAdopting(_ s: Situation) -> Step {
    if let step = stepGivingWay(s) { return step }
    switch s.result {
    case .none: return .adopt
    // Its rule tests may be new: what is not adopted or repaired is validated although no file of it changes.
    case .ok:
        guard s.proofDecides else { return .validate }
        return s.vouching == .awaited ? .rest : .finishVerified
    case .contentFailure, .environmentFailure, .held: return s.repair ? (s.mayWrite ? .reload : .rest) : .validate
    }
}

private func stepBeforeDeploy(_ s: Situation) -> Step {
    if let step = stepGivingWay(s) { return step }
    if !s.mayWrite { return .rest }
    switch s.result {
    case .none: return .validate
    // A hold can last for days: what is live and unproved must not wait with it.
    case .held:
        if s.canGoBack { return .restore }
        switch s.drift {
        case .proofDue: return .prove
        case .correctable where s.gated: return .finishSuperseded
        case .correctable, .reported, .none: return .hold
        }
    case .contentFailure: return .finishRejected
    case .environmentFailure: return .finishErrored
    case .ok:
        guard s.targetsLeft else { return .probe }
        return s.gated ? (s.canGoBack ? .restore : .hold) : .stage
    }
}

private func stepStaging(_ s: Situation) -> Step {
    // It may have rested here, suspended, for days.
    if s.vouching == .withdrawn, s.result == .ok, let step = stepGivingWay(s) { return step }
    switch s.result {
    case .none: return stepToStage(s)
    case .ok:
        if !s.mayWrite { return .rest }
        return s.gated && !s.touched ? .hold : .publish
    case .contentFailure, .environmentFailure, .held:
        return s.canGoBack && !s.mayWrite ? .rest : stepAfterFailedDeploy(s)
    }
}

/// The next target's turn: before the first it may still give way, between two only a person is heard.
private func stepToStage(_ s: Situation) -> Step {
    if s.vouching == .withdrawn, let step = stepGivingWay(s) { return step }
    if s.rollbackRequested || s.refused || !s.touched, let step = stepGivingWay(s) { return step }
    return s.mayWrite ? .stage : .rest
}

private func stepPublishing(_ s: Situation) -> Step {
    switch s.result {
    case .none: s.mayWrite ? .publish : .rest
    // Never between deploy and reload.
    case .ok: .reload
    // Half of it is done, and the disk does not let it be taken back: again after a while, for ever.
    case .held: .rest
    case .contentFailure, .environmentFailure: stepAfterFailedDeploy(s)
    }
}

private func stepReloading(_ s: Situation) -> Step {
    switch s.result {
    case .none: .reload
    case .ok: s.targetsLeft ? stepToStage(s) : .probe
    case .contentFailure, .environmentFailure, .held: stepAfterFailedDeploy(s)
    }
}

/// A deploy that has begun is finished or taken back, suspended or not: half of it is worse than either.
private func stepAfterFailedDeploy(_ s: Situation) -> Step {
    if s.touched { return s.rollbackTarget ? .restore : .finishDegraded }
    return s.result == .contentFailure && !s.repair ? .finishRejected : .finishErrored
}

private func stepVerifying(_ s: Situation) -> Step {
    if s.rollbackRequested { return .finishSuperseded }
    if s.refused, let step = stepGivingWay(s) { return step }
    switch s.verification {
    case .due: return .probe
    case .healthy: return .rest
    // A healthy countdown finishes; a failing one gives way to the newest.
    case .shaky, .waitingForTarget: return s.newer && !s.suspended ? .finishSuperseded : .rest
    case .passed: return .finishVerified
    case .unproven: return .finishDegraded
    case .failed:
        guard s.canGoBack else { return .finishDegraded }
        return s.mayWrite ? .restore : .rest
    }
}

/// A restore that has begun is finished: nothing stops it.
private func stepRestoring(_ s: Situation) -> Step {
    switch s.result {
    case .none: .restore
    case .ok: s.targetsLeft ? .reloadRestored : .probeRestored
    // The disk is in the way: again for ever, with backoff.
    case .held, .contentFailure, .environmentFailure: .rest
    }
}

private func stepVerifyingRestored(_ s: Situation) -> Step {
    switch s.verification {
    case .due: .probeRestored
    case .healthy, .shaky: .rest
    // Nobody knows when it comes back: a newer commit may be the fix, and a person's word counts.
    case .waitingForTarget: s.newer || s.rollbackRequested ? .finishDegraded : .rest
    case .passed: .finishRolledBack
    case .failed, .unproven: .finishDegraded
    }
}
