/// A tag that is an object of its own, as far as people and signatures need it.
public struct AnnotatedTag: Sendable, Equatable {
    /// The object.
    public let id: ObjectID
    /// The name it was made for, which need not be the name of the reference that leads to it.
    public let name: String
    /// Who made it and when; nil for the oldest tags, which do not say.
    public let tagger: Commit.Person?
    /// What was signed.
    public let signed: SignedObject

    init(id: ObjectID, _ bytes: [UInt8]) {
        self.id = id
        var name = ""
        var tagger: Commit.Person?
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.starts(with: "tag ".utf8) { name = String(decoding: line.dropFirst(4), as: UTF8.self) }
            if line.starts(with: "tagger ".utf8) { tagger = Self.person(line.dropFirst(7)) }
        }
        self.name = name
        self.tagger = tagger
        signed = SignedObject(tag: bytes)
    }

    /// `Name <email> seconds zone`; nil where it has another form.
    private static func person(_ line: ArraySlice<UInt8>) -> Commit.Person? {
        guard let open = line.lastIndex(of: UInt8(ascii: "<")), let close = line.lastIndex(of: UInt8(ascii: ">")),
            open < close
        else { return nil }
        let time = line[(close + 1)...].split(separator: UInt8(ascii: " ")).first
        guard let time, let seconds = Int64(String(decoding: time, as: UTF8.self)) else { return nil }
        var name = String(decoding: line[..<open], as: UTF8.self)
        if name.hasSuffix(" ") { name.removeLast() }
        return Commit.Person(
            name: name, email: String(decoding: line[(open + 1)..<close], as: UTF8.self), secondsSince1970: seconds,
            zoneMinutes: 0)
    }
}
