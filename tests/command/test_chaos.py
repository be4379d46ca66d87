"""Runs that are killed at random moments, by random means, and whose newest checkpoint is damaged: each
ends with the bits of the run that nobody disturbed.

usage: test_chaos.py THRONG MPIEXEC [CLASS]

THRONG_CHAOS_RUNS says how many (8), THRONG_CHAOS_SEED from which seed on (printed; a random one where
absent). Run k of seed s is run 0 of seed s+k.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import command
from command import HERE, SOURCE, differences, everything, run, status

CLASSICS = SOURCE / "scenarios/classics"
# Births, deaths and claims; rows that migrate; an epidemic with everything on; several seeds.
WORLDS = {
    "predation": (CLASSICS / "predation/predation.toml", "--steps", 60, "--set", "predation.side=24", "--set",
                  "output.snapshot_steps=[0,30,60]"),
    "flocking": (CLASSICS / "flocking/flocking.toml", "--steps", 40, "--set", "flocking.birds=300", "--set",
                 "output.snapshot_steps=[0,20,40]"),
    "new_york": (HERE / "new_york.toml",),
    "seeds": (HERE / "town.toml", "--replicates", 3, "--steps", 32, "--set", "population.town.people=2_000"),
}
ENDS_WITHIN = 60  # seconds a run may take to end after what was done to it; it is over in one or two


def processes_of(out):
    """Those that have the folder on their command line, and are alive."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if os.fsencode(out) in words and state != "Z":
                found.append(int(entry.name))
    return found


