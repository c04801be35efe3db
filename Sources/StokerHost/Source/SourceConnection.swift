import Git

/// A connection of the fetch child to its server. What it refused is known here in our own words, of which libgit2 would
/// leave only "the connection failed".
protocol SourceConnection: GitConnection {
    /// Why it failed, once it has.
    var failure: FetchFailure? { get }
}

extension FetchRequest {
    /// A connection that is not open yet; nil where libgit2 reads a folder of this machine.
    func connection() -> (any SourceConnection)? {
        switch access {
        case .local: nil
        case .http(let access): HTTPConnection(access)
        case .ssh(let access): SSHConnection(access)
        }
    }
}
