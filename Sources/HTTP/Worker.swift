import Glibc

/// One thread of a ``WorkerPool``; guarded by the pool's mutex, but for its session, which works on its thread alone.
final class Worker {
    /// What it works on, or shall work on next.
    var job: WorkerPool.Job?
    /// Present while the thread lives; others may only interrupt it.
    var session: CurlSession?
    private(set) var thread = pthread_t()
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init(job: WorkerPool.Job) {
        self.job = job
        condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The wall clock may jump; a wait must not.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func wake() {
        pthread_cond_signal(condition)
    }

    /// Waits for `wake`, false when the time is up. The mutex is held before and after.
    func wait(_ mutex: UnsafeMutablePointer<pthread_mutex_t>, until end: UInt64) -> Bool {
        var limit = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &limit) != ETIMEDOUT
    }

    /// Starts the thread, which retains the pool until it ends. False when the system allows no more threads.
    func startThread(pool: WorkerPool) -> Bool {
        let life = Unmanaged.passRetained(Life(pool: pool, worker: self))
        let code = withAsynchronousSignalsBlocked {
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let life = Unmanaged<Life>.fromOpaque(context).takeRetainedValue()
                    life.pool.run(life.worker)
                    return nil
                }, life.toOpaque())
        }
        guard code == 0 else {
            life.release()
            return false
        }
        return true
    }

    private final class Life {
        let pool: WorkerPool
        let worker: Worker

        init(pool: WorkerPool, worker: Worker) {
            self.pool = pool
            self.worker = worker
        }
    }

    /// The new thread inherits the mask: a SIGTERM goes to the threads that expect it, and a write to a closed connection
    /// is an error code instead of a SIGPIPE. Signals of a crash stay deliverable.
    private func withAsynchronousSignalsBlocked(_ body: () -> CInt) -> CInt {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] {
            sigdelset(&all, crash)
        }
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }
}
