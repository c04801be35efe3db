import CLibgit2

extension Repository {
    /// The number of bytes of a blob, without reading them.
    public func size(ofBlob id: ObjectID) throws(GitError) -> Int {
        let database = try Owned("open the object database of \(path)", release: git_odb_free) {
            git_repository_odb(&$0, pointer)
        }
        var raw = id.raw
        var size = 0
        var kind = GIT_OBJECT_INVALID
        try check(git_odb_read_header(&size, &kind, database.pointer, &raw), "read the object \(id)")
        guard kind == GIT_OBJECT_BLOB else {
            throw GitError(code: .generic, area: .objects, message: "the object \(id) is not a file")
        }
        return size
    }

    /// Refuses a tree, a commit or a tag that would be read as a whole and is larger than any honest one: the repository is
    /// somebody else's, and a megabyte of it may become gigabytes of memory. What is not there is for the caller to find.
    func checkSize(of id: ObjectID, limit: Int, _ what: @autoclosure () -> String) throws(GitError) {
        let database = try Owned("open the object database of \(path)", release: git_odb_free) {
            git_repository_odb(&$0, pointer)
        }
        var raw = id.raw
        var size = 0
        var kind = GIT_OBJECT_INVALID
        let code = git_odb_read_header(&size, &kind, database.pointer, &raw)
        if code == GIT_ENOTFOUND.rawValue { return }
        try check(code, "read the object \(id)")
        guard size <= limit else {
            throw GitError(code: .limit, message: "\(what()) has \(size) bytes, more than the limit of \(limit)")
        }
    }

    /// The largest list of names that is read: a hundred thousand of the longest.
    static var treeBytes: Int { 32 << 20 }
    /// The largest commit or tag: a message is text for people.
    static var commitBytes: Int { 8 << 20 }

    /// The bytes of a blob as they were committed: no filters, no line-ending conversion.
    /// - Throws: `limit` when it is larger than `limit` bytes; it is not read then. `notFound` when the repository is damaged.
    public func blob(_ id: ObjectID, limit: Int) throws(GitError) -> [UInt8] {
        let size = try size(ofBlob: id)
        guard size <= limit else {
            throw GitError(code: .limit, message: "the file \(id) has \(size) bytes, more than the limit of \(limit)")
        }
        var raw = id.raw
        let blob = try Owned("read the object \(id)", release: git_blob_free) { git_blob_lookup(&$0, pointer, &raw) }
        return Array(
            UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: Int(git_blob_rawsize(blob.pointer)))
        )
    }
}
