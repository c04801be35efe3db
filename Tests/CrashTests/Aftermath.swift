// Crash tests: the real binary and a real Prometheus, with strace between the binary and the kernel. One deployment is
// recorded, system call by system call; then it is done again and again, killed, failed or stopped at one call each time,
// and what is left, what recovers from it, and what stands at rest are given to the same invariant checker as the
// simulator uses. The simulator sees every outcome of a power cut; these tests see that its model is what Linux and the
// binary really do.
//
// In the ordinary test run there is one kill for each distinct pair of call and kind of path; with STOKER_CRASH_ALL=1
// (Tests/Soak/run.sh) there is one for every call.

/// What comes after a crash.
enum Aftermath {
    /// A start that finds everything as usual.
    case start
    /// `stoker recover` while git is gone and the process does not answer.
    case recover
    /// A start that cannot reach git.
    case startWithoutGit
    /// `stoker recover` while git is gone and the process is down; then the process starts, as at boot. It takes seconds.
    case boot

    /// They take turns.
    static func after(_ index: Int) -> Aftermath {
        let turns: [Aftermath] = [.start, .recover, .startWithoutGit]
        return index % 10 == 9 ? .boot : turns[index % turns.count]
    }
}
