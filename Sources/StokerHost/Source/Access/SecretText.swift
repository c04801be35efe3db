import StokerCore

/// The text of a secret, as a file or a program gives it.
enum SecretText {
    /// A password or token is short; a larger file is a mistake.
    static let limit = 64 << 10

    /// Reads a file, without the line end most editors leave.
    static func read(_ path: String) throws(FetchFailure) -> String {
        switch SmallFile.read(path, limit: limit) {
        case .failure(let problem):
            throw FetchFailure(
                .local, "could not read the credentials of the source in \(path): \(problem.message)")
        case .success(let bytes):
            switch oneLine(bytes) {
            case .success(let text): return text
            case .failure(.empty): throw FetchFailure(.local, "the credentials file \(path) of the source is empty")
            case .failure(.severalLines):
                throw FetchFailure(.local, "the credentials file \(path) of the source holds more than one line")
            }
        }
    }

    /// Why bytes are no secret.
    enum Problem: Error { case empty, severalLines }

    /// A line break inside would end the header field it becomes and start another one.
    static func oneLine(_ bytes: [UInt8]) -> Result<String, Problem> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let text = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !text.isEmpty else { return .failure(.empty) }
        guard !text.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return .failure(.severalLines) }
        return .success(String(decoding: Array(text), as: UTF8.self))
    }
}
