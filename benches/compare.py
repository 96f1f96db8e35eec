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


def doubled(folder):
    """As many files again that no glob of the migration matches, beside those that are there."""
    git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0"]
    names = subprocess.run(git + ["ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    for number, name in enumerate(name for name in names if name):
        Path(folder, name).with_name(f"more{number}.txt").write_text(f"line {number}\n")
    for arguments in (["add", "-A"], ["commit", "-q", "-m", "more"]):
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


def beside(command, one, other):
    """Medians of the command in both folders, run in turn after a warm-up."""
    rows = [[timed(command, folder)[0] for folder in (one, other)] for _ in range(RUNS + 1)]
    return [statistics.median(column) for column in zip(*rows[1:])]


FORMATS = {
    "app.env": ("PORT={0}\nNAME=s{0}\nLEVEL=debug # for now\n", "LEVEL"),
    "app.ini": ("[log]\nlevel = debug\nname = s{0}\n", "log.level"),
    "app.properties": ("log.level=debug\nname=s{0}\n", "log.level"),
    "app.toml": ("[log]\nlevel = \"debug\" # for now\nname = \"s{0}\"\n", "log.level"),
    "app.yaml": ("log:\n  level: debug # for now\n  name: s{0}\n", "log.level"),
    "app.json": ('{{\n  "log": {{"level": "debug", "name": "s{0}"}}\n}}\n', "log.level"),
    "app.tf": ('locals {{\n  level = "debug" # for now\n  name = "s{0}"\n}}\n', "locals.level"),
    "app.xml": ("<log><level>debug</level><name>s{0}</name></log>\n", "log.level"),
    "app.py": ("LOG = {{'level': 'debug', 'name': 's{0}'}}  # for now\n", "LOG.level"),
    "app.js": ("const log = {{ level: 'debug', name: 's{0}' }}; // for now\n", "\"const log\".level"),
}


def edited(binary, base, files):
    """By name: the seconds on one core for one edit in each of `files` small files, diff and all."""
    for name, (text, key) in FORMATS.items():
        folder = os.path.join(base, "edit", name)
        for number in range(files):
            path = Path(folder, f"service{number}", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(number))
        migration = Path(folder, "migrations", "v0001_level.toml")
        migration.parent.mkdir()
        step = f"[[step]]\nedit = \"**/{name}\"\ndo = [{{ set = '{key}', to = \"warn\" }}]\n"
        migration.write_text(f'schema = 1\ntitle = "Less log"\n{step}')
        command = [binary, "up", "-n"]
        affinity = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(affinity)})
        yield name, statistics.median(timed(command, folder)[0] for _ in range(RUNS))
        os.sched_setaffinity(0, affinity)


def peers():
    """The scripts that can run here: what they are for, the command, and the goals of a dry run and of writing."""
    installed = os.environ.get("PEERS", "")
    python, folder = os.path.join(installed, "bin", "python"), Path(__file__).resolve().parent / "peers"
    if os.path.exists(python) and subprocess.run([python, "-c", "import ruamel.yaml"], capture_output=True).returncode == 0:
        yield "ruamel.yaml", [python, str(folder / "set_yaml.py")], 50, 30
    if shutil.which("node") and os.path.isdir(os.path.join(installed, "node_modules", "yaml")):
        yield "yaml for Node", ["node", str(folder / "set_yaml.mjs")], 10, 6


def with_migrations(folder, migrations, edit):
    """Commits what is there with so many migrations of the files that `edit` matches: each sets one of fifty limits."""
    for number in range(1, migrations + 1):
        migration = Path(folder, "migrations", f"v{number:04}_set{number}.toml")
        migration.parent.mkdir(parents=True, exist_ok=True)
        step = f'[[step]]\nedit = "{edit}"\ndo = [{{ set = "limits.key{number % 50}", to = {99 + number} }}]\n'
        migration.write_text(f'schema = 1\ntitle = "One limit"\n{step}')
    git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run(git + arguments, check=True)


def settings(base, migrations, files):
    """A repository of `files` YAML files and of migrations that each set one of their forty values."""
    folder = os.path.join(base, f"many{migrations}")
    for number in range(files):
        service = Path(folder, "config", f"service{number}.yaml")
        service.parent.mkdir(parents=True, exist_ok=True)
        service.write_text("limits:\n" + "".join(f"  key{key}: {key}\n" for key in range(40)) + f"name: s{number}\n")
    with_migrations(folder, migrations, "config/*.yaml")
    return folder


