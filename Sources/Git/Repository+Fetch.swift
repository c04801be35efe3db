import CLibgit2
import CPlatform
import StokerCore

extension Repository {
    /// Talks to a server: shows its references to `choose`, then brings what the returned refspecs name into this repository, moves the
    /// local references they name, and removes those local references that the refspecs cover and the server no longer has.
    ///
    /// Blocks for as long as the connection lets the server: libgit2 has no time-outs. Call it only in a process that can be killed.
    /// - Parameter choose: gets what the server advertises; an empty list of refspecs ends the fetch without a download.
    /// - Parameter report: called as data arrives, often.
    /// - Returns: the objects and bytes received; zeros when nothing was downloaded.
    /// - Throws: `connection` when the connection failed, `tooManyBytes` and `tooManyReferences` when the server sends too much.
    public func fetch(
        _ settings: FetchSettings, choose: ([RemoteReference]) throws(GitError) -> [String],
        report: @escaping (FetchProgress) -> Void
    ) throws(GitError) -> FetchProgress {
        let remote = try remote(settings.url)
        let callbacks = FetchCallbacks(settings, report: report)
        do throws(GitError) {
            try connect(remote.pointer, callbacks)
            defer { git_remote_disconnect(remote.pointer) }
            let refspecs = try choose(try advertised(remote.pointer, limit: settings.referencesLimit))
            guard !refspecs.isEmpty else { return callbacks.progress }
            try download(remote.pointer, refspecs, callbacks)
        } catch {
            throw Self.explained(error, callbacks, settings)
        }
        return callbacks.progress
    }

    /// An anonymous remote. The plain constructors leak 57-90 KB each through the `url.*.insteadOf` rules.
    private func remote(_ url: String) throws(GitError) -> Owned {
        try Owned("prepare the fetch", release: git_remote_free) { made in
            var options = git_remote_create_options()
            let code = git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
            guard code >= 0 else { return code }
            options.repository = pointer
            options.flags =
                GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
            return git_remote_create_with_opts(&made, url, &options)
        }
    }

    private func connect(_ remote: OpaquePointer, _ callbacks: FetchCallbacks) throws(GitError) {
        var options = git_remote_connect_options()
        try check(
            git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION)), "prepare the fetch")
        callbacks.install(in: &options.callbacks)
        let code = withExtendedLifetime(callbacks) {
            git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options)
        }
        try check(code, "connect")
    }

    private func advertised(_ remote: OpaquePointer, limit: Int) throws(GitError) -> [RemoteReference] {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try check(git_remote_ls(&heads, &count, remote), "list the references of the server")
        guard count <= limit else {
            throw GitError(
                code: .tooManyReferences,
                message: "the server has \(count) references, more than the limit of \(limit)")
        }
        var references: [RemoteReference] = []
        for head in UnsafeBufferPointer(start: heads, count: count) {
            guard let head = head?.pointee, let name = head.name else { continue }
            references.append(
                RemoteReference(
                    name: String(cString: name), id: ObjectID(head.oid),
                    symbolicTarget: head.symref_target.map { String(cString: $0) }))
        }
        return references
    }

    private func download(
        _ remote: OpaquePointer, _ refspecs: [String], _ callbacks: FetchCallbacks
    ) throws(GitError) {
        var options = git_fetch_options()
        try check(git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)), "prepare the fetch")
        callbacks.install(in: &options.callbacks)
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        options.update_fetchhead = 0
        let code = withExtendedLifetime(callbacks) {
            Self.withStrings(refspecs) { specs in
                var specs = specs
                let code = git_remote_download(remote, &specs, &options)
                guard code >= 0 else { return code }
                // The pack is complete and checked here; only now do references move, each by one rename.
                let moved = git_remote_update_tips(
                    remote, &options.callbacks, 0, GIT_REMOTE_DOWNLOAD_TAGS_NONE, nil)
                return moved < 0 ? moved : git_remote_prune(remote, &options.callbacks)
            }
        }
        try check(code, "receive")
    }

    /// Lends an array of C strings.
    private static func withStrings(_ strings: [String], _ body: (git_strarray) -> Int32) -> Int32 {
        let copies = strings.map { string in
            let bytes = Array(string.utf8CString)
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            _ = copy.initialize(from: bytes)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        var pointers: [UnsafeMutablePointer<CChar>?] = copies.map(\.baseAddress)
        return pointers.withUnsafeMutableBufferPointer { body(git_strarray(strings: $0.baseAddress, count: $0.count)) }
    }

    /// libgit2 leaves no message, or a misleading one, after a callback of ours has refused: what we know is said instead.
    private static func explained(_ error: GitError, _ callbacks: FetchCallbacks, _ settings: FetchSettings) -> GitError
    {
        if let failure = callbacks.connectionFailure {
            return GitError(code: .connection, area: .network, message: "\(failure)")
        }
        if callbacks.exceededLimit {
            return GitError(
                code: .tooManyBytes, message: "the server sent more than \(SizeText.text(settings.receivedBytesLimit))")
        }
        return error
    }
}
