/// Sends requests over libcurl, at most `maxWorkers` at once, without ever blocking the cooperative pool.
///
/// Nothing happens before the first request: no thread, no libcurl. Threads are made on demand, keep their connections
/// for reuse and end by themselves when idle for long enough.
public final class HTTPClient: Sendable {
    private let pool: WorkerPool

    /// A client.
    ///
    /// - Parameters:
    ///   - userAgent: for example `stoker/1.0`.
    ///   - maxWorkers: how many requests run at once.
    ///   - maxQueued: how many more may wait; beyond that `send` throws `busy`.
    ///   - maxIdle: how long a thread and its connections are kept without work.
    public init(
        userAgent: String, maxWorkers: Int = 16, maxQueued: Int = 256, maxIdle: Duration = .seconds(90)
    ) {
        pool = WorkerPool(userAgent: userAgent, maxWorkers: maxWorkers, maxQueued: maxQueued, maxIdle: maxIdle)
    }

    /// Sends a request and waits for the whole answer, at most `request.timeout`.
    ///
    /// Cancelling the task ends the transfer within milliseconds; `send` then throws `cancelled`.
    public func send(_ request: Request) async throws(HTTPError) -> Response {
        let transfer = Transfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pool.submit(WorkerPool.Job(transfer: transfer, continuation: continuation))
            }
        } onCancel: {
            pool.cancel(transfer)
        }
        return try result.get()
    }

    /// Ends what runs and what waits (they throw `closed`), and waits for the threads to end. Calling it again does
    /// nothing; a later `send` throws `closed`.
    public func close() {
        pool.close()
    }
}
