import StokerCore

extension SimulatedStoker {
    /// What must hold when there is nothing left to do, besides what a bystander sees; empty where it does.
    public func brokenAtRest() -> [String] {
        var broken: [String] = []
        func promise(_ what: String, _ holds: Bool) { if !holds { broken.append(what) } }
        let record = loop.record
        let rows = machine.journal.rows
        promise("the journal holds what the loop knows", rows.record == record)
        promise("every intent is settled", rows.intents.isEmpty && record.unsettled.isEmpty)
        promise("every attempt ended", record.attempt.map { $0.outcome != nil } ?? true || status.phase == "held")
        promise("histories end", rows.attempts.allSatisfy { $0.key == record.attempt?.id || $0.value.outcome != nil })
        let lost = machine.lostEdits()
        promise("no edit is lost: \(lost)", lost.isEmpty)
        promise("descriptors are closed", machine.disk.openHandles == 0)
        let kept = record.keptContents(besides: record.live)
        // An attempt that is superseded ends after its own is stored: it goes with the next end.
        promise("releases are pruned", rows.releases.keys.count { !kept.contains($0) } <= 1)
        let (writes, calls) = (machine.journal.writes, machine.fuse.count)
        machine.pass(.seconds(1))
        _ = turn()
        promise(
            "a turn with nothing new writes nothing", machine.journal.writes == writes && machine.fuse.count == calls)
        return broken
    }
}
