import Glibc

/// The client's threads and what waits for them.
///
/// Every mutable property, also those of the workers, is touched only under `mutex`; continuations are resumed outside
/// it. A worker is idle again *before* its answer is handed over, so that a caller who asks again gets the same thread,
/// and with it the same connection.
final class WorkerPool: @unchecked Sendable {
    /// A transfer and who waits for it. Resumed exactly once by whoever takes it off its list.
    struct Job {
        let transfer: Transfer
        let continuation: CheckedContinuation<Result<Response, HTTPError>, Never>

        func fail(_ kind: HTTPError.Kind, _ words: String) {
            continuation.resume(returning: .failure(HTTPError(kind, transfer.request, words)))
        }
    }

    let userAgent: String
    private let maxWorkers: Int
    private let maxQueued: Int
    private let maxIdleNanoseconds: UInt64
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var queue: [Job] = []
    private var workers: [Worker] = []
    /// The last to become idle is the first to work again, so that the others can end.
    private var idle: [Worker] = []
    private var isClosed = false

    init(userAgent: String, maxWorkers: Int, maxQueued: Int, maxIdle: Duration) {
        maxIdleNanoseconds = nanoseconds(maxIdle)
        self.userAgent = userAgent
        self.maxWorkers = max(1, maxWorkers)
        self.maxQueued = max(0, maxQueued)
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        // Each thread retains the pool, so none is left here.
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    private func locked<Answer>(_ body: () -> Answer) -> Answer {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Gives the job to an idle worker, a new one, or the queue; or fails it at once.
    func submit(_ job: Job) {
        let refusal: (HTTPError.Kind, String)? = locked {
            if isClosed { return (.closed, "the client is closed") }
            if job.transfer.isCancelled { return (.cancelled, "cancelled before it was sent") }
            if let worker = idle.popLast() {
                worker.job = job
                worker.wake()
                return nil
            }
            if workers.count < maxWorkers, start(Worker(job: job)) { return nil }
            if workers.isEmpty { return (.other(code: 0), "no thread can be started, raise the limit of tasks") }
            if queue.count >= maxQueued {
                return (.busy, "\(queue.count) requests are waiting already, try again later")
            }
            queue.append(job)
            return nil
        }
        if let (kind, words) = refusal {
            job.fail(kind, words)
        }
    }

    /// Takes the transfer off the queue, or interrupts it. One that is not submitted yet is refused in `submit`.
    func cancel(_ transfer: Transfer) {
        transfer.cancel()
        let waiting: Job? = locked {
            if let index = queue.firstIndex(where: { $0.transfer === transfer }) {
                return queue.remove(at: index)
            }
            workers.first { $0.job?.transfer === transfer }?.session?.interrupt()
            return nil
        }
        waiting?.fail(.cancelled, "cancelled before it was sent")
    }

    func close() {
        let (waiting, threads) = locked {
            isClosed = true
            for worker in workers {
                worker.job?.transfer.cancel()
                worker.session?.interrupt()
                worker.wake()
            }
            defer {
                queue = []
                workers = []
                idle = []
            }
            return (queue, workers.map(\.thread))
        }
        for job in waiting {
            job.fail(.closed, "the client was closed before it was sent")
        }
        for thread in threads {
            pthread_join(thread, nil)
        }
    }

    // MARK: - The thread's side

    /// Under the lock.
    private func start(_ worker: Worker) -> Bool {
        guard worker.startThread(pool: self) else { return false }
        workers.append(worker)
        return true
    }

    /// The life of one thread.
    func run(_ worker: Worker) {
        let session = CurlSession(userAgent: userAgent)
        locked { worker.session = session }
        while let job = nextJob(worker) {
            let result = session.perform(job.transfer)
            release(worker)
            job.continuation.resume(returning: outcome(result, job.transfer))
        }
        locked { worker.session = nil }
    }

    private func release(_ worker: Worker) {
        locked {
            if queue.isEmpty {
                worker.job = nil
                idle.append(worker)
            } else {
                worker.job = queue.removeFirst()
            }
        }
    }

    /// Waits for work. Nil ends the thread: the pool is closed, which joins it, or it was idle for too long.
    private func nextJob(_ worker: Worker) -> Job? {
        let end = monotonicNanoseconds() + maxIdleNanoseconds
        return locked {
            while worker.job == nil, !isClosed {
                let isTimeUp = !worker.wait(mutex, until: end)
                guard isTimeUp, worker.job == nil, !isClosed else { continue }
                idle.removeAll { $0 === worker }
                workers.removeAll { $0 === worker }
                pthread_detach(worker.thread)
                return nil
            }
            return worker.job
        }
    }

    /// A transfer that `close` interrupted says so.
    private func outcome(_ result: Result<Response, HTTPError>, _ transfer: Transfer) -> Result<Response, HTTPError> {
        result.mapError { error in
            guard error.kind == .cancelled, locked({ isClosed }) else { return error }
            return HTTPError(
                .closed, transfer.request, "the client was closed", mayHaveArrived: error.mayHaveArrived)
        }
    }
}
