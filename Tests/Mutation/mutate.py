"""Reads the list of mutants, puts them all into a copy of the sources behind one switch, and runs the tests for each.

Called by run.sh, which says what it is for."""

import collections
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

Mutant = collections.namedtuple("Mutant", "name kind file anchor start end is_expression replacement meaning equivalent")

KINDS = {"fsync", "journal", "stat", "gate"}

SWITCH = """import Glibc

private let activeMutant: Int32 = getenv("STOKER_MUTANT").map { atoi($0) } ?? 0

@inline(__always) func mutant(_ number: Int32) -> Bool { activeMutant == number }
"""


def fail(message):
    sys.exit(f"Tests/Mutation: {message}")


def read_mutants(path, sources):
    """Blocks of lines, as the head of the file says; positions are those in the untouched sources."""
    mutants = []
    texts = {}
    block = []
    lines = path.read_text().splitlines() + [""]
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if line.strip():
            block.append((number, line))
            continue
        if block:
            mutants.append(read_block(block, sources, texts))
        block = []
    names = collections.Counter(m.name for m in mutants)
    for name, count in names.items():
        if count > 1:
            fail(f"{path}: {name} is listed {count} times")
    return mutants


def read_block(block, sources, texts):
    number, head = block[0]
    parts = [part.strip() for part in head.split("|")]
    if len(parts) != 4 or parts[1] not in KINDS:
        fail(f"mutants:{number}: expected 'name | {'/'.join(sorted(KINDS))} | file | meaning'")
    name, kind, file, meaning = parts
    equivalent = ""
    body = [line.strip() for _, line in block[1:]]
    if body and body[-1].startswith("equivalent:"):
        equivalent = body.pop()[len("equivalent:"):].strip()
    if len(body) < 2 or not re.match(r"[-=]>", body[-1]):
        fail(f"mutants:{number}: {name} needs an anchor, and a line that begins with -> or =>")
    anchor, after = " ".join(body[:-1]), body[-1]
    before, found, rest = re.split("«|»", anchor)
    if file not in texts:
        texts[file] = (sources / file).read_text()
    pattern = pattern_of(before) + "(" + pattern_of(found) + ")" + pattern_of(rest)
    hits = list(re.finditer(pattern, texts[file]))
    if len(hits) != 1:
        fail(f"mutants:{number}: {name}: its anchor occurs {len(hits)} times in {file}")
    replacement = after[2:].strip()
    return Mutant(
        name, kind, file, anchor, hits[0].start(1), hits[0].end(1), after.startswith("=>"),
        "" if replacement == "nothing" else replacement, meaning, equivalent)


def pattern_of(text):
    """The text with any white space where it has some, or none at a mark."""
    words = [re.escape(word) for word in text.split()]
    joined = r"\s+".join(words)
    lead = r"\s*" if text[:1].isspace() else ""
    trail = r"\s*" if text[-1:].isspace() and words else ""
    return lead + joined + trail


COPIED = [
    "Sources/StokerCore", "Tests/TestSupport/Background.swift", "Tests/TestSupport/Slots.swift",
    "Tests/StokerSimulation", "Tests/SimulationTests", "Tests/StokerCoreTests/Deploy", "Tests/StokerCoreTests/Gates",
    "Tests/StokerCoreTests/Reconcile", "Tests/StokerCoreTests/Rollout", "Tests/StokerCoreTests/Plan/PlanTests.swift",
    "Tests/StokerCoreTests/Plan/PlanGenerator.swift",
]


