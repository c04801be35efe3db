/// Why an answer about references is none.
enum AdvertisementProblem: Error, Hashable {
    /// It is not what a git server sends; in words that go on a sentence.
    case malformed(String)
    /// The server's own words instead of an answer.
    case refused(String)
    /// More references than this.
    case tooMany(limit: Int)

    /// A refusal in the bytes of the server: shown to people, so without what could move their cursor, and not for ever.
    static func refused(_ bytes: ArraySlice<UInt8>) -> AdvertisementProblem {
        let text = String(decoding: bytes.prefix(300), as: UTF8.self).unicodeScalars
        return .refused(String(String.UnicodeScalarView(text.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 })))
    }

    /// The failure of a look at a repository.
    func failure(_ url: SourceURL) -> FetchFailure {
        switch self {
        case .malformed(let what):
            FetchFailure(
                .protocolError,
                "\(url.place) did not answer as a git server does: \(what); check source.url and what listens there")
        case .refused(let words):
            FetchFailure(.protocolError, "\(url.place) refused: \(url.redacted(words))")
        case .tooMany(let limit):
            FetchFailure(
                .tooLarge,
                "\(url.place) has more than \(limit) references: raise source.limits.max_references, or remove some there"
            )
        }
    }
}
