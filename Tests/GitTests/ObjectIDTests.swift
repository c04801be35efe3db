import Git
import Testing

@Suite struct ObjectIDTests {
    @Test func readsAndPrintsFortyDigits() throws {
        let text = "00112233445566778899aabbccddeeff01234567"
        #expect(ObjectID(text)?.description == text)
        #expect(ObjectID(text.uppercased())?.description == text)
    }

    @Test(arguments: [
        "", "00", "00112233445566778899aabbccddeeff0123456", "00112233445566778899aabbccddeeff0123456g", "main",
    ])
    func refusesAnythingElse(_ text: String) {
        #expect(ObjectID(text) == nil)
    }

    @Test func knowsTheNameOfABlob() throws {
        #expect(try ObjectID.ofBlob([]).description == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        #expect(try ObjectID.ofBlob(Array("hello\n".utf8)).description == "ce013625030ba8dba906f756967f9e9ca394464a")
    }
}
