// YAML: the boundary over libyaml. It turns bytes into Core's `Node` tree and nothing else: no schema, no numbers, no
// writing. libyaml's events are read directly, because loading 5 MB of rules must not take longer than a fetch, and
// because its marks give every value an exact place for messages. Everything that a hostile or broken file could blow
// up (aliases of aliases, nesting) has a limit here, so that whoever walks a `Node` may recurse without fear.

import StokerCore

/// Reads YAML 1.1 as Go's yaml packages do, which is what Prometheus and its relatives read with.
public enum YAML {
    /// What a document may grow to.
    public struct Limits: Hashable, Sendable {
        /// Nodes of all documents together, aliases counted as often as they are used.
        public var nodes: Int
        /// Nesting of a document, through aliases too.
        public var depth: Int

        /// Generous for rule files of any real size, small enough to stay in memory and on the stack.
        public init(nodes: Int = 5_000_000, depth: Int = 200) {
            self.nodes = nodes
            self.depth = depth
        }
    }

    /// Which value a key has that is both written in a mapping and merged into it with `<<`.
    public enum MergeRule: Hashable, Sendable {
        /// The later one in the file, as yaml.v2 reads Prometheus' main file.
        case laterWins
        /// The written one, wherever the `<<` stands, as yaml.v3 reads rule files.
        case writtenWins
    }

    /// The first document of a file; whatever follows it is not looked at, as in Go. A plain, empty scalar at 1:1 where
    /// there is none (an empty file, only comments). Aliases and merge keys are resolved, duplicate keys all kept.
    public static func parse(
        _ bytes: [UInt8], limits: Limits = Limits(), merge: MergeRule = .laterWins
    ) throws(YAMLError) -> Node {
        try documents(bytes, atMost: 1, limits, merge).first ?? Node(.scalar("", .plain))
    }

    /// Every document of a file, in order; none where there is none.
    public static func parseAll(
        _ bytes: [UInt8], limits: Limits = Limits(), merge: MergeRule = .laterWins
    ) throws(YAMLError) -> [Node] {
        try documents(bytes, atMost: .max, limits, merge)
    }

    private static func documents(
        _ bytes: [UInt8], atMost wanted: Int, _ limits: Limits, _ merge: MergeRule
    ) throws(YAMLError) -> [Node] {
        // libyaml aborts on a null buffer, which is what an empty array has.
        if bytes.isEmpty { return [] }
        return try bytes.withUnsafeBufferPointer { (input) throws(YAMLError) -> [Node] in
            var builder = try TreeBuilder(input, limits: limits, merge: merge)
            var found: [Node] = []
            while found.count < wanted, let document = try builder.nextDocument() { found.append(document) }
            return found
        }
    }
}
