/// A pattern of Go's `filepath.Match`, read once: chunks of single-character tests, each with or without a star before
/// it. Follows `path/filepath/match.go`, whose first-fit search needs no backtracking.
struct GlobSyntax: Hashable, Sendable {
    enum Token: Hashable, Sendable {
        case literal(Unicode.Scalar)
        /// `?`: anything but `/`.
        case any
        /// `[…]`: as in Go it may match `/`.
        case oneOf([ClosedRange<UInt32>], negated: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .literal(let literal): literal == scalar
            case .any: scalar != "/"
            case .oneOf(let ranges, let negated): ranges.contains { $0.contains(scalar.value) } != negated
            }
        }
    }

    struct Chunk: Hashable, Sendable {
        var afterStar: Bool
        var tokens: [Token]
    }

    private let chunks: [Chunk]

    init(_ pattern: String) throws(GlobError) {
        var reader = Reader(pattern)
        chunks = try reader.chunks()
    }

    /// Whether the whole name matches.
    func matches(_ name: some Sequence<Unicode.Scalar>) -> Bool {
        let name = Array(name)
        var position = 0
        for (index, chunk) in chunks.enumerated() {
            let isLast = index == chunks.count - 1
            if chunk.afterStar, chunk.tokens.isEmpty { return !name[position...].contains("/") }
            guard let end = place(chunk, in: name, from: position, isLast: isLast) else { return false }
            position = end
        }
        return position == name.count
    }

    /// Where the chunk ends at its first fit at or, behind a star, after a position. The last one must end the name.
    private func place(_ chunk: Chunk, in name: [Unicode.Scalar], from start: Int, isLast: Bool) -> Int? {
        var position = start
        while position + chunk.tokens.count <= name.count {
            let end = position + chunk.tokens.count
            if !isLast || end == name.count, fits(chunk.tokens, name, position) { return end }
            if !chunk.afterStar || position == name.count || name[position] == "/" { return nil }
            position += 1
        }
        return nil
    }

    private func fits(_ tokens: [Token], _ name: [Unicode.Scalar], _ position: Int) -> Bool {
        for (offset, token) in tokens.enumerated() where !token.matches(name[position + offset]) { return false }
        return true
    }
}

extension GlobSyntax {
    /// Reads the pattern's characters.
    private struct Reader {
        let pattern: String
        var rest: ArraySlice<Unicode.Scalar>

        init(_ pattern: String) {
            self.pattern = pattern
            rest = Array(pattern.unicodeScalars)[...]
        }

        mutating func chunks() throws(GlobError) -> [Chunk] {
            var chunks: [Chunk] = []
            var chunk = Chunk(afterStar: false, tokens: [])
            while let scalar = rest.popFirst() {
                switch scalar {
                case "*":
                    if !chunk.tokens.isEmpty { chunks.append(chunk) }
                    chunk = Chunk(afterStar: true, tokens: [])
                case "?": chunk.tokens.append(.any)
                case "[": chunk.tokens.append(try characterClass())
                case "\\":
                    guard let escaped = rest.popFirst() else { throw GlobError(pattern, "it ends with a backslash") }
                    chunk.tokens.append(.literal(escaped))
                default: chunk.tokens.append(.literal(scalar))
                }
            }
            if chunk.afterStar || !chunk.tokens.isEmpty { chunks.append(chunk) }
            return chunks
        }

        private mutating func characterClass() throws(GlobError) -> Token {
            var negated = false
            if rest.first == "^" {
                rest.removeFirst()
                negated = true
            }
            var ranges: [ClosedRange<UInt32>] = []
            while true {
                if rest.first == "]", !ranges.isEmpty {
                    rest.removeFirst()
                    return .oneOf(ranges, negated: negated)
                }
                let low = try classCharacter()
                var high = low
                if rest.first == "-" {
                    rest.removeFirst()
                    high = try classCharacter()
                }
                // Go accepts `[z-a]`: it matches nothing.
                ranges.append(low <= high ? low.value...high.value : UInt32.max...UInt32.max)
            }
        }

        private mutating func classCharacter() throws(GlobError) -> Unicode.Scalar {
            guard let scalar = rest.popFirst() else { throw GlobError(pattern, "\"[\" is not closed") }
            if scalar == "-" || scalar == "]" {
                throw GlobError(pattern, "\"\(scalar)\" in brackets needs a backslash before it")
            }
            if scalar != "\\" { return try closable(scalar) }
            guard let escaped = rest.popFirst() else { throw GlobError(pattern, "it ends with a backslash") }
            return try closable(escaped)
        }

        /// Go demands that something follows a character in brackets.
        private func closable(_ scalar: Unicode.Scalar) throws(GlobError) -> Unicode.Scalar {
            if rest.isEmpty { throw GlobError(pattern, "\"[\" is not closed") }
            return scalar
        }
    }
}