def copy(mutants, package, scratch):
    """Writes only what differs from an earlier copy, so that little is built again."""
    texts = {}
    for name in COPIED:
        root = package / name
        for path in [root] if root.is_file() else sorted(root.glob("**/*.swift")):
            texts[str(path.relative_to(package))] = path.read_text()
    core = "Sources/StokerCore/"
    for file, text in mutated(mutants, {n[len(core):]: t for n, t in texts.items() if n.startswith(core)}).items():
        texts[core + file] = text
    texts[core + "Mutant.swift"] = SWITCH
    for folder in ("Sources", "Tests"):
        for path in (scratch / folder).glob("**/*.swift"):
            if str(path.relative_to(scratch)) not in texts:
                path.unlink()
    for name, text in texts.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def mutated(mutants, texts):
    """The changed sources. Insertions only, so that one mutant may lie inside another one."""
    insertions = collections.defaultdict(list)
    for number, mutant in enumerate(mutants, 1):
        size = mutant.end - mutant.start
        if mutant.is_expression:
            head, tail = f"(mutant({number}) ? {mutant.replacement} : (", "))"
        else:
            head, tail = f"if mutant({number}) {{ {mutant.replacement} }} else {{ ", " }"
        # At one place: what ends comes before what begins, the inner end first, the outer beginning first.
        insertions[mutant.file].append((mutant.start, 1, -size, number, head))
        insertions[mutant.file].append((mutant.end, 0, size, -number, tail))
    changed = {}
    for file, inserted in insertions.items():
        pieces, position = [], 0
        for place, _, _, _, piece in sorted(inserted):
            pieces += [texts[file][position:place], piece]
            position = place
        changed[file] = "".join(pieces) + texts[file][position:]
    return changed


# Which tests run what lies in a folder of the sources, the quickest first. ScheduleTests and CrashWalkTests run all of it.
TESTS = {
    "Rollout": ["Rollout", "Deploy"], "Deploy": ["Deploy"], "Reconcile": ["Reconcile", "Gates"], "Gates": ["Gates"],
    "Plan": ["Plan"],
}


def stages(mutant, suites):
    """The suites of each run, one run after the other."""
    folders = TESTS[mutant.file.split("/")[0]] if mutant else sum(TESTS.values(), [])
    order = [[suite for suite in sorted(suites) if suites[suite] == folder] for folder in dict.fromkeys(folders)]
    skipped = os.environ.get("STOKER_MUTATION_SKIP", "").split(",")
    walks = sorted((s for s in suites if suites[s] == "SimulationTests"), key=lambda s: (s != "ScheduleTests", s))
    # What is said to be equivalent is not worth the minute that the walks take to agree.
    if not (mutant and mutant.equivalent):
        order += [[suite] for suite in walks if suite not in skipped]
    return [stage for stage in order if stage]


def find_suites(tests):
    """Every suite with the folder it is in."""
    found = {}
    for path in sorted(tests.glob("*Tests/**/*.swift")):
        folder = path.parent.name
        for name in re.findall(r"^@Suite.*?\b(?:struct|class)\s+(\w+)|^(?:struct|final class)\s+(\w+Tests)\b",
                               path.read_text(), re.M):
            found[name[0] or name[1]] = folder
    return found


ISSUE = re.compile(r"✘ Test (.+?) recorded an issue.*? at ([\w+]+)\.swift:(\d+)")


