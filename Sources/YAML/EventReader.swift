import CYAML

/// libyaml's parser and its current event: the only place that owns their memory. The input must outlive it.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>
    private let input: UnsafeBufferPointer<UInt8>

    /// The input must not be empty.
    init(_ input: UnsafeBufferPointer<UInt8>) throws(YAMLError) {
        self.input = input
        // On the heap, because the parser keeps a pointer to itself.
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
        event.initialize(to: yaml_event_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.initialize(to: yaml_parser_t())
            throw YAMLError(line: 1, column: 1, message: "not enough memory to read the file")
        }
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_event_delete(event)
        yaml_parser_delete(parser)
        event.deallocate()
        parser.deallocate()
    }

    /// Moves on and says what kind of event is the current one now.
    mutating func next() throws(YAMLError) -> yaml_event_type_t {
        yaml_event_delete(event)
        guard yaml_parser_parse(parser, event) == 1 else { throw failure }
        return event.pointee.type
    }

    var type: yaml_event_type_t { event.pointee.type }
    var start: yaml_mark_t { event.pointee.start_mark }
    var end: yaml_mark_t { event.pointee.end_mark }

    /// The text of a scalar event.
    var text: String {
        let scalar = event.pointee.data.scalar
        return String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    }

    /// How a scalar event was written.
    var style: yaml_scalar_style_t { event.pointee.data.scalar.style }

    /// The name an alias event refers to.
    var aliasName: String { name(event.pointee.data.alias.anchor) ?? "" }

    /// The anchor of a scalar, sequence or mapping event.
    var anchor: String? {
        switch event.pointee.type {
        case YAML_SCALAR_EVENT: name(event.pointee.data.scalar.anchor)
        case YAML_SEQUENCE_START_EVENT: name(event.pointee.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT: name(event.pointee.data.mapping_start.anchor)
        default: nil
        }
    }

    /// The tag of a scalar event, in its long form (`tag:yaml.org,2002:str`).
    var scalarTag: String? { name(event.pointee.data.scalar.tag) }

    private func name(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }

    private var failure: YAMLError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "not enough memory to read the file"
        if state.error == YAML_READER_ERROR {
            let (line, column) = place(ofByte: Int(state.problem_offset))
            return YAMLError(line: line, column: column, message: problem)
        }
        let mark = state.problem_mark
        var message = problem
        if let context = state.context {
            message += " \(String(cString: context))"
            if state.context_mark.line != mark.line { message += " that starts on line \(state.context_mark.line + 1)" }
        }
        return YAMLError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, message: message)
    }

    /// What libyaml does not say of a byte that is no text: its line and column.
    private func place(ofByte offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in input.prefix(offset) {
            if byte == 0x0a {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
