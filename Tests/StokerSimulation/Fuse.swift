/// The one crash counter of a simulated process: disk calls, journal writes and signals spend the same fuse, so that a
/// walk over its numbers dies once between any two effects, whatever they act on.
public final class Fuse {
    /// How many more effects succeed before the process dies; nil: it does not.
    public var remaining: Int?
    /// How many effects succeeded since the start, or the last `reset`.
    public private(set) var count = 0
    /// The process is dead: nothing has an effect any more.
    public private(set) var blown = false

    /// - Parameter remaining: nil: it never blows.
    public init(remaining: Int? = nil) { self.remaining = remaining }

    /// Called before each effect; false: the process died before it, and the caller must do nothing.
    @discardableResult
    public func spend() -> Bool {
        if blown { return false }
        if let left = remaining {
            if left <= 0 {
                blown = true
                return false
            }
            remaining = left - 1
        }
        count += 1
        return true
    }

    /// The process starts again.
    public func reset() {
        remaining = nil
        count = 0
        blown = false
    }
}
