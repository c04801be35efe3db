// SSH tests: addresses and arguments as tables; complaints as ssh words them; and a real sshd for the rest.

import Testing

@testable import StokerHost

@Suite struct SSHAddressTests {
    @Test(
        arguments: [
            ("git@host:ops/repo.git", "git", "host", nil, "ops/repo.git"),
            ("host:/srv/repo.git", nil, "host", nil, "/srv/repo.git"),
            ("git@host.example.com:~other/x", "git", "host.example.com", nil, "~other/x"),
            ("git@[::1]:x", "git", "::1", nil, "x"),
            ("[::1]:/x", nil, "::1", nil, "/x"),
            ("[host:2222]:x", nil, "host", 2222, "x"),
            ("git@host:a:b", "git", "host", nil, "a:b"),
            ("git@host:a%20b", "git", "host", nil, "a%20b"),
            ("git@host:it's here", "git", "host", nil, "it's here"),
            ("ssh://git@host/srv/repo.git", "git", "host", nil, "/srv/repo.git"),
            ("ssh://host:22/x", nil, "host", 22, "/x"),
            ("SSH://git@host:65535/x", "git", "host", 65535, "/x"),
            ("ssh://[::1]:2222/x", nil, "::1", 2222, "/x"),
            ("ssh://git@[fe80::1%25eth0]/x", "git", "fe80::1%25eth0", nil, "/x"),
            ("ssh://git@host/~user/x", "git", "host", nil, "~user/x"),
            ("ssh://git@host/a%20b%zz", "git", "host", nil, "/a b%zz"),
            ("ssh://a%2Bb@host:/x", "a+b", "host", nil, "/x"),
            ("git+ssh://host/x", nil, "host", nil, "/x"),
            ("ssh+git://host/x", nil, "host", nil, "/x"),
            ("ssh://host/-x", nil, "host", nil, "/-x"),
        ] as [(String, String?, String, Int?, String)])
    func isTakenApart(_ text: String, _ user: String?, _ host: String, _ port: Int?, _ path: String) throws {
        let address = try SSHAddress(text)
        #expect(address.user == user)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.path == path)
    }

    @Test(arguments: [
        ("ssh://host", "has no path"), ("ssh://host/", "has no path"), ("git@host:", "has no path"),
        ("ssh:///x", "has no host"), (":x", "has no host"), ("git@:x", "has no host"), ("[::1:x", "lacks a ]"),
        ("ssh://-oProxyCommand=x/x", "has an impossible host"), ("-oProxyCommand=x:y", "has an impossible host"),
        ("ssh://-host/x", "has a host that begins with -, which programs take for an option"),
        ("-host:x", "has a host that begins with -, which programs take for an option"),
        ("-l@host:x", "has a user that begins with -, which programs take for an option"),
        ("ssh://%2Dl@host/x", "has a user that begins with -, which programs take for an option"),
        ("git@host:-x", "has a path that begins with -, which programs take for an option"),
        ("ssh://git:pw@host/x", "must not hold a password: ssh uses keys, see source.ssh.key_file"),
        ("ssh://host:0/x", "has a port that is no number from 1 to 65535"),
        ("ssh://host:65536/x", "has a port that is no number from 1 to 65535"),
        ("ssh://host:-1/x", "has a port that is no number from 1 to 65535"),
        ("ssh://host:+1/x", "has a port that is no number from 1 to 65535"),
        ("ssh://a b/x", "has an impossible host"), ("ssh://a`b/x", "has an impossible host"),
        ("ssh://$(x)@host/x", "has an impossible user"), ("ssh://@host/x", "has an impossible user"),
        ("a'b@host:x", "has an impossible user"), ("host:a\nb", "has a control character in its path"),
        ("ssh://host/a%00b", "has a control character in its path"),
        ("host:a%00b\u{7f}", "has a control character in its path"),
    ])
    func isRefused(_ text: String, _ problem: String) {
        #expect(throws: SSHAddress.Problem(message: problem)) { try SSHAddress(text) }
    }
}
