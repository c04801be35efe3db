/// When closed windows open next. Looking for it can mean to walk through ten years, so it is done once.
public struct Opening: Hashable, Sendable {
    private let asked: WallTime
    /// Nil where none opens within ten years.
    public let at: WallTime?

    /// Looks for it.
    public init(_ windows: Windows, from now: WallTime) {
        asked = now
        at = windows.opens(from: now)
    }

    /// Whether it is still the next one: for a day where there is none, and not for a clock that was set back.
    public func holds(at now: WallTime) -> Bool {
        now >= asked && now < (at ?? WallTime(milliseconds: asked.milliseconds + 86_400_000))
    }
}
