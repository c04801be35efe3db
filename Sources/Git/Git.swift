// libgit2, and nothing else, lives behind this folder.
//
// libgit2 1.5 is good at reading a repository and bad at being a network client: it has no time-outs and old TLS. It speaks the git protocol
// here and nothing below it: bytes come and go through a `GitConnection` that somebody else made. The half that does so
// (`Repository+Fetch.swift`) is only ever called in a child process that can be killed, and the half that reads (everything else) is called
// in the daemon itself. All pointers of libgit2 are one Swift type, OpaquePointer; each is wrapped at birth in `Owned`, which frees
// it exactly once. Errors of libgit2 live in a thread-local that the next call overwrites: `check` reads it on the spot. Nothing here is
// asynchronous and nothing here may be shared between two threads at once.

import CLibgit2
import CPlatform

/// libgit2 as a whole: started once, on first use, cut off from the configuration of the machine it runs on.
public enum Git {
    /// Starting costs about 10 ms and 3 MB (it reads the CA bundle), so commands that need no repository never pay it.
    private static let started: Result<Void, GitError> = start()

    /// Starts libgit2 unless it runs already. Every entry point of this module calls it first.
    static func ready() throws(GitError) {
        try started.get()
    }

    private static func start() -> Result<Void, GitError> {
        do throws(GitError) {
            let count = git_libgit2_init()
            guard count > 0 else { throw GitError.last(count, while: "start libgit2") }
            // The same repository must read the same way whatever ~/.gitconfig, /etc/gitconfig or a template folder say.
            for level in [
                GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA,
            ] {
                try check(
                    platform_git_set_search_path(level.rawValue, ""), "leave out the git configuration of the machine")
            }
            try check(platform_git_set_template_path(""), "leave out the git templates of the machine")
            // The default of 256 MB would let an idle daemon grow with the repository.
            try check(platform_git_set_cache_max_size(16 << 20), "bound the object cache")
            try check(platform_git_set_mwindow(16 << 20, 128 << 20), "bound the mapped windows")
            // `safe.directory` protects from hooks and filters, of which libgit2 runs none; a repository of another user is a normal source.
            try check(platform_git_set_owner_validation(0), "accept repositories of other users")
            try check(platform_git_set_fsync(1), "make fetched objects durable before their references")
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}

/// Turns a negative return code into the error that libgit2 left on this thread, at once.
@discardableResult
func check(_ code: Int32, _ doing: @autoclosure () -> String) throws(GitError) -> Int32 {
    guard code < 0 else { return code }
    throw GitError.last(code, while: doing())
}
