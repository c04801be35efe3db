import Foundation
import StokerHost
import TestSupport

/// Polls of a daemon one after the other: it is woken again and again through its pipe, as commands wake it, but without a
/// request in the journal. What follows is what follows a timer: a look.
enum Wakes {
    static func wake(_ stoker: StokerProcess) { WakeFIFO(storage: stoker.storage).wake() }

    /// Wakes the daemon until its server has answered so many requests more; without news each of them is one poll.
    static func poll(_ count: Int, _ server: GitHTTPServer, _ stoker: StokerProcess) async throws {
        let end = server.requests().count + count
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Wakings that find it at work are one.
                while !Task.isCancelled {
                    wake(stoker)
                    do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
                }
            }
            defer { group.cancelAll() }
            try await eventually("\(count) polls", within: .seconds(3600), every: .milliseconds(500)) {
                guard stoker.isRunning else { throw TestFailure("the daemon ended:\n\(stoker.tail())") }
                return server.requests().count >= end
            }
        }
    }
}
