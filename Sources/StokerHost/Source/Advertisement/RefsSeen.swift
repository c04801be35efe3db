import Git

/// Where a server's references are, as far as somebody asked.
struct RefsSeen: Hashable {
    /// By full name; for an annotated tag the tag object.
    private(set) var ids: [String: ObjectID] = [:]
    /// The full name of the branch that `HEAD` stands for, where the server says so.
    var head: String?
    /// Whether a reference below `refs/heads/` was shown.
    var hasBranches = false
    private var count = 0

    /// Each reference that was asked for.
    var all: some Sequence<(name: String, id: ObjectID)> { ids.lazy.map { (name: $0.key, id: $0.value) } }

    private static let branches = Array(RefQuestion.branches.utf8)
    private static let peeled = Array("^{}".utf8)

    /// Takes one reference; those that nobody asked for are only counted.
    mutating func add(_ name: ArraySlice<UInt8>, _ id: ObjectID, _ filter: RefQuestion.Filter, limit: Int)
        throws(AdvertisementProblem)
    {
        // The commit behind an annotated tag, in a line of its own: no reference.
        guard !name.suffix(3).elementsEqual(Self.peeled) else { return }
        count += 1
        guard count <= limit else { throw .tooMany(limit: limit) }
        if name.starts(with: Self.branches) { hasBranches = true }
        if filter.wants(name) { ids[String(decoding: name, as: UTF8.self)] = id }
    }

    /// Whether the answer to a question for a few references leaves open that there are none: a person is told of an empty
    /// repository in other words than of a branch that is gone.
    func maybeEmpty(_ question: RefQuestion) -> Bool {
        head == nil && !hasBranches
            && (!question.prefixes.isEmpty || question.names.contains { ids[$0] == nil })
    }

    /// Reads an object id; what has 64 digits is a repository of another kind.
    static func objectID(_ digits: ArraySlice<UInt8>) throws(AdvertisementProblem) -> ObjectID {
        guard digits.count != 64 else { throw .malformed("its object names are SHA-256, which Stoker cannot read") }
        guard let id = ObjectID(String(decoding: digits, as: UTF8.self)) else {
            throw .malformed("a line does not begin with an object name")
        }
        return id
    }
}
