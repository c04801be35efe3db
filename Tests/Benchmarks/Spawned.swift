import Foundation
import TestSupport

/// One run of a program to its end, its output thrown away.
struct Spawned {
    /// From the call that starts it to the end of it, in milliseconds.
    let wall: Double
    /// Its own CPU time, in milliseconds.
    let cpu: Double

    /// Runs a program, which must exit with 0.
    static func run(_ arguments: [String]) throws -> Spawned {
        guard let name = arguments.first else { throw TestFailure("no program was named") }
        let program = try Programs.find(name)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }

        let start = Cost.now.wall
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, &words, environ)
        guard code == 0 else {
            throw TestFailure("\(program) could not be started: \(String(cString: strerror(code)))")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw TestFailure("wait4: \(String(cString: strerror(errno)))") }
        }
        let wall = Cost.now.wall - start
        guard status == 0 else { throw TestFailure("\(arguments.joined(separator: " ")) ended with status \(status)") }
        return Spawned(wall: wall, cpu: Cost.milliseconds(usage.ru_utime) + Cost.milliseconds(usage.ru_stime))
    }
}
