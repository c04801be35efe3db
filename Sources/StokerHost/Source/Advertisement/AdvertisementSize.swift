/// How long an honest list of references can be, whichever way it comes.
enum AdvertisementSize {
    /// The most bytes of so many references: a line has about sixty, long names are allowed for, and so is what is said before
    /// the first line.
    static func most(of references: Int) -> Int {
        let (bytes, overflow) = references.multipliedReportingOverflow(by: 300)
        return overflow ? .max : max(bytes, 64 << 10)
    }
}
