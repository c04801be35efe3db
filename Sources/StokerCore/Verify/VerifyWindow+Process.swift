// The process behind the window: is it there, and is it still the one we reloaded?
extension VerifyWindow {
    /// A process that was up before and is gone is a failure of the attempt; one that was down before is waited for.
    mutating func gone(_ message: String, at now: Instant) -> Verdict {
        forgetProof()
        guard hasBeenReady else { return waiting(message, at: now) }
        // Seen starting and gone again: a supervisor brings it up with what kills it. Each wait would begin anew for ever.
        if startingSince != nil { deadStarts += 1 }
        if deadStarts >= 2 {
            return .failed(
                Failure(
                    .targetUnreachable, .content,
                    "the process was up before the change and died \(deadStarts) times while starting; see its log for "
                        + "the cause: \(message)"))
        }
        startingSince = nil
        let from = goneSince ?? now
        goneSince = from
        isShaky = true
        if now - from >= rules.readyTimeout {
            return .failed(
                Failure(
                    .targetUnreachable, .content,
                    "the process was up before the change and has not answered for "
                        + "\(rules.readyTimeout.prometheusText): \(message)"))
        }
        return .watching(next: soon(now), until: nil)
    }

    /// 503 is a process that works: it may replay its write-ahead log for minutes.
    mutating func starting(_ message: String, at now: Instant) -> Verdict {
        forgetProof()
        goneSince = nil
        let from = startingSince ?? now
        startingSince = from
        isShaky = true
        if now - from >= max(Self.replayLimit, rules.readyTimeout) {
            let text = "the process is there but not ready after \((now - from).prometheusText): \(message)"
            if hasBeenReady { return .failed(Failure(.targetUnreachable, .content, text)) }
            return waiting(text, at: now)
        }
        return hasBeenReady ? .watching(next: soon(now), until: nil) : waiting(message, at: now)
    }

    private mutating func waiting(_ message: String, at now: Instant) -> Verdict {
        isShaky = true
        return .waitingForTarget(
            next: soon(now),
            Failure(
                .targetUnreachable, .environmental,
                "the process was down before the change and is judged when it returns: \(message)"))
    }

    /// Nobody can tell: keep looking until the limit, then say so and keep the configuration.
    mutating func inconclusive(_ message: String, at now: Instant) -> Verdict {
        isShaky = true
        let from = inconclusiveSince ?? now
        inconclusiveSince = from
        if now - from >= rules.timeout {
            return .unproven(
                Failure(
                    .unproven, .environmental,
                    "no conclusive answer for \(rules.timeout.prometheusText), so the configuration is kept unproven: "
                        + message))
        }
        return .watching(next: soon(now), until: nil)
    }

    /// Another start time is another process. Returns a verdict where that is one restart too many.
    mutating func recognise(_ seen: String, at now: Instant) -> Verdict? {
        goneSince = nil
        startingSince = nil
        deadStarts = 0
        hasBeenReady = true
        defer { startTime = seen }
        guard let known = startTime, known != seen else { return nil }
        if earlierStarts.contains(seen) {
            return severalProcesses(
                "the process that started at \(seen) answers again after one that started at \(known)")
        }
        earlierStarts = earlierStarts.suffix(Self.mostStarts - 1) + [known]
        if restartExpected {
            restartExpected = false
        } else {
            restarts += 1
        }
        if restarts >= 2 {
            return .failed(
                Failure(
                    .targetUnreachable, .content,
                    "the process restarted twice since the change; see its log for the cause"))
        }
        since = now
        forgetProof()
        inconclusiveSince = nil
        return nil
    }

    /// Not a fault of the content, and no restart: nothing is taken back, and nothing is called verified.
    mutating func severalProcesses(_ message: String) -> Verdict {
        isShaky = true
        return .unproven(
            Failure(
                .notServed, .environmental,
                "several processes answer at url in turns, so what one serves proves nothing of the others: give each "
                    + "a target of its own with its own url (\(message))"))
    }

    private mutating func forgetProof() {
        provedSince = nil
        partFailures = [:]
        checkFailures = [:]
        silentChecks = []
        syncsAtFirst = nil
        worseSince = [:]
    }

    /// Right after the reload every quarter of a second, then every second: a change of rules is verified at once, and a
    /// process that is away is not hammered.
    func soon(_ now: Instant) -> Instant {
        let pause = now - since < .seconds(3) ? Duration.milliseconds(250) : .seconds(1)
        return now + min(max(rules.interval, .milliseconds(50)), pause)
    }
}
