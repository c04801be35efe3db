// Environment: the hands of one environment's loop. `EnvironmentHost` performs the effects that the machine in
// StokerCore asks for, one file for each kind of effect, and decides nothing. Disk, SQLite and git's object database are
// used on one thread, the `HostActor`'s; HTTP and children run elsewhere and are awaited, so that several environments
// share the thread without waiting for each other's processes.
import CPlatform
import Glibc
import StokerCore
import Synchronization

/// Everything that touches the disk, SQLite or git runs here, on one thread of its own: never on the cooperative pool.
@globalActor
public actor HostActor {
    /// The one there is.
    public static let shared = HostActor()
    private static let thread = HostThread()
    /// The thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.thread.asUnownedSerialExecutor() }
}

/// One thread that runs jobs in their order, for the life of the program.
final class HostThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var started = false
    }

    private let state = Mutex(State())
    /// Counts the jobs; lives as long as the program.
    private nonisolated(unsafe) let wakeUp: UnsafeMutablePointer<sem_t>

    init() {
        wakeUp = .allocate(capacity: 1)
        sem_init(wakeUp, 0, 0)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let mustStart = state.withLock { state in
            state.jobs.append(unowned)
            defer { state.started = true }
            return !state.started
        }
        if mustStart { start() }
        sem_post(wakeUp)
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    private func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let owner = Unmanaged<HostThread>.fromOpaque(context).takeUnretainedValue()
                while true { owner.runNext() }
            }, context)
        precondition(code == 0, "the thread for disk and journal cannot be started: error \(code)")
        pthread_detach(thread)
    }

    private func runNext() {
        while sem_wait(wakeUp) != 0 {}
        let job = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
        job?.runSynchronously(on: asUnownedSerialExecutor())
    }
}
