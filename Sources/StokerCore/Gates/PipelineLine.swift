// What `status` says below its table about an environment that waits for others or for the time of day.
extension EnvironmentStatus {
    /// One line for people: what runs, what wants in and what holds it, and when the next window is. Nil for an environment
    /// without upstreams and windows that no gate holds.
    public func pipelineLine(
        _ configuration: EnvironmentConfiguration, zones: [ZoneRules], now: WallTime
    ) -> String? {
        let gates = configuration.gates
        let isGated = held && self.gates?.contains { !$0.open } ?? false
        let hasWindows = !gates.windows.isEmpty || !gates.blackouts.isEmpty
        guard !configuration.after.names.isEmpty || isGated || hasWindows || promotion != nil else { return nil }
        var parts: [String] = []
        if !configuration.after.names.isEmpty { parts.append("after \(Self.names(configuration.after))") }
        parts.append(Self.short(runningRevision).map { "running \($0)" } ?? "what runs is not known")
        if let candidateRevision { parts.append("candidate \(Self.short(candidateRevision) ?? candidateRevision)") }
        if let promotion { parts.append(promotion.words(standingIn: name)) }
        if let holdWords { parts.append(holdWords) }
        if let files = unexercised, !files.isEmpty {
            parts.append("not exercised before: \(Self.list(files))")
        }
        if hasWindows {
            let windows = Windows(windows: gates.windows, blackouts: gates.blackouts, zones: zones)
            parts.append(Self.words(windows, now))
        }
        if gates.isEmpty, !configuration.after.names.isEmpty { parts.append("no gates beyond after") }
        return "\(name): \(parts.joined(separator: "; "))"
    }

    private static func names(_ upstreams: Upstreams) -> String {
        upstreams.names.map(\.rawValue).joined(separator: upstreams.any ? " or " : ", ")
    }

    private static func short(_ revision: String?) -> String? { revision.flatMap { Revision($0)?.short } }

    /// The hold of the table first: no gate opens what the source or a person keeps shut.
    private var holdWords: String? {
        let closed = gates?.filter { !$0.open } ?? []
        if held, let gate = closed.first(where: { $0.gate == reason }) ?? (reason == nil ? closed.first : nil) {
            return "held by \(Self.words(gate))"
        }
        guard let reason, held || Self.isOfSource(reason) else { return nil }
        return "held by \(reason.rawValue)" + (closed.first.map { ", then by \(Self.words($0))" } ?? "")
    }

    private static func isOfSource(_ reason: Reason) -> Bool {
        [.historyRewritten, .signatureInvalid, .sourceInvalid].contains(reason)
    }

    private static func words(_ hold: GateStatus) -> String {
        var text = hold.gate.rawValue
        if let seconds = hold.opensInSeconds { text += " for another \(Duration.seconds(seconds).prometheusText)" }
        if let who = hold.waitsFor { text += ", waits for \(who)" }
        return text
    }

    private static func words(_ windows: Windows, _ now: WallTime) -> String {
        func left(_ until: WallTime) -> String {
            Duration.seconds((until.milliseconds - now.milliseconds + 999) / 1000).prometheusText
        }
        if windows.isOpen(at: now) {
            return windows.closes(from: now).map { "the window is open for another \(left($0))" } ?? "always open"
        }
        return windows.opens(from: now).map { "next window in \(left($0))" } ?? "no window within ten years"
    }

    private static func list(_ files: [String]) -> String {
        files.prefix(5).joined(separator: ", ") + (files.count > 5 ? " and \(files.count - 5) more" : "")
    }
}
