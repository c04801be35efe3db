import CLibgit2

/// One object that libgit2 allocated, freed exactly once when its owner goes away.
struct Owned: ~Copyable {
    let pointer: OpaquePointer
    private let release: @convention(c) (OpaquePointer?) -> Void

    /// Takes what a libgit2 constructor wrote through its out parameter.
    /// `make` fills the pointer and returns libgit2's code; `release` is the matching `git_…_free`.
    init(
        _ doing: @autoclosure () -> String,
        release: @escaping @convention(c) (OpaquePointer?) -> Void,
        _ make: (inout OpaquePointer?) -> Int32
    ) throws(GitError) {
        var made: OpaquePointer?
        let code = make(&made)
        guard code >= 0, let made else {
            throw GitError.last(code < 0 ? code : GIT_ERROR.rawValue, while: doing())
        }
        self.pointer = made
        self.release = release
    }

    deinit { release(pointer) }
}
