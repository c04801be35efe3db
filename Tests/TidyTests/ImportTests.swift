import Testing

/// The direction of the arrows: who may import whom (design.md section 2's table).
@Suite("Imports")
struct ImportTests {
    // What every boundary and the host may use of the system; the core may not even that.
    private static let system: Set<String> = ["Glibc", "Synchronization"]
    private static let boundaries: Set<String> = ["Git", "HTTP", "YAML", "SQLite", "Digests"]

    private static let allowed: [String: Set<String>] = [
        "StokerCore": [],
        "Git": system.union(["StokerCore", "CLibgit2", "CPlatform"]),
        "HTTP": system.union(["StokerCore", "CCurl", "CPlatform"]),
        "YAML": system.union(["StokerCore", "CYAML"]),
        "SQLite": system.union(["StokerCore", "CSQLite"]),
        "Digests": system.union(["StokerCore", "CCrypto"]),
        "StokerHost": system.union(boundaries).union([
            "StokerCore", "CPlatform", "Subprocess", "System", "SystemPackage", "Logging", "FoundationEssentials",
        ]),
        "StokerServer": system.union([
            "StokerCore", "Hummingbird", "HTTPTypes", "NIOCore", "Logging", "ServiceLifecycle", "FoundationEssentials",
        ]),
        "stoker": system.union(boundaries).union([
            "StokerCore", "StokerHost", "StokerServer", "CPlatform", "ArgumentParser", "ServiceLifecycle",
            "UnixSignals",
            "Logging", "FoundationEssentials",
        ]),
    ]

    @Test("every file imports only what its target may", arguments: allowed.keys.sorted())
    func imports(target: String) throws {
        let files = try SourceFile.all(below: "Sources/\(target)")
        try #require(!files.isEmpty, "Sources/\(target) has no Swift file")
        let allowed = Self.allowed[target] ?? []
        for file in files {
            for (index, line) in file.code.enumerated() {
                guard
                    let match = line.firstMatch(
                        of:
                            /^\s*(?:\S+\s+)*?import\s+(?:(?:struct|enum|class|func|protocol|typealias|var|let)\s+)?(\w+)/
                    )
                else { continue }
                #expect(allowed.contains(String(match.1)), "\(file.path):\(index + 1): \(line)")
            }
        }
    }

    @Test("every folder of Sources is in the table, or is a C target")
    func everyTarget() throws {
        let folders = Set(SourceFile.paths(below: "Sources").compactMap { $0.split(separator: "/").dropFirst().first })
        for folder in folders.map(String.init) where Self.allowed[folder] == nil {
            #expect(["CLibgit2", "CCurl", "CYAML", "CSQLite", "CCrypto", "CPlatform"].contains(folder), "\(folder)")
        }
    }

    @Test("C headers reach Swift through the boundaries alone, and nothing uses full Foundation")
    func noFoundation() throws {
        for file in try SourceFile.all(below: "Sources") {
            #expect(file.matches(/\bimport\s+(Foundation|FoundationNetworking|FoundationInternationalization)\b/) == [])
        }
    }
}
