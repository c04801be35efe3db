import CLibgit2

extension Repository {
    /// The number of bytes of a blob, without reading them.
    public func size(ofBlob id: ObjectID) throws(GitError) -> Int {
        let header = try header(of: id, in: try database())
        guard header.kind == GIT_OBJECT_BLOB else {
            throw GitError(code: .generic, area: .objects, message: "the object \(id) is not a file")
        }
        return header.size
    }

    /// Where all objects are.
    func database() throws(GitError) -> Owned {
        try Owned("open the object database of \(path)", release: git_odb_free) { git_repository_odb(&$0, pointer) }
    }

    /// The kind and the number of bytes of an object, without reading them.
    func header(of id: ObjectID, in database: borrowing Owned) throws(GitError) -> (kind: git_object_t, size: Int) {
        var raw = id.raw
        var size = 0
        var kind = GIT_OBJECT_INVALID
        try check(git_odb_read_header(&size, &kind, database.pointer, &raw), "read the object \(id)")
        return (kind, size)
    }

    /// Refuses a tree, a commit or a tag that would be read as a whole and is larger than any honest one: the repository is
    /// somebody else's, and a megabyte of it may become gigabytes of memory. What is not there is for the caller to find.
    func checkSize(of id: ObjectID, limit: Int, _ what: @autoclosure () -> String) throws(GitError) {
        let size: Int
        let database = try database()
        do throws(GitError) {
            size = try header(of: id, in: database).size
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
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
