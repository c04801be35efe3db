import Git

/// The command `ls-refs` of protocol 2: a question for a few references, whose answer does not grow with the repository.
struct ListRequest: Hashable {
    let question: RefQuestion

    /// The bytes that ask.
    /// - Parameter agent: our name, where the server takes one.
    func bytes(_ capabilities: ServerCapabilities, agent: String) -> [UInt8] {
        var bytes = PktLineReader.packet("command=ls-refs\n")
        if capabilities.takesAgent { bytes += PktLineReader.packet("agent=\(agent)\n") }
        if capabilities.namesObjectFormat { bytes += PktLineReader.packet("object-format=sha1\n") }
        bytes += PktLineReader.delimiter
        // Not `peel`: the server would have to read every tag for it, and what a tag leads to is in the cache.
        bytes += PktLineReader.packet("symrefs\n")
        for prefix in [RefQuestion.head] + question.names + question.prefixes {
            bytes += PktLineReader.packet("ref-prefix \(prefix)\n")
        }
        return bytes + PktLineReader.flush
    }

    /// Reads the answer that comes next.
    func answer(_ reader: inout PktLineReader, limit: Int) throws(AdvertisementProblem) -> RefsSeen {
        let filter = RefQuestion.Filter(question)
        var seen = RefsSeen()
        while let line = try reader.next() {
            switch line {
            case .flush: return seen
            case .delimiter, .responseEnd: throw .malformed("the answer to ls-refs breaks off")
            case .data(let data): try take(data, &seen, filter, limit)
            }
        }
        throw .malformed("the answer to ls-refs has no end")
    }

    /// `<id> <name>`, and then attributes such as `symref-target:refs/heads/main`.
    private func take(
        _ data: ArraySlice<UInt8>, _ seen: inout RefsSeen, _ filter: RefQuestion.Filter, _ limit: Int
    ) throws(AdvertisementProblem) {
        let words = data.split(separator: UInt8(ascii: " "), maxSplits: 8, omittingEmptySubsequences: false)
        guard words.count >= 2, !words[1].isEmpty else { throw .malformed("a line is no reference") }
        let target = Array("symref-target:".utf8)
        // A branch without a commit has no id; it is only shown where somebody asks for such.
        let isUnborn = words[0].elementsEqual("unborn".utf8)
        if words[1].elementsEqual(RefQuestion.head.utf8) {
            seen.head = words.first { $0.starts(with: target) }
                .map { String(decoding: $0.dropFirst(target.count), as: UTF8.self) }
            // The default branch is there, also where nobody asked for it.
            if !isUnborn, seen.head?.hasPrefix(RefQuestion.branches) == true { seen.hasBranches = true }
        }
        if isUnborn { return }
        try seen.add(words[1], try RefsSeen.objectID(words[0]), filter, limit: limit)
    }
}