def rested(folder):
    """Lets git write its index for the last time: it does so for as long as files are as new as that."""
    for _ in range(3):
        time.sleep(1)
        timed(["git", "status", "-uno"], folder)


def restored(folder):
    """What brings the files of a repository back to its commit, without a record."""
    return lambda: (
        subprocess.run(["git", "-C", folder, "checkout", "-q", "."], check=True),
        shutil.rmtree(os.path.join(folder, ".migrate"), ignore_errors=True),
    )


def renamed(names, contents):
    """The seconds that it takes to write the files anew and rename them, without a sync."""
    start = time.perf_counter()
    for name, content in zip(names, contents):
        with open(name + ".new", "wb") as file:
            file.write(content)
        os.rename(name + ".new", name)
    return time.perf_counter() - start


def written(command, dry, folder, before):
    """Medians, in turn: what a run takes more than without its last call, and plain renames of what it changes."""
    before()
    timed(command, folder)
    changed = subprocess.run(["git", "-C", folder, "diff", "--name-only", "-z"], capture_output=True, check=True).stdout
    names = [os.path.join(folder, name.decode()) for name in changed.split(b"\0") if name]
    contents = [Path(name).read_bytes() for name in names]
    rows = []
    for _ in range(RUNS):
        ours = timed(command, folder, before)[0] - timed(dry, folder, before)[0]
        before()
        rows.append((ours, renamed(names, contents)))
    ours, other = (statistics.median(column) for column in zip(*rows))
    return max(ours, 0.001), other


class Table:
    def __init__(self):
        self.missed = 0
        print(f"{'what':46} {'ours':>9} {'other':>9} {'ratio':>7} {'goal':>7}")

    def row(self, what, ours, other, goal, unit="s"):
        ratio = ours / other
        met = ratio <= goal
        self.missed += not met
        print(f"{what:46} {ours:8.3f}{unit} {other:8.3f}{unit} {ratio:6.2f}x {goal:6.2f}x {'' if met else 'missed'}", flush=True)


def grown(base, name, files, migrations):
    """A repository of YAML files in which each migration sets one of fifty values of every file."""
    folder = os.path.join(base, name)
    text = "level: debug\nlimits:\n" + "".join(f"  key{key}: 0\n" for key in range(50))
    for number in range(files):
        service = Path(folder, f"part{number // 100}", f"service{number}.yaml")
        service.parent.mkdir(parents=True, exist_ok=True)
        service.write_text(text)
    with_migrations(folder, migrations, "**/service*.yaml")
    return folder


def growing(table, binary, base):
    """Ten times as many edits, and ten times as many migrations: what a look costs, and what a plan costs."""
    tenths = grown(base, "edits1", 1000, 1), grown(base, "migrations1", 10, 100)
    wholes = grown(base, "edits10", 10000, 1), grown(base, "migrations10", 10, 1000)
    for what, tenth, whole in zip(("10,000 edits", "1,000 migrations"), tenths, wholes):

        def row(*command):
            ours, other = (
                statistics.median(timed([binary, *command], folder)[0] for _ in range(RUNS)) for folder in (whole, tenth)
            )
            table.row(f"{' '.join(command)}: {what} / a tenth", ours, other, 10.5)

        row("up", "-n")
        for folder in (tenth, whole):
            timed([binary, "up", "--yes"], folder)
        row("verify")
        # Of a part nothing is remembered.
        row("status", "--only", "**")
        row("down", "-n", "--last", "1")


def searching(table, migrate, large, reset):
    """Beside ripgrep, which only finds what is to be changed, and beside what sed makes of that."""
    rg = shutil.which("rg")
    if not rg:
        return
    dry, tracked = migrate + ["up", "-n"], migrate + ["--tracked", "up", "-n"]
    globs = " ".join(f"-g '{glob}'" for glob in GLOBS)
    listing = f"{rg} --hidden -l -i 'postg|database' {globs} >/dev/null || true"
    table.row("P2 up -n --tracked / rg -l, which only finds", *compared(tracked, listing, large)[:2], 0.6)
    table.row("P3 up -n / rg -l, which only finds", *compared(dry, listing, large)[:2], 1.0)
    table.row("P3 up -n / rg --files, which only lists", *compared(dry, [rg, "--files"], large)[:2], 1.0)
    if os.access(CACHES, os.W_OK):
        table.row("P12 up -n / rg -l, nothing in the cache", *compared(dry, listing, large, forgotten)[:2], 0.6)
    edit = f"{rg} --hidden -l -0 'postgres(ql)?://' {globs} | xargs -0 sed -i -E '{SED}'"
    table.row("P4 up, durable / rg and sed -i, which is not", *compared(migrate + ["up", "--yes"], edit, large, reset)[:2], 0.8)


