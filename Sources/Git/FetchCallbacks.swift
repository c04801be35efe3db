import CLibgit2

/// What libgit2 calls back into during a fetch. Its callbacks are C functions and cannot capture; they find this object through their
/// payload pointer, which stays valid because the fetch keeps the object alive until libgit2 has returned.
final class FetchCallbacks {
    private let settings: FetchSettings
    private let report: (FetchProgress) -> Void
    private(set) var progress = FetchProgress()
    /// How often the server asked for a password.
    private(set) var timesAsked = 0
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
        callbacks.credentials = { out, _, _, allowed, payload in
            guard let payload else { return GIT_EAUTH.rawValue }
            return Unmanaged<FetchCallbacks>.fromOpaque(payload).takeUnretainedValue().offerCredentials(out, allowed)
        }
        if table != nil {
            callbacks.transport = { out, owner, payload in
                guard let payload else { return GIT_ERROR.rawValue }
                let callbacks = Unmanaged<FetchCallbacks>.fromOpaque(payload).takeUnretainedValue()
                return callbacks.table?.makeTransport(out, owner) ?? GIT_ERROR.rawValue
            }
        }
        callbacks.transfer_progress = { stats, payload in
            guard let stats, let payload else { return 0 }
            return Unmanaged<FetchCallbacks>.fromOpaque(payload).takeUnretainedValue().advance(stats.pointee)
        }
    }

    /// libgit2 asks again after every rejection, for ever: the same password is tried twice, as some servers drop a connection and ask anew.
    private func offerCredentials(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, _ allowed: UInt32
    ) -> Int32 {
        timesAsked += 1
        guard timesAsked <= 2, allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0 else {
            return GIT_EAUTH.rawValue
        }
        switch settings.authentication {
        case .basic(let username, let password):
            return git_credential_userpass_plaintext_new(out, username, password.revealed)
        case .none, .authorization:
            return GIT_EAUTH.rawValue
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
