// Gates: what the host reads for them. The decisions are StokerCore's; here are the system's files of time zones.

import StokerCore

/// The rules of IANA zones, as the system's package `tzdata` has them.
enum ZoneFiles {
    /// Where Debian puts them.
    static let folder = "/usr/share/zoneinfo"
    /// The largest has a few kilobytes.
    private static let limit = 1 << 20

    /// One zone.
    /// - Returns: what to say, where there is none.
    static func rules(_ name: String, folder: String = folder) -> Result<ZoneRules, ZoneProblem> {
        // Greenwich needs no files.
        if name == "UTC" { return .success(.utc) }
        let isName = name.utf8.allSatisfy { byte in
            (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a || byte >= 0x30 && byte <= 0x39 || "_+-/".utf8.contains(byte)
        }
        guard isName, !name.isEmpty, !name.hasPrefix("/"), !name.contains("//"), !name.hasSuffix("/") else {
            return .failure(ZoneProblem("\"\(name)\" is no time zone: write a name such as Europe/Berlin, or UTC"))
        }
        switch SmallFile.read("\(folder)/\(name)", limit: limit) {
        case .success(let bytes):
            guard let rules = ZoneRules(name: name, file: bytes) else {
                return .failure(ZoneProblem("\(folder)/\(name) holds no rules of a time zone"))
            }
            return .success(rules)
        case .failure(let problem):
            return .failure(
                ZoneProblem(
                    "the time zone \"\(name)\" cannot be read from \(folder) (\(problem.message)): correct the name, or "
                        + "install tzdata"))
        }
    }
}

/// Why there is no such zone: one sentence.
struct ZoneProblem: Error, Hashable {
    let message: String

    init(_ message: String) { self.message = message }
}