CACHES = "/proc/sys/vm/drop_caches"


def forgotten():
    """Takes all files out of the memory of the system."""
    os.sync()
    Path(CACHES).write_text("3")


def scripted(table, binary, base, files):
    """Beside scripts that change one value in each YAML file, and beside more migrations of the same files."""
    one, twenty = settings(base, 1, files), settings(base, 20, files)
    dry = [binary, "up", "-n"]
    for name, script, dry_goal, goal in peers():
        restored(one)()
        table.row(f"P5 up -n / a script with {name}", *compared(dry, script + ["--dry-run"], one)[:2], 1 / dry_goal)
        applied = compared([binary, "up", "--yes"], script, one, restored(one))[:2]
        table.row("P5 up, durable / the same script", *applied, 1 / goal)
    restored(one)()
    table.row("P7 twenty pending migrations / one of them", *beside(dry + ["--diff", "none"], twenty, one), 1.3)


def writing(table, migrate, large, base, reset):
    """The writing alone beside plain renames, and the way back beside git's."""
    dry = migrate + ["up", "-n"]
    for durability, goal in (("full", 1.5), ("fast", 1.2)):
        both = written(migrate + ["--durability", durability, "up", "--yes"], dry, large, reset)
        table.row(f"P9 writing, {durability} / plain renames", *both, goal)
    reset()
    timed(migrate + ["up", "--yes"], large)
    patch = os.path.join(base, "patch")
    with open(patch, "wb") as file:
        subprocess.run(["git", "-C", large, "diff"], stdout=file, check=True)
    if "MIGRATE_GENERATOR" not in os.environ:
        count = ["git", "-C", large, "diff", "--shortstat", "--", "*.env"]
        added = int(subprocess.run(count, capture_output=True, check=True, text=True).stdout.split(",")[1].split()[0])
        table.row("P13 lines that change / those that have to", added, len(list(Path(large).rglob("db*.env"))), 1.0, "")
    kept = os.path.join(base, "kept")
    shutil.copytree(os.path.join(large, ".migrate"), kept)

    def applied():
        reset()
        subprocess.run(["git", "-C", large, "apply", patch], check=True)
        shutil.copytree(kept, os.path.join(large, ".migrate"))

    down = migrate + ["down", "--yes", "--last", "1"]
    table.row("P11 down, durable / git apply -R, which is not", *compared(down, ["git", "apply", "-R", patch], large, applied)[:2], 4.0)


def main():
    binary, files = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    table = Table()
    migrate = [binary, "--set", "certs=/etc/ssl/pg"]
    dry, status = migrate + ["up", "-n"], migrate + ["status"]
    with tempfile.TemporaryDirectory() as base:
        large, small, more, tiny = (os.path.join(base, name) for name in ("large", "small", "more", "tiny"))
        generated(large, files)
        generated(small, max(files // 10, 100))
        generated(tiny, 1000)
        reset = restored(large)
        searching(table, migrate, large, reset)
        table.row("P10 peak memory of up -n / 96 MiB", compared(dry, ["true"], large)[2], 96, 1.0, "M")
        table.row("P8 up -n / the same on a tenth of the files", *beside(dry, large, small), 10.5)
        shutil.copytree(small, more)
        doubled(more)
        table.row("P8 up -n, with as many files that no glob matches", *beside(dry, more, small), 1.15)
        reset()
        timed(migrate + ["up", "--yes"], large)
        rested(large)
        table.row("P1 status, nothing changed / git status -uno", *compared(status, ["git", "status", "-uno"], large)[:2], 0.35)
        timed(migrate + ["up", "--yes"], tiny)
        rested(tiny)
        table.row("P1 status, 1,000 files / its own --version", *compared(status, [binary, "--version"], tiny)[:2], 1.5)
        table.row("P10 peak memory of up -n, 1,000 files / 24 MiB", compared(dry, ["true"], tiny)[2], 24, 1.0, "M")
        scripted(table, binary, base, min(files // 10, 1000))
        for name, seconds in edited(binary, base, 2000):
            table.row(f"P6 2,000 edits of {name} on one core / 1 s", seconds, 1, 1.0)
        growing(table, binary, base)
        writing(table, migrate, large, base, reset)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{files} files, medians of {RUNS} runs in turn; {children.ru_utime + children.ru_stime:.0f} s of processor time")
    sys.exit(1 if table.missed else 0)


main()
