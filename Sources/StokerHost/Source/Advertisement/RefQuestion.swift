import Git
import StokerCore

/// The references that a look asks for: those that are followed, and `HEAD` for what is said where one of them is missing.
struct RefQuestion: Hashable {
    static let head = "HEAD"
    static let branches = "refs/heads/"
    static let tags = "refs/tags/"

    /// Full names.
    let names: [String]
    /// What the names of other wanted references begin with: the literal beginning of tag patterns.
    let prefixes: [String]

    init(names: [String], prefixes: [String] = []) {
        self.names = names
        self.prefixes = prefixes
    }

    /// What is to be known about followed refs. A commit that is known needs no question: it never moves.
    init(_ refs: [GitRef]) {
        var names: [String] = []
        var prefixes: [String] = []
        for ref in refs {
            switch ref {
            case .branch(let name): names.append(Self.branches + name)
            case .tag(let name): names.append(Self.tags + name)
            case .tagPattern(let pattern): prefixes.append(Self.tags + (TagPattern(pattern)?.literal ?? pattern))
            case .commit: continue
            }
        }
        self.init(names: names, prefixes: prefixes)
    }

    /// Whether there is a branch at all.
    static let anyBranch = RefQuestion(names: [], prefixes: [branches])

    /// All branches and tags.
    static let everything = RefQuestion(names: [], prefixes: [branches, tags])

    /// Whether there is anything to ask.
    var isEmpty: Bool { names.isEmpty && prefixes.isEmpty }

    /// Decides for each reference of a server, of which there may be a hundred thousand, by its bytes.
    struct Filter {
        private let names: [[UInt8]]
        private let prefixes: [[UInt8]]

        init(_ question: RefQuestion) {
            names = question.names.map { Array($0.utf8) }
            prefixes = question.prefixes.map { Array($0.utf8) }
        }

        func wants(_ name: ArraySlice<UInt8>) -> Bool {
            names.contains { $0.count == name.count && name.elementsEqual($0) }
                || prefixes.contains { name.starts(with: $0) }
        }
    }
}
