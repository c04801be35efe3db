import Testing

/// The rules are only as good as what reads the code: it must see what is code, and nothing else.
@Suite("Tidy's own eyes")
struct ScannerTests {
    @Test("strings and comments are taken out, code and line breaks stay")
    func codeOnly() {
        #expect(SourceFile.codeOnly("let a = \"x! // y\" // try!\nb!") == "let a = \"\" \nb!")
        #expect(SourceFile.codeOnly("/* a! /* b */ c\n */d") == "\nd")
        #expect(SourceFile.codeOnly("\"\\(f(\"!\"))!\" + c!") == "\"\"\"\" + c!")
        #expect(SourceFile.codeOnly("#\"a\"b!\"#!") == "\"\"!")
        #expect(SourceFile.codeOnly("\"\"\"\n try! \"quoted\"\n\"\"\"\nx") == "\"\"\n\n\nx")
    }
}
