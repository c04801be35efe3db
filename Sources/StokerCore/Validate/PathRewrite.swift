/// Replaces paths in a configuration file by their byte ranges, so that line numbers stay what they are in the
/// repository; writing the YAML anew would move every finding.
public struct PathRewrite: Hashable, Sendable {
    private var replacements: [Range<Int>: String] = [:]

    /// Nothing to replace yet.
    public init() {}

    /// Nothing to replace.
    public var isEmpty: Bool { replacements.isEmpty }

    /// Puts `path` where a scalar stands. The same place may be named several times (an alias).
    public mutating func replace(_ bytes: Range<Int>, with path: String) {
        if !bytes.isEmpty { replacements[bytes] = path }
    }

    /// The file with all replacements made. A replaced scalar keeps its number of line ends.
    public func apply(to file: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(file.count + replacements.count * 64)
        var at = 0
        for (range, path) in replacements.sorted(by: { $0.key.lowerBound < $1.key.lowerBound })
        where range.lowerBound >= at && range.upperBound <= file.count {
            result += file[at..<range.lowerBound]
            result += Array("'\(path.replacing("'", with: "''"))'".utf8)
            result += file[range].filter { $0 == 0x0a }
            at = range.upperBound
        }
        return result + file[at...]
    }
}
