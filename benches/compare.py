"""What benches/compare.sh measures: medians of whole processes, both sides in turn, as ratios."""

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
GLOBS = ["*.py", "*.js", "*.ts", "*.env", ".env*", "*.yaml", "*.yml", "*.toml", "*.ini", "*.cfg", "*.properties", "*.json"]
SED = r"s#(postgres(ql)?://[^[:space:]\"?]+)([[:space:]\"]|$)#\1?sslmode=verify-full\3#"


def generated(out, files):
    """A repository of `files` files; every twentieth is a settings file, a fifth of those is to be changed."""
    generator = os.environ.get("MIGRATE_GENERATOR")
    if generator:
        subprocess.run([generator, out, "--files", str(files), "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
        return
    chance = random.Random(1)
    for number in range(files):
        folder = Path(out, f"team{number % 40}", f"service{number // 40 % 60}", f"part{number % 7}")
        folder.mkdir(parents=True, exist_ok=True)
        if number % 20:
            text = "".join(f"line {chance.random()} of {number}\n" for _ in range(chance.randrange(5, 60)))
            Path(folder, f"file{number}.txt").write_text(text)
        elif number % 100:
            Path(folder, f"app{number}.yaml").write_text(f"name: s{number}\nlevel: info\nlimits:\n  cpu: 1\n")
        else:
            Path(folder, f"db{number}.env").write_text(f"NAME=s{number}\nDATABASE_URL=postgres://u@db{number}/x\n")
    git = ["git", "-C", out, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run(git + arguments, check=True)


def timed(command, folder, before=None):
    """Wall seconds, and the peak memory in MiB, of one run."""
    if before:
        before()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, shell=isinstance(command, str), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def compared(ours, other, folder, before=None):
    """Medians of both commands, run in turn after a warm-up: ours, the other, our peak memory."""
    rows = []
    for run in range(RUNS + 1):
        mine, memory = timed(ours, folder, before)
        theirs, _ = timed(other, folder, before)
        if run:
            rows.append((mine, theirs, memory))
    return [statistics.median(column) for column in zip(*rows)]


def many(binary, base, files):
    """Medians of a dry run of twenty migrations over the same files, and of the first of them alone."""
    pair = []
    for count in (20, 1):
        folder = os.path.join(base, f"many{count}")
        for number in range(files):
            service = Path(folder, "config", f"service{number}.yaml")
            service.parent.mkdir(parents=True, exist_ok=True)
            service.write_text("limits:\n" + "".join(f"  key{key}: {key}\n" for key in range(40)) + f"name: s{number}\n")
        for number in range(1, count + 1):
            migration = Path(folder, "migrations", f"v{number:04}_set{number}.toml")
            migration.parent.mkdir(parents=True, exist_ok=True)
            step = f'[[step]]\nedit = "config/*.yaml"\ndo = [{{ set = "limits.key{number}", to = 100 }}]\n'
            migration.write_text(f'schema = 1\ntitle = "One limit"\n{step}')
        subprocess.run(["git", "init", "-q", folder], check=True)
        pair.append(folder)
    rows = [[timed([binary, "up", "-n", "--diff", "none"], folder)[0] for folder in pair] for _ in range(RUNS)]
    return [statistics.median(column) for column in zip(*rows)]


def written(command, dry, folder, before):
    """The seconds that a run takes more than the same run without its last call."""
    rows = [timed(command, folder, before)[0] - timed(dry, folder, before)[0] for _ in range(RUNS)]
    return max(statistics.median(rows), 0.001)


def renamed(folder, before):
    """The seconds that it takes to write the files that change anew and rename them, without a sync."""
    changed = subprocess.run(["git", "-C", folder, "diff", "--name-only", "-z"], capture_output=True, check=True).stdout
    names = [os.path.join(folder, name.decode()) for name in changed.split(b"\0") if name]
    contents = [Path(name).read_bytes() for name in names]
    before()
    rows = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for name, content in zip(names, contents):
            with open(name + ".new", "wb") as file:
                file.write(content)
            os.rename(name + ".new", name)
        rows.append(time.perf_counter() - start)
    return statistics.median(rows)


class Table:
    def __init__(self):
        self.missed = 0
        print(f"{'what':46} {'ours':>9} {'other':>9} {'ratio':>7} {'goal':>7}")

    def row(self, what, ours, other, goal, unit="s"):
        ratio = ours / other
        met = ratio <= goal
        self.missed += not met
        print(f"{what:46} {ours:8.3f}{unit} {other:8.3f}{unit} {ratio:6.2f}x {goal:6.2f}x {'' if met else 'missed'}", flush=True)


def main():
    binary, files = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    rg = shutil.which("rg")
    table = Table()
    migrate = [binary, "--set", "certs=/etc/ssl/pg"]
    with tempfile.TemporaryDirectory() as base:
        repositories = {}
        for size in (max(files // 10, 100), files):
            repositories[size] = os.path.join(base, f"r{size}")
            generated(repositories[size], size)
        large, small = repositories[files], repositories[max(files // 10, 100)]
        reset = lambda: (
            subprocess.run(["git", "-C", large, "checkout", "-q", "."], check=True),
            shutil.rmtree(os.path.join(large, ".migrate"), ignore_errors=True),
        )
        dry, tracked = migrate + ["up", "-n"], migrate + ["--tracked", "up", "-n"]
        if rg:
            globs = " ".join(f"-g '{glob}'" for glob in GLOBS)
            listing = f"{rg} --hidden -l -i 'postg|database' {globs} >/dev/null || true"
            ours, other, memory = compared(tracked, listing, large)
            table.row("P2 up -n --tracked / rg -l, which only finds", ours, other, 0.6)
            ours, other, memory = compared(dry, listing, large)
            table.row("P3 up -n / rg -l, which only finds", ours, other, 1.0)
            ours, other, _ = compared(dry, [rg, "--files"], large)
            table.row("P3 up -n / rg --files, which only lists", ours, other, 1.0)
            edit = f"{rg} --hidden -l -0 'postgres(ql)?://' {globs} | xargs -0 sed -i -E '{SED}'"
            ours, other, _ = compared(migrate + ["up", "--yes"], edit, large, reset)
            table.row("P4 up, durable / rg and sed -i, which is not", ours, other, 0.8)
        ours, _, memory = compared(dry, ["true"], large)
        table.row("P10 peak memory of up -n / 96 MiB", memory, 96, 1.0, "M")
        less, _, _ = compared(dry, ["true"], small)
        table.row("P8 up -n / the same on a tenth of the files", ours, less, 10.5)
        reset()
        timed(migrate + ["up", "--yes"], large)
        ours, other, _ = compared(migrate + ["status"], ["git", "status", "-uno"], large)
        table.row("P1 status, nothing changed / git status -uno", ours, other, 0.35)
        table.row("P7 twenty pending migrations / one of them", *many(binary, base, min(files // 10, 1000)), 1.3)
        tiny = os.path.join(base, "tiny")
        generated(tiny, 1000)
        timed(migrate + ["up", "--yes"], tiny)
        ours, other, memory = compared(migrate + ["status"], [binary, "--version"], tiny)
        table.row("P1 status, 1,000 files / its own --version", ours, other, 1.5)
        _, _, memory = compared(dry, ["true"], tiny)
        table.row("P10 peak memory of up -n, 1,000 files / 24 MiB", memory, 24, 1.0, "M")
        for durability, goal in (("full", 1.5), ("fast", 1.2)):
            ours = written(migrate + ["--durability", durability, "up", "--yes"], dry, large, reset)
            # What is renamed is what a run has changed.
            timed(migrate + ["up", "--yes"], large)
            other = renamed(large, reset)
            table.row(f"P9 writing, {durability} / plain renames", ours, other, goal)
        reset()
        timed(migrate + ["up", "--yes"], large)
        patch = os.path.join(base, "patch")
        with open(patch, "wb") as file:
            subprocess.run(["git", "-C", large, "diff"], stdout=file, check=True)
        kept = os.path.join(base, "kept")
        shutil.copytree(os.path.join(large, ".migrate"), kept)

        def applied():
            reset()
            subprocess.run(["git", "-C", large, "apply", patch], check=True)
            shutil.copytree(kept, os.path.join(large, ".migrate"))

        ours, other, _ = compared(migrate + ["down", "--yes", "--last", "1"], ["git", "apply", "-R", patch], large, applied)
        table.row("P11 down, durable / git apply -R, which is not", ours, other, 4.0)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{files} files, medians of {RUNS} runs in turn; {children.ru_utime + children.ru_stime:.0f} s of processor time")
    sys.exit(1 if table.missed else 0)


main()
