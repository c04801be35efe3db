import Git

/// A commit or tag whose signature is in question.
struct SignatureSubject: Sendable {
    /// `commit 3fa9c1d by Alice <alice@example.com>`.
    let what: String
    /// What to do where it is not signed.
    let advice: String
    /// What was signed, and the signature.
    let signed: SignedObject
    /// What it says about when it was made.
    private(set) var dates: Dates

    /// The date of a commit or tag, and what it can be measured by.
    struct Dates: Hashable, Sendable {
        /// When it says it was made, seconds since 1970: what the validity of ssh keys is measured by, as git does.
        let seconds: Int64
        /// When what it follows was made. The parents of a commit, and the commit of a tag, say so themselves: where nobody
        /// signs them, whoever dates back dates them back, too.
        private(set) var secondsBefore: Int64?

        init(_ seconds: Int64, after secondsBefore: Int64?) {
            self.seconds = seconds
            self.secondsBefore = secondsBefore
        }

        /// Also measured by something that was accepted before it.
        func after(_ other: Int64?) -> Dates {
            Dates(seconds, after: [secondsBefore, other].compactMap { $0 }.max())
        }

        /// Whether it claims to be older than what it builds on. Clocks differ by less than a day.
        var areBackdated: Bool {
            guard let secondsBefore else { return false }
            // Whoever makes a commit chooses its date, the first second that can be counted, too.
            let (earliest, overflow) = secondsBefore.subtractingReportingOverflow(86_400)
            return !overflow && seconds < earliest
        }
    }

    init(_ commit: Commit, _ signed: SignedObject, parents: [Commit]) {
        what = "commit \(commit.id.description.prefix(7)) by \(Self.name(commit.author))"
        advice = "sign it with `git commit -S`, and push again"
        self.signed = signed
        dates = Dates(
            commit.committer.secondsSince1970, after: parents.map(\.committer.secondsSince1970).max())
    }

    init(_ tag: AnnotatedTag, of commit: Commit) {
        what = "tag \(Self.printable(tag.name))" + (tag.tagger.map { " by \(Self.name($0))" } ?? "")
        advice = "sign it with `git tag -s`, and push again"
        signed = tag.signed
        dates = Dates(tag.tagger?.secondsSince1970 ?? 0, after: commit.committer.secondsSince1970)
    }

    /// The same, measured by what was accepted before it as well.
    func dated(_ dates: Dates) -> SignatureSubject {
        var subject = self
        subject.dates = dates
        return subject
    }

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
