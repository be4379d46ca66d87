"""Starting `throng` as a user does, and reading what it leaves. For the tests beside this file.

Every test here is `test_*.py THRONG MPIEXEC [arguments of unittest]`; it exits 77, saying why, where
the Python packages that read results are absent: ctest then reports it as skipped.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"SKIPPED: {error}. The command was NOT tested.", flush=True)
    sys.exit(77)

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
THRONG = MPIEXEC = None
SANITIZED = os.environ.get("THRONG_TEST_SANITIZER", "none") != "none"


def main():
    """Takes the programs from the command line and runs the tests of the module that called."""
    global THRONG, MPIEXEC
    THRONG, MPIEXEC = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main(module="__main__")


def throng(*arguments, ranks=1, check=None, **options):
    """Runs the command; `check` is the exit code that it has to have."""
    command = [THRONG, *map(str, arguments)]
    if ranks > 1:
        command = [MPIEXEC, "--bind-to", "none", "-n", str(ranks), *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode} instead of {check}:\n"
                             f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def resume(out, *arguments, ranks=1, threads=1, **options):
    """Goes on with a run that was stopped, to its end; gives its closing JSON line."""
    done = throng("resume", out, "--threads", threads, "--quiet", "--json", *arguments, ranks=ranks, check=0, **options)
    return json.loads(done.stdout.splitlines()[-1])


def run(scenario, out, *arguments, ranks=1, threads=1, **options):
    """A run that has to succeed; gives its closing JSON line."""
    done = throng("run", scenario, "--out", out, "--threads", threads, "--quiet", "--json", *arguments,
                  ranks=ranks, check=0, **options)
    return json.loads(done.stdout.splitlines()[-1])


def ranks_of(process):
    """The processes of a run that was started with Popen: those of its launcher, or itself."""
    def parent(pid):
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            return None
    return [int(entry.name) for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and parent(entry.name) == process.pid] or [process.pid]


def status(out):
    return json.loads((Path(out) / "run.json").read_text())


def log(out):
    return [json.loads(line) for line in (Path(out) / "log.jsonl").read_text().splitlines()]


def arrays(out, groups=("series", "tables", "events", "agents")):
    """Every dataset of results.h5 below these groups, by its path."""
    found = {}
    with h5py.File(Path(out) / "results.h5", "r") as file:
        for group in groups:
            if group in file:
                def take(path, item, at=group):
                    if isinstance(item, h5py.Dataset):
                        found[f"{at}/{path}"] = item[()]
                file[group].visititems(take)
    return found


def everything(out):
    """All that results.h5 says, by path, but where and when it was run: every dataset but /provenance's, every
    attribute (after an @), and the scenario."""
    elsewhere = {"created", "n_ranks", "threads"}
    references = {"DIMENSION_LIST", "REFERENCE_LIST"}  # addresses in the file
    found = {}
    with h5py.File(Path(out) / "results.h5", "r") as file:
        def take(path, item):
            if path == "provenance" or path.startswith("provenance/"):
                return
            if isinstance(item, h5py.Dataset):
                found[path] = np.asarray(item[()])
            for name, value in item.attrs.items():
                if name not in references and (path or name not in elsewhere):
                    found[f"{path}@{name}"] = np.asarray(value)
        take("", file)
        file.visititems(take)
    return found


def differences(expected, found):
    """Names of what is not the same, bit by bit; of the hashes of the steps the first step."""
    if expected.keys() != found.keys():
        return sorted(expected.keys() ^ found.keys())
    wrong = [name for name in expected
             if expected[name].dtype != found[name].dtype or expected[name].shape != found[name].shape
             or contents(expected[name]) != contents(found[name])]
    hashes = "tables/content_hash/hash"
    if hashes in wrong and expected[hashes].shape == found[hashes].shape:
        wrong.insert(0, f"the first step that differs is {np.flatnonzero(expected[hashes] != found[hashes])[0]}")
    return wrong


def contents(array):
    return array.tolist() if array.dtype == object else array.tobytes()


def own_network(folder, people=600, seed=11):
    """own_network.toml and the files it names, with ids that are neither dense nor in order."""
    folder = Path(folder)
    chance = random.Random(seed)
    ids = chance.sample(range(5, 1_000_000), people)
    households = chance.sample(range(10_000), people // 3)
    neighborhoods = ["north", "south", "west side"]
    home = {h: chance.choice(neighborhoods) for h in households}
    lives = {i: chance.choice(households) for i in ids}
    write(folder / "people.csv", "id,age,sex,neighborhood,household,place",
          [f"{i},{chance.randrange(90)},{chance.choice(['female', 'male'])},{home[lives[i]]},{lives[i]},"
           f"{chance.choice(['', 31, 32, 47, 48])}" for i in ids])
    write(folder / "households.csv", "id,neighborhood", [f"{h},{home[h]}" for h in households])
    write(folder / "places.csv", "id,kind,neighborhood",
          ["31,work,north", "47,school,south", "32,work,south", "48,other,north"])
    edges = {tuple(chance.sample(ids, 2)) for _ in range(3 * people)}
    write(folder / "edges.csv", "source,target,weight",
          [f"{a},{b},{chance.choice([0.5, 1, 2])}" for a, b in sorted(edges)])
    write(folder / "seeds.csv", "id", chance.sample(ids, 5))
    shutil.copy(HERE / "own_network.toml", folder)
    return folder / "own_network.toml"


def write(path, header, lines):
    path.write_text("\n".join([header, *map(str, lines)]) + "\n")


def shipped_scenarios():
    """Scenarios that stand in the tree to be run: those that say, or whose base says, how long."""
    import tomllib

    def says_how_long(path):
        with open(path, "rb") as file:
            text = tomllib.load(file)
        return "steps" in text.get("run", {}) or "base" in text and says_how_long(path.parent / text["base"])

    return [path for path in sorted((SOURCE / "scenarios").rglob("*.toml")) if says_how_long(path)]


class Folder(unittest.TestCase):
    """A test with a folder of its own, whose name is not a simple one."""

    def setUp(self):
        import tempfile
        self._folder = tempfile.TemporaryDirectory(prefix="throng dé ")
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)

    def environment(self, **more):
        return {**os.environ, **more}