class Run:
    """One run of the test binary for one mutant; ends at the first failure."""

    def __init__(self, binary, number, limit, environment):
        self.binary, self.number, self.limit, self.environment = binary, number, limit, environment

    def test(self, suites):
        """None: all passed; else what failed."""
        arguments = [self.binary, "--testing-library", "swift-testing"]
        for suite in suites:
            arguments += ["--filter", rf"\.{suite}/"]
        environment = dict(self.environment, STOKER_MUTANT=str(self.number))
        process = subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True)
        timed_out = threading.Event()

        def end():
            timed_out.set()
            self.kill(process)

        timer = threading.Timer(self.limit, end)
        timer.start()
        last, caught, ran = "", None, False
        try:
            for line in process.stdout:
                if line.strip():
                    last = line.strip()
                ran = ran or re.search(r"Test run with [1-9]\d* test", line) is not None
                hit = ISSUE.search(line)
                if hit:
                    caught = f"{hit[2]}/{hit[1]}"
                elif line.startswith("✘ Test ") and " failed after" in line:
                    caught = line[len("✘ Test "):].split(" failed after")[0]
                elif "Fatal error" in line:
                    caught = "trap: " + line.split("Fatal error")[1].strip(": \n")[:70]
                if caught:
                    self.kill(process)
                    break
        finally:
            timer.cancel()
            process.stdout.close()
            code = process.wait()
        if timed_out.is_set():
            return f"time limit of {self.limit} s in {suites[0]}"
        if caught:
            return caught
        if code != 0:
            return f"exit code {code}: {last[:80]}"
        if not ran:
            fail(f"no test ran for {suites}: {last}")
        return None

    @staticmethod
    def kill(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def judge(number, mutant, suites, binary, limit, environment):
    begin = time.monotonic()
    caught = None
    run = Run(binary, number, limit, environment)
    for stage in stages(mutant, suites):
        caught = run.test(stage)
        if caught:
            break
    return mutant, caught, time.monotonic() - begin


def print_table(results):
    width = max(len(m.name) for m, _, _ in results)
    kinds = collections.Counter()
    caught_kinds = collections.Counter()
    for mutant, caught, seconds in results:
        kinds[mutant.kind] += 1
        caught_kinds[mutant.kind] += caught is not None
        words = caught or (f"equivalent: {mutant.equivalent}" if mutant.equivalent else "NOT CAUGHT")
        print(f"{mutant.name:<{width}} | {mutant.kind:<7} | {mutant.meaning} | {words} | {seconds:.1f}")
    for kind in sorted(kinds):
        print(f"{kind}: {caught_kinds[kind]} of {kinds[kind]} caught")


def main():
    command, package, listed = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    mutants = read_mutants(listed, package / "Sources/StokerCore")
    if command == "list":
        for mutant in mutants:
            print(f"{mutant.name} | {mutant.kind} | {mutant.file} | {mutant.meaning}")
        return
    scratch = pathlib.Path(sys.argv[4])
    if command == "copy":
        copy(mutants, package, scratch)
        return
    only = re.compile(sys.argv[5])
    chosen = [
        (n, m) for n, m in enumerate(mutants, 1)
        if only.search(m.name) or only.search(m.kind) or only.search(m.file)
    ]
    if not chosen:
        fail(f"no mutant matches {only.pattern}")
    run_all(chosen, scratch)


def run_all(chosen, scratch):
    binary = str(scratch / ".build/debug/mutationPackageTests.xctest")
    suites = find_suites(scratch / "Tests")
    limit = int(os.environ.get("STOKER_MUTANT_LIMIT", "120"))
    environment = dict(
        os.environ, NO_COLOR="1", STOKER_SCHEDULES=os.environ.get("STOKER_SCHEDULES", "4000"),
        STOKER_PIPELINES=os.environ.get("STOKER_PIPELINES", "2000"))
    environment.pop("STOKER_SEED", None)
    environment.pop("STOKER_PIPELINE_SEED", None)
    print(f"{len(chosen)} mutants; first the tests without any", flush=True)
    _, caught, seconds = judge(0, None, suites, binary, limit * 2, environment)
    if caught:
        fail(f"the tests fail without any mutant: {caught}")
    print(f"the tests pass without any mutant ({seconds:.0f} s)", flush=True)
    results = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(judge, n, m, suites, binary, limit, environment) for n, m in chosen]
        for done in concurrent.futures.as_completed(waiting):
            mutant, caught, seconds = done.result()
            results[mutant.name] = (mutant, caught, seconds)
            words = caught or "NOT CAUGHT"
            print(f"  {len(results)}/{len(chosen)} {mutant.name}: {words} ({seconds:.1f} s)", flush=True)
    print()
    print_table([results[m.name] for _, m in chosen])
    survivors = [m.name for _, m in chosen if not results[m.name][1] and not m.equivalent]
    noticed = [m.name for _, m in chosen if results[m.name][1] and m.equivalent]
    if noticed:
        print(f"called equivalent, but caught: {', '.join(noticed)}")
    if survivors:
        print(f"NOT CAUGHT: {', '.join(survivors)}")
    sys.exit(1 if survivors or noticed else 0)


main()
