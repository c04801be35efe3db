/// What a server of protocol 2 offers, as far as it matters for a look.
struct ServerCapabilities: Hashable {
    /// Whether a client may say who it is.
    private(set) var takesAgent = false
    /// Whether the client has to say that object names are SHA-1.
    private(set) var namesObjectFormat = false

    /// A server has about ten; more than this is something else.
    private static let limit = 200

    /// Nothing is known about the server: what every one understands.
    init() {}

    /// Reads the lines after `version 2`.
    init(_ reader: inout PktLineReader) throws(AdvertisementProblem) {
        var canList = false
        var count = 0
        while let line = try reader.next() {
            switch line {
            case .flush:
                guard canList else { throw .malformed("it speaks protocol 2 and does not offer ls-refs") }
                return
            case .delimiter, .responseEnd: throw .malformed("its capabilities break off")
            case .data(let data):
                count += 1
                guard count <= Self.limit else { throw .malformed("its capabilities have no end") }
                let key = data.prefix { $0 != UInt8(ascii: "=") }
                if key.elementsEqual("ls-refs".utf8) { canList = true }
                if key.elementsEqual("agent".utf8) { takesAgent = true }
                if key.elementsEqual("object-format".utf8) {
                    guard data.elementsEqual("object-format=sha1".utf8) else {
                        throw .malformed("its object names are not SHA-1, which is all that Stoker can read")
                    }
                    namesObjectFormat = true
                }
            }
        }
        throw .malformed("its capabilities have no end")
    }
}
