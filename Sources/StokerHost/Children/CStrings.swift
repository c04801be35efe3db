import Glibc

/// Lists of C strings as `execve` wants them.
enum CStrings {
    /// Lends an array of pointers that ends with a null.
    static func with<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { string in
            let bytes = Array(string.utf8CString)
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            _ = copy.initialize(from: bytes)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        let pointers = copies.map(\.baseAddress) + [nil]
        return withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: pointers.count) { list in
            _ = list.initialize(from: pointers)
            // Never null: the capacity is at least one.
            guard let base = UnsafePointer(list.baseAddress) else { preconditionFailure("a list without a place") }
            return body(base)
        }
    }
}
