import TestSupport

/// A certificate authority for one test, made by openssl.
struct TestAuthority {
    /// Its own certificate.
    let file: String
    private let directory: String

    init(in directory: String) async throws {
        self.directory = directory
        file = "\(directory)/authority.pem"
        try Files.makeDirectory(directory)
        try await Shell.succeed(
            ["openssl", "req", "-x509"] + Self.key
                + ["-days", "2", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem"],
            directory: directory)
    }

    private static let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    /// A certificate it signed.
    /// - Parameters:
    ///   - names: as in `DNS:localhost,IP:127.0.0.1`.
    ///   - days: how long it is valid; negative: it has expired.
    func certificate(_ name: String, names: String, days: Int = 2) async throws -> (path: String, key: String) {
        try await Shell.succeed(
            ["openssl", "req"] + Self.key
                + ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).request"], directory: directory)
        try Files.write("subjectAltName=\(names)\n", to: "\(directory)/\(name).names")
        try await Shell.succeed(
            [
                "openssl", "x509", "-req", "-in", "\(name).request", "-CA", "authority.pem", "-CAkey", "authority.key",
                "-CAcreateserial", "-days", "\(days)", "-extfile", "\(name).names", "-out", "\(name).pem",
            ], directory: directory)
        return ("\(directory)/\(name).pem", "\(directory)/\(name).key")
    }
}
