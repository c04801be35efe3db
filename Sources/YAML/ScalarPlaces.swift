import CYAML
import StokerCore

/// Makes scalar nodes with the exact place of their text in the file.
struct ScalarPlaces {
    private let input: UnsafeBufferPointer<UInt8>
    private let offsets: ByteOffsets

    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
        offsets = ByteOffsets(input)
    }

    /// The node of the current scalar event.
    func scalar(in events: borrowing EventReader) -> Node {
        var range = offsets.range(Int(events.start.index), Int(events.end.index))
        var mark = Node.Mark(events.start)
        let tag = events.scalarTag
        // libyaml's event begins at the anchor or tag; ours at the text.
        if tag != nil || events.anchor != nil { (mark, range) = afterProperties(mark, range) }
        return Node(.scalar(events.text, style(events.style, tag: tag)), mark: mark, bytes: range)
    }

    /// Only plain scalars may be anything but text, so an explicit tag is folded into the style.
    private func style(_ written: yaml_scalar_style_t, tag: String?) -> Node.Style {
        let prefix = "tag:yaml.org,2002:"
        if let tag, tag.hasPrefix(prefix) {
            switch tag.dropFirst(prefix.count) {
            case "str", "binary": return written == YAML_PLAIN_SCALAR_STYLE ? .quoted : style(written, tag: nil)
            case "int", "float", "bool", "null", "timestamp", "merge": return .plain
            default: break
            }
        }
        // `! 12` is the short form of `!!str 12`.
        if tag == "!", written == YAML_PLAIN_SCALAR_STYLE { return .quoted }
        switch written {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: return .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: return .block
        default: return .plain
        }
    }

    /// Skips `&anchor`, `!tag` and the blanks, comments and line ends behind them.
    private func afterProperties(_ mark: Node.Mark, _ range: Range<Int>) -> (Node.Mark, Range<Int>) {
        var line = mark.line
        var column = mark.column
        var at = range.lowerBound
        var inProperty = false
        var inComment = false
        while at < range.upperBound {
            let byte = input[at]
            switch byte {
            case 0x0a:
                (inProperty, inComment) = (false, false)
                line += 1
                column = 0
            case 0x20, 0x09, 0x0d: inProperty = false
            case 0x23 where !inProperty: inComment = true
            case 0x26 where !inComment, 0x21 where !inComment: inProperty = true
            default:
                if !inProperty, !inComment { return (Node.Mark(line: line, column: column), at..<range.upperBound) }
            }
            at += 1
            while at < range.upperBound, input[at] & 0xc0 == 0x80 { at += 1 }
            column += 1
        }
        return (Node.Mark(line: line, column: column), at..<range.upperBound)
    }
}
