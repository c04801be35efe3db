import Subprocess
import Synchronization

/// Keeps the last bytes of a stream, whatever its length: a program that never stops talking must not fill our memory.
final class TailBuffer: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var dropped = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Reads a stream to its end. What arrived before an error stays; the error itself says nothing that the program's
    /// exit does not.
    /// - Parameter overflowed: called each time that there is more than is kept.
    func drain(_ stream: SubprocessOutputSequence, overflowed: () -> Void = {}) async {
        do {
            for try await buffer in stream {
                if !buffer.withUnsafeBytes({ append($0) }) { overflowed() }
            }
        } catch { return }
    }

    /// - Returns: whether all that came is still there.
    private func append(_ new: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.bytes.append(contentsOf: new)
            // Twice the limit, so that the front is moved seldom.
            if state.bytes.count > 2 * limit { Self.trim(&state, to: limit) }
            return state.dropped == 0 && state.bytes.count <= limit
        }
    }

    /// What was kept.
    func take() -> ChildResult.Output {
        state.withLock { state in
            Self.trim(&state, to: limit)
            return ChildResult.Output(bytes: state.bytes, dropped: state.dropped)
        }
    }

    private static func trim(_ state: inout State, to limit: Int) {
        let excess = state.bytes.count - limit
        guard excess > 0 else { return }
        state.bytes.removeFirst(excess)
        state.dropped += excess
    }
}
