/// A password or token. It prints as `<secret>` in every way Swift prints values; ``reveal()`` is the one way to its text
/// and easy to search for.
public struct Secret: Sendable, Hashable {
    private let text: String

    /// A secret of this text.
    public init(_ text: String) { self.text = text }

    /// The text itself, for the wire only.
    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `<secret>`
    public var description: String { "<secret>" }
    /// `<secret>`
    public var debugDescription: String { "<secret>" }
    /// No children: `dump` shows `<secret>`.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
