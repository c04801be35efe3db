import Git

/// What a server says first, before anybody asked: where all its references are, or what may be asked.
enum Advertisement: Hashable {
    /// Protocol 0 or 1.
    case references(RefsSeen)
    /// Protocol 2.
    case capabilities(ServerCapabilities)

    private static let service = Array("# service=git-upload-pack".utf8)
    private static let nobody = Array("capabilities^{}".utf8)

    /// Reads it, and leaves what follows it.
    /// - Parameters:
    ///   - question: which references are kept.
    ///   - limit: references above which it is given up.
    init(_ reader: inout PktLineReader, question: RefQuestion, limit: Int) throws(AdvertisementProblem) {
        guard var first = try reader.next() else { throw .malformed("the answer is empty") }
        // What http adds before it, also before protocol 2 with some servers.
        if case .data(let line) = first, line.starts(with: "# ".utf8) {
            guard line.elementsEqual(Self.service) else { throw .malformed("it offers another service") }
            guard try reader.next() == .flush, let next = try reader.next() else {
                throw .malformed("the references are missing")
            }
            first = next
        }
        switch first {
        case .data(let line) where line.elementsEqual("version 2".utf8):
            self = .capabilities(try ServerCapabilities(&reader))
        case .data(let line) where line.elementsEqual("version 1".utf8):
            guard let next = try reader.next() else { throw .malformed("the references are missing") }
            self = .references(try Self.references(next, &reader, question, limit))
        case .data, .flush:
            self = .references(try Self.references(first, &reader, question, limit))
        case .delimiter, .responseEnd: throw .malformed("the references are missing")
        }
    }

    /// The list of references: capabilities after a zero byte in the first line, and a flush at the end.
    private static func references(
        _ first: PktLine, _ reader: inout PktLineReader, _ question: RefQuestion, _ limit: Int
    ) throws(AdvertisementProblem) -> RefsSeen {
        let filter = RefQuestion.Filter(question)
        var seen = RefsSeen()
        var line: PktLine? = first
        var isFirst = true
        while let packet = line {
            switch packet {
            case .flush: return seen
            case .delimiter, .responseEnd: throw .malformed("the list of references breaks off")
            case .data(let data):
                if !data.starts(with: "shallow ".utf8) { try take(data, isFirst, &seen, filter, limit) }
            }
            isFirst = false
            line = try reader.next()
        }
        throw .malformed("the list of references has no end")
    }

    private static func take(
        _ data: ArraySlice<UInt8>, _ isFirst: Bool, _ seen: inout RefsSeen, _ filter: RefQuestion.Filter, _ limit: Int
    ) throws(AdvertisementProblem) {
        var line = data
        if isFirst, let zero = data.firstIndex(of: 0) {
            line = data[..<zero]
            seen.head = head(in: data[(zero + 1)...])
        }
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), space + 1 < line.endIndex else {
            throw .malformed("a line is no reference")
        }
        let id = try RefsSeen.objectID(line[..<space])
        let name = line[(space + 1)...]
        // An empty repository has capabilities to tell and no reference to tell them with.
        if isFirst, name.elementsEqual(nobody) { return }
        try seen.add(name, id, filter, limit: limit)
    }

    /// `symref=HEAD:refs/heads/main` among the capabilities.
    private static func head(in capabilities: ArraySlice<UInt8>) -> String? {
        let start = Array("symref=HEAD:".utf8)
        for word in capabilities.split(separator: UInt8(ascii: " ")) where word.starts(with: start) {
            return String(decoding: word.dropFirst(start.count), as: UTF8.self)
        }
        return nil
    }
}
