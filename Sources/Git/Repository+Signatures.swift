import CLibgit2

extension Repository {
    /// Larger commits and tags are refused: they are a few hundred bytes, and what is signed is handed to other programs.
    public static let largestSignedObject = 1 << 20

    /// A commit as its signature covers it.
    /// - Throws: `notFound` where there is no such commit, `limit` where it is larger than `largestSignedObject`.
    public func signedCommit(_ id: ObjectID) throws(GitError) -> SignedObject {
        guard let bytes = try bytes(of: id, GIT_OBJECT_COMMIT) else {
            throw GitError(code: .notFound, area: .objects, message: "the object \(id) is not a commit")
        }
        return SignedObject(commit: bytes)
    }

    /// An annotated tag; nil where the object is something else, as the commit of a lightweight tag.
    /// - Throws: `notFound` where there is no such object, `limit` where it is larger than `largestSignedObject`.
    public func annotatedTag(_ id: ObjectID) throws(GitError) -> AnnotatedTag? {
        try bytes(of: id, GIT_OBJECT_TAG).map { AnnotatedTag(id: id, $0) }
    }

    /// The bytes of an object; nil where it is of another kind.
    private func bytes(of id: ObjectID, _ wanted: git_object_t) throws(GitError) -> [UInt8]? {
        let database = try database()
        let (kind, size) = try header(of: id, in: database)
        guard kind == wanted else { return nil }
        guard size <= Self.largestSignedObject else {
            throw GitError(
                code: .limit,
                message: "the object \(id) has \(size) bytes, more than the limit of \(Self.largestSignedObject)")
        }
        var raw = id.raw
        let object = try Owned("read the object \(id)", release: git_odb_object_free) {
            git_odb_read(&$0, database.pointer, &raw)
        }
        return Array(
            UnsafeRawBufferPointer(
                start: git_odb_object_data(object.pointer), count: Int(git_odb_object_size(object.pointer))))
    }
}
