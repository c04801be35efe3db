/// A limit on how many worlds exist at once: a hundred Prometheus processes starting together would miss every deadline.
public actor Slots {
    /// The slots all worlds share.
    public static let shared = Slots(6)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// So many at once.
    public init(_ count: Int) {
        free = count
    }

    /// Waits for a slot; give it back with `release`.
    public func acquire() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// Gives a slot back.
    public func release() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
