// Gates that open by the clock alone: said alike by the loop, and by whoever reads later what it noted.
extension GateStanding {
    /// Nobody keeps new revisions away.
    static let unfrozen = GateStanding(.frozen, isOpen: true, "not frozen")

    /// A person's freeze; open where it is over.
    static func freeze(
        _ freeze: EnvironmentRecord.Suspension?, of name: EnvironmentName, at now: WallTime
    ) -> GateStanding {
        guard let freeze, freeze.isOn(at: now) else { return .unfrozen }
        let left = freeze.until.map { Gatekeeper.time(from: now, to: $0) }
        return GateStanding(
            .frozen, isOpen: false,
            "frozen by \(freeze.actor): \(freeze.reason)" + (left.map { "; \(Gatekeeper.rounded($0)) left" } ?? ""),
            lasting: "frozen by \(freeze.actor): \(freeze.reason)", opensIn: left,
            waitsFor: left == nil ? "`stoker unfreeze \(name)`" : nil)
    }

    /// A closed window, and when the next one opens; nil where none does within ten years.
    static func closedWindow(opens: WallTime?, at now: WallTime) -> GateStanding {
        guard let opens else {
            return GateStanding(
                .outsideWindow, isOpen: false, "no window opens within ten years", waitsFor: "stoker.yml")
        }
        let left = Gatekeeper.time(from: now, to: opens)
        return GateStanding(
            .outsideWindow, isOpen: false, "the window is closed for another \(Gatekeeper.rounded(left))",
            lasting: "the window is closed", opensIn: left)
    }

    /// An open window.
    static func openWindow(_ windows: Windows, at now: WallTime) -> GateStanding {
        let until = windows.closes(from: now).map {
            " for another \(Gatekeeper.rounded(Gatekeeper.time(from: now, to: $0)))"
        }
        return GateStanding(.outsideWindow, isOpen: true, "the window is open\(until ?? "")")
    }
}
