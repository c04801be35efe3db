import Git

/// A commit or tag whose signature is in question.
struct SignatureSubject: Sendable {
    /// `commit 3fa9c1d by Alice <alice@example.com>`.
    let what: String
    /// What to do where it is not signed.
    let advice: String
    /// What was signed, and the signature.
    let signed: SignedObject
    /// When it says it was made, seconds since 1970: what the validity of ssh keys is measured by, as git does.
    let seconds: Int64
    /// When what it follows was made.
    let secondsBefore: Int64?

    init(_ commit: Commit, _ signed: SignedObject, parents: [Commit]) {
        what = "commit \(commit.id.description.prefix(7)) by \(Self.name(commit.author))"
        advice = "sign it with `git commit -S`, and push again"
        self.signed = signed
        seconds = commit.committer.secondsSince1970
        secondsBefore = parents.map(\.committer.secondsSince1970).max()
    }

    init(_ tag: AnnotatedTag, of commit: Commit) {
        what = "tag \(Self.printable(tag.name))" + (tag.tagger.map { " by \(Self.name($0))" } ?? "")
        advice = "sign it with `git tag -s`, and push again"
        signed = tag.signed
        seconds = tag.tagger?.secondsSince1970 ?? 0
        secondsBefore = commit.committer.secondsSince1970
    }

    /// Whether it claims to be older than what it builds on. Clocks differ by less than a day.
    var isBackdated: Bool { secondsBefore.map { seconds < $0 - 86_400 } ?? false }

    private static func name(_ person: Commit.Person) -> String {
        printable("\(person.name) <\(person.email)>")
    }

    /// Text of the repository on its way to a terminal: one line of a bounded length.
    static func printable(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(120).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: " "
            case _: scalar
            }
        }
        return String(String.UnicodeScalarView(clean))
    }
}
