import HTTP
import Testing

@Suite struct RedactionTests {
    @Test(arguments: [
        ("http://localhost:9090/-/reload", "http://localhost:9090/-/reload"),
        ("https://user:password@host/path", "https://xxxxx@host/path"),
        ("https://ghp_token@github.com/a/b.git", "https://xxxxx@github.com/a/b.git"),
        ("HTTPS://user:p@ss@host/", "HTTPS://xxxxx@host/"),
        ("http://user:pa/ss@host/", "http://xxxxx@host/"),
        ("http://user:pa?ss@host/", "http://xxxxx@host/"),
        ("http://user:pa#ss@host/", "http://xxxxx@host/"),
        ("http://[::1]:9090/a@b", "http://[::1]:9090/a@b"),
        ("http://host/path@1?q=a@b", "http://host/path@1?q=a@b"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("ssh://git:password@host/a.git", "ssh://git:xxxxx@host/a.git"),
        ("git@host:a/b.git", "git@host:a/b.git"),
        ("user:password@host/a", "user:xxxxx@host/a"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("http://h/?a=1&token=t&b=2#f", "http://h/?a=1&token=xxxxx&b=2#f"),
        ("http://h/?Access_Token=t", "http://h/?Access_Token=xxxxx"),
        ("http://h/?api_key=t&client-secret=s&passwd=p", "http://h/?api_key=xxxxx&client-secret=xxxxx&passwd=xxxxx"),
        (
            "http://h/?key=t&monkey=m&sig=s&X-Amz-Signature=s",
            "http://h/?key=xxxxx&monkey=m&sig=xxxxx&X-Amz-Signature=xxxxx"
        ),
        ("http://h/?token", "http://h/?token"),
        ("http://h/?\u{301}token=t", "http://h/?\u{301}token=xxxxx"),
        ("", ""),
    ])
    func whatAuthenticatesIsNotShown(url: String, expected: String) {
        #expect(redactedURL(url) == expected)
    }

    @Test func aSecretPrintsAsOne() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(Authentication.basic(user: "u", password: secret), to: &dumped)
        let texts = ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped]
        for text in texts {
            #expect(text.contains("<secret>"))
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.reveal() == "hunter2")
        #expect(secret == Secret("hunter2"))
    }
}
