import CLibgit2

/// What libgit2 calls back into during a fetch. Its callbacks are C functions and cannot capture; they find this object through their
/// payload pointer, which stays valid because the fetch keeps the object alive until libgit2 has returned.
final class FetchCallbacks {
    private let settings: FetchSettings
    private let report: (FetchProgress) -> Void
    private(set) var progress = FetchProgress()
    private(set) var exceededLimit = false
    private let table: ConnectionTable?
    /// What the connection threw, if it did.
    var connectionFailure: (any Error)? { table?.failure }

    init(_ settings: FetchSettings, report: @escaping (FetchProgress) -> Void) {
        self.settings = settings
        self.report = report
        table = settings.connection.map { ConnectionTable($0) }
    }

    /// Fills in libgit2's table. The payload does not own this object.
    func install(in callbacks: inout git_remote_callbacks) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.transport = { out, owner, payload in
            guard let out, let payload else { return GIT_ERROR.rawValue }
            let callbacks = Unmanaged<FetchCallbacks>.fromOpaque(payload).takeUnretainedValue()
            // Named here, as libgit2 would pick a transport of its own by the URL otherwise.
            return callbacks.table?.makeTransport(out, owner) ?? git_transport_local(out, owner, nil)
        }
        callbacks.transfer_progress = { stats, payload in
            guard let stats, let payload else { return 0 }
            return Unmanaged<FetchCallbacks>.fromOpaque(payload).takeUnretainedValue().advance(stats.pointee)
        }
    }

    private func advance(_ stats: git_indexer_progress) -> Int32 {
        progress = FetchProgress(
            totalObjects: Int(stats.total_objects), receivedObjects: Int(stats.received_objects),
            receivedBytes: stats.received_bytes)
        guard progress.receivedBytes <= settings.receivedBytesLimit else {
            exceededLimit = true
            return GIT_EUSER.rawValue
        }
        report(progress)
        return 0
    }
}
