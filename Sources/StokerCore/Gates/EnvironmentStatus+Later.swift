// A status that is read later than it was noted, perhaps with nobody having looked since.
extension EnvironmentStatus {
    /// The same as of now: what has ended by the clock alone is not said to hold, and what has not is said with the time
    /// that is left now. What holds besides is as it was noted.
    /// - Parameters:
    ///   - record: as last noted, too.
    ///   - zones: the rules of every zone that the windows name.
    public func read(
        at now: WallTime, _ record: EnvironmentRecord, _ configuration: EnvironmentConfiguration, zones: [ZoneRules]
    ) -> EnvironmentStatus {
        var status = self
        status.promotion = record.promotion
        status.gates = gates?.map { gate in
            // A window may be closed and passed all the same.
            gate.open && gate.gate != .frozen
                ? gate : Self.standing(gate.gate, now, record, configuration, zones).map(GateStatus.init) ?? gate
        }
        if reason == .suspended, let suspension = record.suspension {
            status.suspend(suspension, at: now)
        } else if let reason, let gate = Self.standing(reason, now, record, configuration, zones) {
            if gate.isOpen {
                status.pass(reason, Self.words(of: reason), reason == .frozen ? record.freeze?.until : nil)
            } else if let noted = gates?.first(where: { $0.gate == reason })?.message, message.hasPrefix(noted) {
                status.message = gate.message + message.dropFirst(noted.count)
            }
        }
        return status
    }

    /// Gates that open by the clock alone; nil for all others.
    private static func standing(
        _ gate: Reason, _ now: WallTime, _ record: EnvironmentRecord, _ configuration: EnvironmentConfiguration,
        _ zones: [ZoneRules]
    ) -> GateStanding? {
        if gate == .frozen { return .freeze(record.freeze, of: configuration.name, at: now) }
        guard gate == .outsideWindow else { return nil }
        let windows = Windows(
            windows: configuration.gates.windows, blackouts: configuration.gates.blackouts, zones: zones)
        if windows.isOpen(at: now) { return .openWindow(windows, at: now) }
        return .closedWindow(opens: windows.opens(from: now), at: now)
    }

    /// A suspension that is over is none; of one that ends by itself it is said when.
    private mutating func suspend(_ suspension: EnvironmentRecord.Suspension, at now: WallTime) {
        guard suspension.isOn(at: now) else {
            health = .unknown
            return pass(.suspended, "the suspension is over", suspension.until)
        }
        let words = "suspended by \(suspension.actor): \(suspension.reason)"
        guard let until = suspension.until, message.hasPrefix(words) else { return }
        message =
            "\(words); \(Gatekeeper.rounded(Gatekeeper.time(from: now, to: until))) left"
            + message.dropFirst(words.count)
    }

    private static func words(of gate: Reason) -> String {
        gate == .frozen ? "the freeze is over" : "the window is open"
    }

    /// What held is over: what was noted behind it holds, or nothing that anybody knows of.
    /// - Parameter at: when it ended, where that is known.
    private mutating func pass(_ hold: Reason, _ words: String, _ at: WallTime?) {
        reasonSince = nil
        since = at
        if let next = gates?.first(where: { !$0.open && $0.gate != hold }) {
            reason = next.gate
            message = next.message
        } else {
            reason = nil
            held = false
            message = "\(words), and nobody has looked since: `stoker run` goes on"
        }
    }
}