def wait_until(happened, seconds):
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class Chaos(command.Folder):
    @classmethod
    def setUpClass(cls):
        cls.seed = int(os.environ.get("THRONG_CHAOS_SEED") or random.SystemRandom().randrange(10**9))
        cls.runs = int(os.environ.get("THRONG_CHAOS_RUNS") or 8)
        print(f"THRONG_CHAOS_SEED={cls.seed} THRONG_CHAOS_RUNS={cls.runs}", flush=True)

    def setUp(self):
        super().setUp()
        # What MPI leaves of itself where it is killed goes with this folder.
        self.mpi = tempfile.mkdtemp(prefix="throng-mpi-")
        self.addCleanup(shutil.rmtree, self.mpi, ignore_errors=True)
        self.expected = {}
        self.told = []  # what was done, for when something fails
        self.counts = {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1
        self.told.append(what)

    def expectation(self, world):
        if world not in self.expected:
            out = self.folder / f"{world} undisturbed"
            run(WORLDS[world][0], out, *WORLDS[world][1:])
            self.expected[world] = everything(out)
        return self.expected[world]

    def test_every_run_ends_with_the_bits_of_the_undisturbed_one(self):
        shared_before = self.shared_memory()
        for number in range(self.runs):
            seed = self.seed + number
            self.told = []
            with self.subTest(seed=seed):
                try:
                    self.one(random.Random(seed))
                except Exception:  # failures too
                    print(f"run {number} (THRONG_CHAOS_SEED={seed} THRONG_CHAOS_RUNS=1): {', '.join(self.told)}\n"
                          f"{self.said()}", flush=True)
                    raise
                finally:
                    shutil.rmtree(self.out, ignore_errors=True)
        print("; ".join(f"{what}: {n}" for what, n in sorted(self.counts.items())), flush=True)
        # A kill can leave a frame, which whoever makes the next one removes.
        command.throng("run", WORLDS["predation"][0], "--out", self.folder / "last", *WORLDS["predation"][1:], "--quiet",
                       "--set", "checkpoint.every_steps=5")
        left = self.shared_memory() - shared_before
        wait_until(lambda: not left & self.shared_memory(), 5)  # of others they come and go
        self.assertEqual(left & self.shared_memory(), set())

    @staticmethod
    def shared_memory():
        return {path.name for path in Path("/dev/shm").glob("throng-*")}

    def said(self):
        file = self.folder / "said"
        return file.read_text(errors="replace")[-3000:] if file.exists() else ""

    def one(self, chance):
        world = chance.choice(sorted(WORLDS))
        expected = self.expectation(world)
        self.out = self.folder / "out"
        self.every, self.keep = chance.choice((1, 2, 3, 5)), chance.choice((1, 2, 3))
        self.told.append(f"{world}, a checkpoint every {self.every} steps, {self.keep} kept")
        self.damaged = set()
        for _ in range(chance.choice((1, 2, 2, 3))):
            code = self.go(chance, world, self.disturb)
            if self.out.exists() and (self.out / "run.json").exists() and status(self.out)["status"] == "completed":
                break
            if chance.random() < 0.4:
                self.damage(chance)
        while True:
            code = self.go(chance, world, lambda *_: None)
            if code == 0 and status(self.out)["status"] == "completed":
                break
            self.fail(f"it ended with {code}")
        self.assertEqual(differences(expected, everything(self.out)), [])
        self.assertEqual(sorted(path.name for path in self.out.iterdir()),
                         sorted({"log.jsonl", "results.h5", "run.json", "scenario.toml", "checkpoints", "segments"}))
        self.assertEqual([path for path in self.out.rglob("*") if path.suffix == ".tmp"], [])
        names = {path.stem for path in (self.out / "checkpoints").glob("ckpt-*.h5")}
        self.assertEqual(names, {path.stem for path in (self.out / "checkpoints").glob("ckpt-*.json")})
        self.assertLessEqual(len(names), self.keep)

    def whole_checkpoints(self):
        """Those that nobody damaged, with all of their segments."""
        segments = sorted(tuple(map(int, re.findall(r"\d{8}", path.name)))
                          for path in (self.out / "segments").glob("out-*.h5") if path not in self.damaged)
        found = []
        for path in (self.out / "checkpoints").glob("ckpt-*.h5"):
            step, reached = int(path.stem[5:]), 0
            for begin, end in segments:
                reached = end if begin == reached and end <= step else reached
            side = path.with_suffix(".json")
            if side.exists() and not self.damaged & {path, side} and (reached == step and (step > 0 or segments)):
                found.append(step)
        return sorted(found)

    def go(self, chance, world, disturb):
        """Starts it, or goes on with it, on some ranks, and does something to it; gives its exit code, once all of its
        processes are gone."""
        whole = self.whole_checkpoints() if self.out.exists() else []
        finished = (self.out / "replicates").exists() and any((self.out / "replicates").glob("*.h5"))
        ranks, threads = chance.choice((1, 1, 2, 3, 4)), chance.choice((1, 1, 2))
        anew = ["run", WORLDS[world][0], "--out", self.out, *WORLDS[world][1:], "--set",
                f"checkpoint.every_steps={self.every}", "--set", f"checkpoint.keep={self.keep}", "--overwrite"]
        on = ["resume", self.out]
        arguments = on if (self.out / "run.json").exists() else anew
        while True:
            self.told.append(f"{arguments[0]} on {ranks} ranks")
            code = self.watched([*arguments, "--threads", threads], ranks, chance, disturb)
            if arguments is on and code == 66:
                # It was ended before it had anything to go on from, or all of that was damaged.
                self.assertEqual((whole, finished), ([], False), "a checkpoint that was whole was refused")
                self.count("begun anew")
                arguments = anew
                continue
            return code

    def watched(self, arguments, ranks, chance, disturb):
        launch = [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks)] if ranks > 1 or chance.random() < 0.3 else []
        with open(self.folder / "said", "w") as said:
            process = subprocess.Popen([*launch, command.THRONG, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=said, stderr=said, start_new_session=True,
                                       env=self.environment(TMPDIR=self.mpi, OMPI_MCA_btl_vader_backing_directory=self.mpi))
        try:
            disturb(chance, process, bool(launch))
            try:
                code = process.wait(timeout=ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                where = self.where()
                # A rank that is killed while it connects can lock Debian's PMIx 4.2.2 in mpiexec for ever. Then mpiexec
                # is what is left, with nothing of ours; it is ended as its user would.
                if processes_of(self.out) != [process.pid] or "PMIx_server_finalize" not in where:
                    self.fail(f"it hangs: {where}")
                self.count("mpiexec locked itself at its end")
                process.kill()
                code = process.wait()
            self.assertTrue(wait_until(lambda: not processes_of(self.out), 5), f"orphans: {self.where()}")
        finally:
            for pid in [process.pid, *processes_of(self.out)]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
        self.told.append(f"ended with {code}")
        return code

    def where(self):
        """What the processes that should be gone are at."""
        text = f"{processes_of(self.out)}\n"
        for pid in processes_of(self.out):
            if shutil.which("gdb"):
                text += subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex", "bt"], capture_output=True, text=True,
                                       stdin=subprocess.DEVNULL).stdout[-3000:]
        return text

    def disturb(self, chance, process, launched):
        out = self.out
        gone = lambda: process.poll() is not None
        half = lambda: any(out.rglob("*.tmp"))
        began = lambda: (out / "run.json").exists() and '"running"' in (out / "run.json").read_text(errors="replace")
        before = {path.name for path in (out / "checkpoints").glob("*")} if (out / "checkpoints").exists() else set()
        newer = lambda: {path.name for path in (out / "checkpoints").glob("ckpt-*.h5")} - before

        moment = chance.choice(("at once", "somewhen", "somewhen", "while it writes", "while it writes", "later",
                                "after a checkpoint"))
        if moment == "at once":
            time.sleep(chance.uniform(0, 0.4))
        elif moment == "somewhen":
            wait_until(lambda: gone() or began(), 30)
            time.sleep(chance.uniform(0, 0.6))
        elif moment == "later":
            time.sleep(chance.uniform(0.5, 2))
        else:
            wait_until(lambda: gone() or (newer() if moment == "after a checkpoint" else half()), 30)
            time.sleep(chance.choice((0, 0, chance.uniform(0, 0.03))))
        if gone():
            return self.count("too late")

        ranks = command.ranks_of(process) if launched else [process.pid]
        what, number = chance.choice((("one rank", signal.SIGKILL), ("one rank", signal.SIGKILL),
                                      ("all ranks", signal.SIGKILL), ("the launcher", signal.SIGKILL),
                                      ("everybody", signal.SIGKILL), ("one rank", signal.SIGTERM),
                                      ("all ranks", signal.SIGTERM), ("the launcher", signal.SIGTERM),
                                      ("the launcher", signal.SIGUSR1), ("one rank", signal.SIGUSR1),
                                      ("one rank", signal.SIGUSR2), ("the launcher", signal.SIGINT),
                                      ("one rank", "twice"), ("the file", "stop")))
        self.count(f"{getattr(number, 'name', number)} to {what} {moment}" if what != "the file" else f"the file 'stop' {moment}")
        if what == "the file":
            if out.exists():
                (out / "stop").touch()
            return
        for pid in {"one rank": [chance.choice(ranks)], "all ranks": ranks, "the launcher": [process.pid],
                    "everybody": [process.pid, *ranks]}[what]:
            for sent in (signal.SIGTERM, signal.SIGTERM) if number == "twice" else (number,):
                try:
                    os.kill(pid, sent)
                except ProcessLookupError:
                    pass
                time.sleep(0.1 if number == "twice" else 0)

    def damage(self, chance):
        """What the disk, or somebody, does to the newest checkpoint while nothing runs."""
        checkpoints = sorted((self.out / "checkpoints").glob("ckpt-*.h5")) if self.out.exists() else []
        if not checkpoints:
            return
        newest = checkpoints[-1]
        segments = sorted((self.out / "segments").glob("out-*.h5"))
        victim = chance.choice((newest, newest, newest, newest.with_suffix(".json"), segments[-1] if segments else newest))
        how = chance.choice(("flip", "flip", "cut", "remove", "zeros"))
        if not victim.exists():
            return
        data = bytearray(victim.read_bytes())
        if how == "remove":
            victim.unlink()
        elif how == "cut":
            victim.write_bytes(data[:chance.randrange(len(data))])
        else:
            at = chance.randrange(len(data))
            length = 1 if how == "flip" else chance.randrange(1, 1 + len(data) - at)
            changed = bytes([data[at] ^ chance.randrange(1, 256)]) if how == "flip" else bytes(length)
            if data[at:at + length] == changed:
                return
            data[at:at + length] = changed
            victim.write_bytes(data)
        self.damaged.add(victim)
        self.count(f"{how} of {victim.suffix if victim.parent.name == 'checkpoints' else 'segment'}")


if __name__ == "__main__":
    command.main()
