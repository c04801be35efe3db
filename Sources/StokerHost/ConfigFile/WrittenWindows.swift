import StokerCore

/// The windows and blackouts of one environment, with their places: what never opens is no mistake of the file, because time
/// alone makes it so, but nobody wants it.
struct WrittenWindows: Hashable, Sendable {
    struct Window: Hashable, Sendable {
        let interval: CalendarInterval
        let mark: Node.Mark
    }

    let windows: [Window]
    let blackouts: [CalendarInterval]
    /// Of the key of the blackouts.
    let mark: Node.Mark

    /// Places and words of what lets nothing in for ten years from now on.
    func closed(at now: WallTime, zones: [ZoneRules]) -> [(mark: Node.Mark, message: String)] {
        func opens(_ windows: [CalendarInterval], _ blackouts: [CalendarInterval]) -> Bool {
            Windows(windows: windows, blackouts: blackouts, zones: zones).opens(from: now) != nil
        }
        let dead = windows.filter { !opens([$0.interval], []) }
        var found = dead.map { ($0.mark, "this window never opens: no moment of the next ten years is inside it") }
        let isAllDead = !windows.isEmpty && dead.count == windows.count
        if !blackouts.isEmpty, !isAllDead, !opens(windows.map(\.interval), blackouts) {
            let what = windows.isEmpty ? "all of the next ten years" : "every window of the next ten years"
            found.append((mark, "the environment never opens: blackouts cover \(what)"))
        }
        return found
    }
}
