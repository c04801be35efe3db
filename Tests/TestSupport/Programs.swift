import Foundation

/// The programs tests run. A missing one is a failure that says how to get it, never a skip.
public enum Programs {
    /// The Prometheus a test runs against.
    public enum PrometheusVersion: String, Sendable, CaseIterable, CustomStringConvertible {
        /// The one of this Debian.
        case installed = "2.42"
        /// The one of the next Debian.
        case newer = "2.53"
        /// The one of Debian testing, whichever 3.x that is.
        case latest = "3"

        /// The version's number.
        public var description: String { "Prometheus \(rawValue)" }

        /// Those that every test of one Prometheus runs against; what 3.x may do otherwise runs against all cases.
        public static let usual: [PrometheusVersion] = [.installed, .newer]
    }

    /// Which of its relatives.
    public enum FamilyRelease: String, Sendable, CaseIterable, CustomStringConvertible {
        /// Those of this Debian.
        case installed = "family"
        /// Those of Debian testing: Alertmanager, blackbox_exporter and snmp_exporter.
        case latest = "family-3"

        /// For people.
        public var description: String { self == .installed ? "of this Debian" : "of Debian testing" }
    }

    /// The folder `Tests/run.sh` unpacks programs into.
    static var folder: String {
        if let folder = ProcessInfo.processInfo.environment["STOKER_TEST_PROGRAMS"] { return folder }
        return repository + "/.build/test-programs"
    }

    /// The root of the repository these tests belong to.
    public static var repository: String {
        // Tests/TestSupport/Programs.swift
        var path = #filePath as NSString
        for _ in 0..<3 { path = path.deletingLastPathComponent as NSString }
        return path as String
    }

    private static func unpacked(_ name: String, version: PrometheusVersion) -> String? {
        let path = "\(folder)/prometheus-\(version.rawValue)/\(name)"
        return access(path, X_OK) == 0 ? path : nil
    }

    /// `prometheus` or `promtool` of a version: unpacked beside the tests, else (2.42 only) from PATH.
    public static func prometheus(_ name: String, version: PrometheusVersion) throws -> String {
        if let path = unpacked(name, version: version) { return path }
        guard version == .installed else {
            throw TestFailure("\(name) \(version.rawValue) is missing: run Tests/run.sh once, it unpacks it")
        }
        return try find(name)
    }

    /// A program of the family, such as `amtool`: unpacked beside the tests, else (this Debian's only) from PATH.
    public static func family(_ name: String, _ release: FamilyRelease = .installed) throws -> String {
        let path = "\(folder)/\(release.rawValue)/\(name)"
        if access(path, X_OK) == 0 { return path }
        guard release == .installed else {
            throw TestFailure("\(name) \(release) is missing: run Tests/run.sh once, it unpacks it")
        }
        return try find(name)
    }

    /// The absolute path of a program: itself where it has a slash, otherwise looked up in PATH and the system's folders.
    public static func find(_ name: String) throws -> String {
        if name.contains("/") {
            guard access(name, X_OK) == 0 else { throw TestFailure("\(name) is not there or not executable") }
            return name
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        for folder in path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/lib/git-core"]
        where access("\(folder)/\(name)", X_OK) == 0 {
            return "\(folder)/\(name)"
        }
        throw TestFailure("\(name) is missing: run Tests/run.sh once, it installs what tests need")
    }

    /// The binary under test: `$STOKER_BINARY`, else beside the test bundle.
    public static func stoker() throws -> String {
        if let path = ProcessInfo.processInfo.environment["STOKER_BINARY"] { return try find(path) }
        let places = [
            (CommandLine.arguments[0] as NSString).deletingLastPathComponent + "/stoker",
            repository + "/.build/debug/stoker",
        ]
        for path in places where access(path, X_OK) == 0 { return path }
        throw TestFailure("the stoker binary is missing: run `swift build` first, or set STOKER_BINARY")
    }
}

/// The environment these tests run in.
public enum ProcessEnvironment {
    /// All variables.
    public static var current: [String: String] { ProcessInfo.processInfo.environment }
}
