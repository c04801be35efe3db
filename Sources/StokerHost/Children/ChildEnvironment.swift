import Glibc

/// What programs that we start get to know of our own environment: enough to run, nothing that could be a secret.
public enum ChildEnvironment {
    private static let passed = ["PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ"]
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// PATH, HOME and a few harmless others of ours, and `LANG=C.UTF-8` so that messages are the same everywhere.
    public static func minimal() -> [String: String] {
        var environment = ["PATH": defaultPath, "LANG": "C.UTF-8"]
        for name in passed {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    /// The path of an executable: itself where it has a slash and may be executed, else the first of that name in the
    /// folders of `path`.
    public static func find(_ program: String, path: String = minimal()["PATH"] ?? "") -> String? {
        if program.contains("/") { return isExecutable(program) ? program : nil }
        for folder in path.split(separator: ":") {
            let candidate = "\(folder)/\(program)"
            if isExecutable(candidate) { return candidate }
        }
        return nil
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
