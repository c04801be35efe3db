import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A folder of a test's own with a validator in it, and a target whose files are given as text.
final class ValidationBench {
    /// The bytes of files, by an id made up for each distinct content.
    final class Texts: Blobs {
        private var contents: [BlobID: [UInt8]] = [:]
        private var ids: [[UInt8]: BlobID] = [:]
        var gone: Set<BlobID> = []

        func add(_ bytes: [UInt8]) -> BlobID {
            if let id = ids[bytes] { return id }
            let id = BlobID("blob\(ids.count)")
            ids[bytes] = id
            contents[id] = bytes
            return id
        }

        func tree(_ files: [String: String]) -> FileTree {
            FileTree(files.mapValues { FileEntry(blob: add(Array($0.utf8))) })
        }

        func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
            guard let bytes = contents[blob], !gone.contains(blob), bytes.count <= limit else {
                throw BlobUnavailable(blob: blob, message: "the object is gone")
            }
            return bytes
        }
    }

    let root: String
    let blobs = Texts()
    let validator: Validator
    /// The target's folder on this host.
    var deployTo: String { root + "/deployed" }
    var staging: String { root + "/storage/validation" }

    private let promtool: String

    init(_ version: Programs.PrometheusVersion = .installed) throws {
        promtool = try Programs.prometheus("promtool", version: version)
        var template = Array("/tmp/stoker-validate-XXXXXX".utf8CString)
        root = try #require(mkdtemp(&template).map { String(cString: $0) })
        validator = Validator(folder: root + "/storage/validation")
        try StagingFiles.makeDirectory(root + "/deployed")
    }

    deinit {
        do { try StagingFiles.removeTree(root) } catch { Issue.record("cannot clean up: \(error)") }
    }

    /// Puts a file on the host, below the bench's folder.
    func put(_ path: String, _ text: String) throws {
        try StagingFiles.makeDirectory(LexicalPath.directory(of: root + "/" + path))
        try StagingFiles.write(Array(text.utf8), to: root + "/" + path)
    }

    func request(
        _ files: [String: String], previous: [String: String]? = nil, seenAt: String? = nil, path: String = ".",
        configFile: String? = "prometheus.yml", tests: [String: String] = [:], web: String? = nil,
        limit: Duration = .seconds(60), validate: TargetConfiguration.Validator? = nil
    ) throws -> ValidationRequest {
        let target = TargetConfiguration(
            id: "prometheus", kind: .prometheus, path: path, configFile: configFile, deployTo: deployTo,
            url: "http://127.0.0.1:9", validator: validate ?? .program(promtool))
        let prefix = path == "." ? "" : path + "/"
        var environment = tests
        for (name, text) in files { environment[prefix + name] = text }
        return ValidationRequest(
            environment: "production", target: target, files: blobs.tree(files), previous: previous.map(blobs.tree),
            environmentTree: blobs.tree(environment), ruleTests: tests.keys.sorted(),
            view: ProcessView(deployTo: deployTo, seenAt: seenAt ?? deployTo), webConfigFile: web, limit: limit,
            repositoryPath: { "production/" + $0 })
    }

    func outcome(_ request: ValidationRequest) async -> ValidationOutcome {
        let outcome = await validator.validate(request, blobs: blobs)
        #expect(!"\(outcome)".contains(staging), "a staged path leaks: \(outcome)")
        return outcome
    }
}

extension ValidationOutcome {
    /// The findings of a rejection as `file:line: message`.
    var rejections: [String]? {
        if case .rejected(_, let findings, _) = self { findings.map(\.description) } else { nil }
    }

    var warnings: [String]? {
        if case .accepted(let warnings, _) = self { warnings.map(\.description) } else { nil }
    }

    var missing: [String]? {
        if case .missingFiles(let findings) = self { findings.map(\.description) } else { nil }
    }
}
