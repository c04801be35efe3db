import Glibc

/// The proxy that the environment names, as libcurl reads it, as far as messages need to know.
enum EnvironmentProxy {
    /// Whether a plain http request to a host may go through one. Networks in `no_proxy` are not looked at.
    static func mayServe(_ host: String) -> Bool {
        // `HTTP_PROXY` does not count: in a CGI program it would be a header of the request.
        guard let proxy = ["http_proxy", "all_proxy", "ALL_PROXY"].lazy.compactMap(text).first,
            !proxy.lowercased().hasPrefix("socks")
        else { return false }
        let exceptions = (text("no_proxy") ?? text("NO_PROXY") ?? "").lowercased()
        let name = host.lowercased().filter { $0 != "[" && $0 != "]" }
        return !exceptions.split(whereSeparator: { ", ".contains($0) }).contains { entry in
            let domain = entry.hasPrefix(".") ? entry.dropFirst() : entry
            return entry == "*" || name == domain || name.hasSuffix(".\(domain)")
        }
    }

    private static func text(_ variable: String) -> String? {
        guard let text = getenv(variable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }
}
