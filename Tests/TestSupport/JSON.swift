import Foundation

/// A JSON document to look into; a path that does not exist is null.
public enum JSON: Hashable, Sendable, CustomStringConvertible {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads text.
    public init(parsing text: String) throws {
        do {
            self = JSON(try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]))
        } catch {
            throw TestFailure("not JSON: \(text.prefix(300))")
        }
    }

    private init(_ value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let number as NSNumber where JSON.isTruthValue(number): self = .bool(number.boolValue)
        case let number as NSNumber: self = .number(number.doubleValue)
        case let list as [Any]: self = .array(list.map(JSON.init))
        case let map as [String: Any]: self = .object(map.mapValues(JSON.init))
        default: self = .null
        }
    }

    private static func isTruthValue(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" && (number == 0 || number == 1)
    }

    /// A member of an object.
    public subscript(key: String) -> JSON {
        if case .object(let map) = self { return map[key] ?? .null }
        return .null
    }

    /// An element of an array.
    public subscript(index: Int) -> JSON {
        if case .array(let list) = self, list.indices.contains(index) { return list[index] }
        return .null
    }

    /// The text, where it is one.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The number, where it is one.
    public var number: Double? { if case .number(let value) = self { value } else { nil } }
    /// The truth value, where it is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements; empty where it is no array.
    public var array: [JSON] { if case .array(let list) = self { list } else { [] } }
    /// The members; empty where it is no object.
    public var object: [String: JSON] { if case .object(let map) = self { map } else { [:] } }
    /// Whether it is null or absent.
    public var isNull: Bool { self == .null }

    /// JSON text with sorted keys, for messages.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): "\"\(text)\""
        case .array(let list): "[\(list.map(\.description).joined(separator: ","))]"
        case .object(let map):
            "{\(map.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
        }
    }
}
