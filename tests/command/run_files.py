"""Runs whose files tests look at, copy and damage."""
import hashlib
import resource
import shutil
import tempfile
from pathlib import Path

import command
from command import HERE, SANITIZED, SOURCE, run, throng

SMALL = ("--set", "population.town.people=2000", "--set", "output.snapshots=[2020-01-11]",
         "--set", "checkpoint.every_steps=10")
TOWN = (HERE / "town.toml", *SMALL, "--steps", 30)
MEADOW = (SOURCE / "scenarios/classics/predation/predation.toml", "--steps", 40,
          "--set", "output.snapshot_steps=[20,40]", "--set", "checkpoint.every_steps=20")
MEMORY = 1_500_000_000


class Made:
    """Runs that tests copy, each made once."""
    folder = None
    runs = {}

    @classmethod
    def run(cls, name, *arguments):
        if cls.folder is None:
            cls.folder = tempfile.TemporaryDirectory(prefix="throng-files-")
        if name not in cls.runs:
            cls.runs[name] = Path(cls.folder.name) / name
            run(*arguments[:1], cls.runs[name], *arguments[1:])
        return cls.runs[name]

    @classmethod
    def town(cls):
        return cls.run("town", *TOWN)

    @classmethod
    def meadow(cls):
        return cls.run("meadow", *MEADOW)

    @classmethod
    def seeds(cls):
        return cls.run("seeds", *TOWN, "--replicates", 3)


def limited(*arguments, cpu=None, **options):
    """The command with little memory; its children inherit that."""
    def limit():
        if not SANITIZED:  # they map the memory of the whole machine
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if cpu is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return throng(*arguments, preexec_fn=limit, **options)


def verify(*paths, **options):
    return limited("verify", *paths, **options)


def verdicts(text):
    """Lines of `throng verify` by their first words, but the last."""
    lines = text.splitlines()
    return {word: [line[11:] for line in lines[:-1] if line.startswith(word)]
            for word in ("whole", "damaged", "not ours", "left over")}


def unsealed(data):
    return data[:data.rindex(b"\nthrong seal ")]


def seal(path):
    data = path.read_bytes()
    path.write_bytes(data + b"\nthrong seal " + hashlib.sha256(data).hexdigest().encode() + b" %020d\n" % len(data))


def flipped(data, chance):
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1:]


class Files(command.Folder):
    def copy(self, made, name="out"):
        shutil.copytree(made, self.folder / name)
        return self.folder / name

    def overwritten(self):
        """A run that was told to replace another, and killed on the way: the results are the other's."""
        out = self.copy(Made.town())
        done = throng("run", TOWN[0], "--out", out, *TOWN[1:], "--seed", 8, "--overwrite", "--quiet", "--kill-at", 25)
        self.assertEqual(done.returncode, -9, done.stderr)
        return out
