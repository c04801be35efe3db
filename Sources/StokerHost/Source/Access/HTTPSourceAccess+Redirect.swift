import HTTP
import StokerCore

extension HTTPSourceAccess {
    /// How often the first request may be sent elsewhere.
    static let mostRedirects = 5

    /// The access after the first request was answered with a redirect.
    ///
    /// The scheme stays, so nothing that was private becomes readable, and the answer must be at the place below another
    /// repository URL, so that the later requests find it. Another host, port included, gets neither password nor
    /// token nor client certificate: whoever answers for the first one is not asked who may have them.
    /// - Parameter location: the field `Location`.
    func redirected(to location: String?) throws(FetchFailure) -> HTTPSourceAccess {
        let asked = "\(url)/\(Self.advertisementPath)"
        guard let location, let target = resolvedURL(location, from: asked) else {
            throw FetchFailure(
                .protocolError, "\(place.place) answers with a redirect that leads nowhere: check source.url")
        }
        let shown = redactedURL(target)
        guard let here = Origin(asked), let there = Origin(target), here.scheme == there.scheme else {
            throw FetchFailure(
                .protocolError,
                "\(place.place) leads to \(shown), which is another scheme and not followed: set source.url to \(Self.base(shown) ?? shown)"
            )
        }
        guard let base = Self.base(target) else {
            throw FetchFailure(
                .protocolError,
                "\(place.place) leads to \(shown), which is no git repository (a login page, perhaps): check source.url and the credentials"
            )
        }
        var next = self
        next.url = base
        next.redirectedFrom = redirectedFrom ?? url
        guard here != there else { return next }
        next.isWithheld = isWithheld || credentials != .none || certFile != nil
        next.credentials = .none
        (next.certFile, next.keyFile, next.serverName) = (nil, nil, nil)
        return next
    }

    /// The repository's URL in one that asks for its references.
    private static func base(_ url: String) -> String? {
        let tail = "/\(advertisementPath)"
        return url.hasSuffix(tail) ? String(url.dropLast(tail.count)) : nil
    }
}
