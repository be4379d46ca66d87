"""Full disks, runs that hang, launchers that die: what a run leaves behind, and that it goes on.

usage: test_faults.py THRONG MPIEXEC [CLASS]
"""
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import command
from command import SANITIZED, SOURCE, differences, everything, log, resume, run, status, throng

CLASSICS = SOURCE / "scenarios/classics"
STEPS = 12


def limited(size):
    """Files may have so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Faults(command.Folder):
    def begin(self, model, *settings):
        self.scenario = CLASSICS / model / f"{model}.toml"
        self.arguments = ["--steps", STEPS, *(a for setting in settings for a in ("--set", setting))]
        self.line = run(self.scenario, self.folder / "reference", *self.arguments)
        self.expected = everything(self.folder / "reference")

    def goes_on(self, out, ranks=1):
        resume(out, ranks=ranks)
        self.assertEqual(differences(self.expected, everything(out)), [])

    def leftovers(self, out):
        return sorted(str(path.relative_to(out)) for path in out.rglob("*")
                      if path.suffix == ".tmp" or path.name == "run.lock")


class DiskFull(Faults):
    """A run with checkpoints of steps 3 and 6 goes on where there is less and less room."""

    def setUp(self):
        super().setUp()
        self.begin("predation", "predation.side=24", f"output.snapshot_steps=[0,6,{STEPS}]")
        self.stopped = self.folder / "stopped"
        throng("run", self.scenario, "--out", self.stopped, *self.arguments, "--threads", 1, "--quiet", "--stop-at", 6,
               "--set", "checkpoint.every_steps=3", "--set", "checkpoint.keep=100", check=75)

    def committed(self, out):
        return {path.name: path.read_bytes() for folder in ("checkpoints", "segments")
                for path in (out / folder).iterdir() if path.suffix in (".h5", ".json")}

    def is_told(self, done, words):
        """Every file that could not be written is named once in each message, with what it needs and what there is."""
        said = [line for line in done.stderr.splitlines() if line.startswith("throng: ") and words in line]
        for line in said:
            self.assertRegex(line, r"\.(h5|json|toml): cannot be (written|created|flushed to the disk|put in place) \(")
            self.assertRegex(line, r" \d+ kB needed, ")
        return said

    def check_after(self, done, out, words, ranks):
        """A run that met a full disk: its code, its words, and what had been committed before."""
        before, after = self.committed(self.stopped), self.committed(out)
        self.assertEqual({name: after.get(name) for name in before}, before, "what was committed is lost")
        said = self.is_told(done, words)
        if done.returncode == 74:
            self.assertGreater(len(said), 0, done.stderr)
        else:
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(differences(self.expected, everything(out)), [])
        self.assertEqual(self.leftovers(out), [], done.stderr)
        return len(said)

    def test_whatever_file_is_too_large_nothing_committed_is_lost(self):
        # One rank: the limit would also keep ranks from sharing memory. The largest sizes at which each
        # file of the run cannot be written, and halves of them, so that writes end in the middle as well.
        whole = self.folder / "whole"
        shutil.copytree(self.stopped, whole)
        resume(whole)
        sizes = {path.stat().st_size for path in whole.rglob("*") if path.is_file()}
        limits = sorted({size - 1 for size in sizes} | {size // 2 for size in sizes if size > 4096} | {0, 2 * max(sizes)})
        if SANITIZED:  # clang's OpenMP ends where it cannot keep 1 kB in shared memory
            limits = [max(limit, 1024) for limit in limits]
        codes, told = set(), 0
        for limit in limits:
            with self.subTest(limit=limit):
                out = self.folder / f"out {limit}"
                shutil.copytree(self.stopped, out)
                done = throng("resume", out, "--threads", 1, preexec_fn=limited(limit))
                told += self.check_after(done, out, "File too large", 1)
                codes.add(done.returncode)
                if status(out)["status"] != "completed":
                    self.goes_on(out)
                self.assertEqual(differences(self.expected, everything(out)), [])
                shutil.rmtree(out)
        self.assertEqual(codes, {0, 74})
        self.assertGreater(told, len(limits) // 2)

    def test_a_disk_that_is_full_at_any_write_loses_nothing_committed(self):
        disk = self.folder / "disk"
        disk.mkdir()
        codes = set()
        for number, room in enumerate((0, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512)):
            ranks = 1 + number % 2
            if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", disk],
                              capture_output=True).returncode != 0:
                print("SKIPPED: no disk could be mounted (that takes root): a full one was NOT tried", flush=True)
                self.skipTest("no disk could be mounted (that takes root): a full one was NOT tried")
            try:
                with self.subTest(room=room, ranks=ranks):
                    out = disk / "out"
                    shutil.copytree(self.stopped, out)
                    used = sum(path.stat().st_blocks // 2 for path in disk.rglob("*") if path.is_file())
                    resized = lambda kilobytes: subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", disk],
                                                               check=True)
                    resized(used + max(room, 1))
                    done = throng("resume", out, "--threads", 1, ranks=ranks)
                    resized(65536)
                    told = self.check_after(done, out, "No space left on device", ranks)
                    codes.add((done.returncode, told > 0))
                    if status(out)["status"] != "completed":
                        self.goes_on(out, ranks=3 - ranks)
                    self.assertEqual(differences(self.expected, everything(out)), [])
            finally:
                subprocess.run(["umount", disk], check=True)
        self.assertEqual(codes, {(74, True), (0, False)})


class FailedCheckpoints(Faults):
    """One after the other cannot be written, where everything else can."""

    def setUp(self):
        super().setUp()
        self.begin("random_walk", "random_walk.walkers=10_000", "output.snapshot_steps=[]")
        self.out = self.folder / "out"
        # Larger than results and segments, smaller than a checkpoint of 10,000 rows.
        self.limit = 100_000
        self.assertLess((self.folder / "reference/results.h5").stat().st_size, self.limit)

    def run_limited(self, every, *more):
        return throng("run", self.scenario, "--out", self.out, *self.arguments, "--threads", 1, "--set",
                      f"checkpoint.every_steps={every}", *more, preexec_fn=limited(self.limit))

    def test_one_or_two_are_warned_of_and_the_run_goes_on_to_the_same_end(self):
        for every, steps in ((7, [7]), (5, [5, 10])):
            with self.subTest(every=every):
                done = self.run_limited(every, "--overwrite")
                self.assertEqual(done.returncode, 0, done.stderr)
                said = [line for line in done.stderr.splitlines() if "The run goes on without this checkpoint." in line]
                self.assertEqual(len(said), len(steps), done.stderr)
                for line, step in zip(said, steps):
                    self.assertRegex(line, rf"ckpt-{step:08d}.h5: cannot be written \(File too large: \d+ kB needed, "
                                           r"100 kB is the limit of a file's size\). Raise the limit")
                warned = [entry["step"] for entry in log(self.out) if entry["severity"] == "warning"]
                self.assertEqual(warned, steps)
                self.assertEqual(differences(self.expected, everything(self.out)), [])
                self.assertEqual(list((self.out / "checkpoints").glob("ckpt-*")), [])

    def test_three_in_a_row_end_the_run_with_74(self):
        done = self.run_limited(3)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(done.stderr.count("The run goes on without this checkpoint."), 2)
        self.assertRegex(done.stderr, r"throng: [^\n]*ckpt-00000009.h5: cannot be written \(File too large: \d+ kB")
        self.assertEqual(status(self.out)["status"], "failed")
        self.assertIn("ckpt-00000009.h5", status(self.out)["summary"]["error"])
        self.assertEqual(self.leftovers(self.out), [])
        throng("resume", self.out, check=66)  # there never was one

    def test_one_that_is_written_between_begins_the_count_anew(self):
        # The limit is lifted for one checkpoint, while the run stands still.
        done = self.run_limited(3, "--stop-at", 6)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn("ckpt-00000006.h5", done.stderr)
        throng("run", self.scenario, "--out", self.out, *self.arguments, "--threads", 1, "--quiet", "--overwrite",
               "--set", "checkpoint.every_steps=5", "--stop-at", 5, check=75)
        done = throng("resume", self.out, "--threads", 1, preexec_fn=limited(self.limit))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("The run goes on without this checkpoint."), 1)
        self.assertEqual(differences(self.expected, everything(self.out)), [])
        self.assertEqual([path.name for path in (self.out / "checkpoints").glob("ckpt-*.h5")], ["ckpt-00000005.h5"])

    def test_a_run_that_is_to_stop_and_cannot_keep_its_state_says_so_with_74(self):
        done = self.run_limited(0, "--stop-at", 6)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertRegex(done.stderr, r"ckpt-00000006.h5: cannot be written \(File too large: \d+ kB needed")
        self.assertEqual((status(self.out)["status"], self.leftovers(self.out)), ("failed", []))


class Hangs(Faults):
    def test_a_run_that_hangs_ends_with_71_and_says_where(self):
        self.begin("predation", "predation.side=24", "output.snapshot_steps=[]")
        for ranks in (1, 3):
            with self.subTest(ranks=ranks):
                out = self.folder / f"out {ranks}"
                began = time.monotonic()
                done = throng("run", self.scenario, "--out", out, *self.arguments, "--threads", 1, "--quiet", "--hang-at",
                              7, "--watchdog", 1, "--set", "checkpoint.every_steps=5", ranks=ranks, check=71)
                self.assertLess(time.monotonic() - began, 60)
                self.assertIn("throng: no progress for 1 s after step 7 (a rank, a disk or the network hangs).",
                              done.stderr)
                self.assertIn("Where it hangs:\n", done.stderr)
                frames = [line for line in done.stderr.splitlines() if re.search(r"\(.*\) ?\[0x[0-9a-f]+\]$", line)]
                self.assertGreater(len(frames), 3, done.stderr)
                self.assertTrue(any("nanosleep" in line for line in frames), frames)
                self.goes_on(out, ranks=4 - ranks)

    def test_a_watchdog_leaves_runs_alone_that_go_on(self):
        self.begin("predation", "predation.side=24", "output.snapshot_steps=[]")
        run(CLASSICS / "life/life.toml", self.folder / "out", "--steps", 4_000, "--set", "output.snapshot_steps=[]", "--set",
            "life.width=200", "--set", "life.height=200", "--watchdog", 1)
        throng("run", self.scenario, "--out", self.folder / "o", "--watchdog", -1, check=2)


class Launcher(Faults):
    def start(self, out, ranks):
        process = subprocess.Popen([command.MPIEXEC, "--bind-to", "none", "-n", str(ranks), command.THRONG, "run",
                                    self.scenario, "--out", out, *map(str, self.arguments), "--threads", "1", "--quiet",
                                    "--set", "checkpoint.every_steps=4", "--hang-at", "7", "--watchdog", "0"],
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.kill)
        end = time.monotonic() + 60
        while not all((out / f"checkpoints/ckpt-00000004.{part}").exists() for part in ("json", "h5")):  # written in turn
            self.assertLess(time.monotonic(), end, "it never began")
            time.sleep(0.05)
        return process

    def gone(self, pids, seconds=5):
        end = time.monotonic() + seconds
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def test_no_rank_outlives_its_launcher_nor_another_rank(self):
        self.begin("predation", "predation.side=24", "output.snapshot_steps=[]")
        for victim in ("launcher", "first rank", "last rank"):
            with self.subTest(victim):
                out = self.folder / victim
                process = self.start(out, 3)
                ranks = command.ranks_of(process)
                self.assertEqual(len(ranks), 3)
                killed = {"launcher": process.pid, "first rank": min(ranks), "last rank": max(ranks)}[victim]
                os.kill(killed, signal.SIGKILL)
                process.wait(timeout=30)
                self.assertTrue(self.gone(ranks), f"ranks live on: {ranks}")
                self.assertEqual(status(out)["status"], "running")  # nobody was left to say more
                self.goes_on(out, ranks=2)


if __name__ == "__main__":
    command.main()
