"""tools/slurm/throng.sbatch under a real Slurm: whatever ends an attempt, the job goes on by itself, or
says why not, and ends with the bits of a run that nothing disturbed.

usage: test_slurm.py THRONG MPIEXEC [CLASS]
"""
import csv
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import command
import slurm
from command import SOURCE, arrays, differences, log, status, throng
from slurm import wait_until

SCRIPT = SOURCE / "tools" / "slurm" / "throng.sbatch"
SCENARIO = SOURCE / "scenarios" / "classics" / "predation" / "predation.toml"
# Births, deaths, moves between ranks; a snapshot before and after most stops.
WORLD = ["--steps", "800", "--set", "predation.side=60", "--set", "output.snapshot_steps=[5, 150]"]
OFTEN = ["--set", "checkpoint.every_steps=5"]
OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "PREEMPTED", "NODE_FAIL")
cluster = undisturbed = None


def setUpModule():
    global cluster, undisturbed
    cluster = slurm.Cluster(slurm.alone())
    folder = tempfile.TemporaryDirectory(dir=cluster.folder)
    unittest.addModuleCleanup(folder.cleanup)
    command.run(SCENARIO, Path(folder.name) / "run", *WORLD)
    undisturbed = arrays(Path(folder.name) / "run")


class Job:
    """A job that runs WORLD, for the test to disturb."""

    def __init__(self, folder, *options, tasks=1, name="run", run=(*WORLD, *OFTEN), **environment):
        self.out = folder / name
        self.printed = folder / f"{name}.log"
        self.tasks = tasks
        environment = {"THRONG": command.THRONG, "OMPI_MCA_mpi_yield_when_idle": "1", **environment}
        self.number = cluster.submit(f"--output={self.printed}", f"--ntasks={tasks}", "--time=60", *options, SCRIPT,
                                     SCENARIO, self.out, *run, **environment)

    def says(self):
        return self.printed.read_text() if self.printed.exists() else ""

    def status(self):
        return cluster.job(self.number)

    def ranks(self):
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                if (process / "exe").resolve() == Path(command.THRONG).resolve() and os.fsencode(self.out) in words:
                    found.append(int(process.name))
            except OSError:
                pass  # it ended
        return found

    def send(self, number):
        for rank in self.ranks():
            os.kill(rank, number)

    def hold(self, checkpoints=1):
        """Once there are so many checkpoints the ranks wait, while everybody else goes on."""
        wait_until("a checkpoint", lambda: len(list(self.out.glob("checkpoints/ckpt-*.h5"))) >= checkpoints,
                   said=self.says)
        self.send(signal.SIGSTOP)
        if len(self.ranks()) != self.tasks or (self.out / "results.h5").exists():
            raise AssertionError(f"too late: {self.says()}")

    def go_on(self):
        self.send(signal.SIGCONT)

    def wait_for(self, words, seconds=100):
        wait_until(words, lambda: words in self.says(), seconds, said=self.says)

    def end(self):
        """The state it ends in; waits in the queue are cut short."""
        def over():
            state = self.status()
            if state["JobState"] == "PENDING" and state["Reason"] == "BeginTime":
                # What was ended and what begins must not share a second: the node tells them apart by it.
                time.sleep(2)
                cluster.ask("scontrol", "update", f"JobId={self.number}", "StartTime=now")
            return state["JobState"] in OVER and state
        return wait_until("the end of the job", over, pause=0.1, said=lambda: f"{self.status()}\n{self.says()}")


class Batch(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=cluster.folder, prefix="dé ", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def assert_went_on(self, job, by=None, attempts=None):
        """Ended as if nothing had been, from a checkpoint and not from the start."""
        ended = job.end()
        said = job.says()
        self.assertEqual(ended["JobState"], "COMPLETED", said)
        self.assertEqual(status(job.out)["status"], "completed")
        self.assertEqual(differences(undisturbed, arrays(job.out)), [], said)
        self.assertGreater(len(status(job.out)["restart_chain"]), 0, said)
        self.assertIn(f"throng resume {job.out}", said)
        self.assertIn(f"done: {job.out}/results.h5", said)
        if by is not None:
            stops = [entry["stopped_by"] for entry in log(job.out) if entry["event"] == "stopped"]
            self.assertEqual(stops[:1], [by], said)
        if attempts is not None:
            self.assertEqual(int(ended["Restarts"]), attempts - 1, said)

    def assert_ended(self, job, code, *words):
        """Ended for good, and said why."""
        ended = job.end()
        said = job.says()
        self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", f"{code}:0"), said)
        for text in words:
            self.assertIn(text, said)


class Undisturbed(Batch):
    def test_two_tasks_of_two_threads_give_the_bits_of_one(self):
        job = Job(self.folder, "--cpus-per-task=2", tasks=2)

        ended = job.end()

        self.assertEqual(ended["JobState"], "COMPLETED", job.says())
        self.assertEqual(differences(undisturbed, arrays(job.out)), [])
        self.assertEqual((ended["Restarts"], status(job.out)["restart_chain"]), ("0", []))
        self.assertEqual((status(job.out)["ranks"], status(job.out)["threads"]), (2, 2))

    def test_a_run_that_is_done_is_left_alone(self):
        first = Job(self.folder)
        self.assertEqual(first.end()["JobState"], "COMPLETED", first.says())
        before = (first.out / "results.h5").stat()

        again = Job(self.folder)

        self.assertEqual(again.end()["JobState"], "COMPLETED", again.says())
        self.assertEqual((first.out / "results.h5").stat().st_mtime_ns, before.st_mtime_ns)


class Limits(Batch):
    def test_at_the_signal_before_its_limit_a_job_stops_and_goes_on(self):
        job = Job(self.folder, "--time=2", "--signal=B:USR1@110", tasks=2, THRONG_SPARE="0")
        job.hold()

        job.wait_for("SIGUSR1: asking the ranks to stop")  # Slurm looks every 30 s
        job.go_on()

        self.assert_went_on(job, by="SIGUSR1")
        self.assertIn("stopped by SIGUSR1. Back into the queue.", job.says())

    def test_without_a_signal_it_stops_by_itself(self):
        forever = ["--steps", "60000", "--set", "predation.side=60"]
        job = Job(self.folder, "--time=1", "--signal=B:USR1@1", run=forever, THRONG_SPARE="57")

        job.wait_for("Back into the queue", seconds=20)

        self.assertEqual(status(job.out)["summary"]["stopped_by"], "--max-walltime")
        self.assertGreater(status(job.out)["summary"]["step"], 0)
        wait_until("the queue", lambda: job.status()["JobState"] == "PENDING", said=job.says)
        cluster.ask("scancel", job.number)

    def test_a_limit_with_no_time_for_a_step_does_not_loop(self):
        job = Job(self.folder, "--time=1", "--signal=B:USR1@1", THRONG_SPARE="60")

        self.assert_ended(job, 75, "no time for a step", "Give it a longer --time.")

        self.assertEqual(job.status()["Restarts"], "1")

    def test_asked_while_it_starts_it_ends_and_says_so(self):
        slow = self.folder / "slow"
        slow.write_text(f'#!/bin/sh\ntouch "{self.folder}/starts"\nsleep 60\nexec "{command.THRONG}" "$@"\n')
        slow.chmod(0o755)
        job = Job(self.folder, THRONG=slow)
        wait_until("the start", (self.folder / "starts").exists, said=job.says)

        cluster.ask("scancel", "--batch", "--signal=USR1", job.number, check=True)

        self.assert_ended(job, 75, "stopped by SIGUSR1 while it started. Submit it again")
        self.assertEqual(job.status()["Restarts"], "0")

    def test_a_job_without_a_limit_runs(self):
        job = Job(self.folder, "--time=UNLIMITED")

        self.assertEqual(job.end()["JobState"], "COMPLETED", job.says())
        self.assertNotIn("--max-walltime 0s", job.says())


class Signals(Batch):
    def test_scancel_usr1_stops_and_goes_on(self):
        job = Job(self.folder)
        job.hold()

        cluster.ask("scancel", "--signal=USR1", job.number, check=True)
        time.sleep(0.5)
        job.go_on()

        self.assert_went_on(job, by="SIGUSR1", attempts=2)

    def test_scancel_ends_the_job_and_the_next_goes_on(self):
        job = Job(self.folder, tasks=2)
        job.hold()

        cluster.ask("scancel", job.number, check=True)

        self.assertEqual(job.end()["JobState"], "CANCELLED", job.says())
        job.wait_for("Submit it again to go on.")
        self.assertEqual(status(job.out)["summary"]["stopped_by"], "SIGTERM")
        self.assertNotIn("Back into the queue", job.says())

        again = Job(self.folder)  # on another number of ranks

        self.assert_went_on(again, attempts=1)

    def test_a_preempted_job_goes_on(self):
        job = Job(self.folder, "--partition=low", "--mem=10000", tasks=2)
        job.hold()

        urgent = cluster.submit("--partition=urgent", "--mem=10000", "--output=/dev/null", "--wrap=sleep 1")

        self.assert_went_on(job, by="SIGTERM", attempts=2)
        self.assertEqual(cluster.job(urgent)["JobState"], "COMPLETED")

    def test_the_file_stop_ends_the_job(self):
        job = Job(self.folder)
        job.hold()

        (job.out / "stop").touch()
        job.go_on()

        self.assert_ended(job, 75, "stopped by the file 'stop'. Submit it again to go on.")
        self.assert_went_on(Job(self.folder), attempts=1)


class Killed(Batch):
    def test_a_killed_task_ends_the_attempt_and_the_job_goes_on(self):
        job = Job(self.folder, tasks=2)
        job.hold()

        os.kill(max(job.ranks()), signal.SIGKILL)
        killed = time.monotonic()
        job.go_on()

        job.wait_for("killed by signal 9 (see above), after a checkpoint. Back into the queue.")
        self.assertLess(time.monotonic() - killed, 10)
        self.assertEqual(job.ranks(), [])
        self.assert_went_on(job, attempts=2)

    def test_killed_before_a_checkpoint_it_is_not_tried_again(self):
        job = Job(self.folder, run=[*WORLD, "--hang-at", "10"])
        wait_until("a rank", lambda: status(job.out)["status"] == "running" if (job.out / "run.json").exists() else False,
                   said=job.says)

        job.send(signal.SIGKILL)

        self.assert_ended(job, 137, "failed with exit code 137")


class Failures(Batch):
    def test_tasks_that_could_not_be_launched_are_not_called_done(self):
        job = Job(self.folder, "--hold")
        (cluster.folder / "tmp" / f"spmix_appdir_0_{job.number}.0").mkdir()  # where Slurm's PMIx wants its own

        cluster.ask("scontrol", "release", job.number)

        self.assert_ended(job, 1, "task 0 launch failed", "srun gave 0, but")
    def test_without_a_whole_checkpoint_it_ends(self):
        out = self.folder / "run"
        throng("run", SCENARIO, "--out", out, "--threads", 1, "--max-walltime", "0s", check=75)
        for checkpoint in (out / "checkpoints").glob("ckpt-*.h5"):
            checkpoint.write_bytes(b"nothing of the kind")

        self.assert_ended(Job(self.folder), 66, f"no checkpoint of {out} is whole (see above).")

    def test_a_hang_ends_it(self):
        job = Job(self.folder, run=[*WORLD, *OFTEN, "--hang-at", "30", "--watchdog", "1"])

        self.assert_ended(job, 71, "no progress for 1 s after step 30", "it hung (see above).")
        self.assert_went_on(Job(self.folder), attempts=1)

    def test_a_full_disk_ends_it(self):
        program = self.folder / "throng"
        program.write_text(f'#!/bin/sh\nulimit -f 64\nexec "{command.THRONG}" "$@"\n')
        program.chmod(0o755)
        job = Job(self.folder, THRONG=str(program))

        self.assert_ended(job, 74, "Make room, then submit it again.")

    def test_a_mistake_in_the_scenario_ends_it(self):
        job = Job(self.folder, run=["--set", "predation.sheeps=1"])

        self.assert_ended(job, 65, "Did you mean 'sheep'?", "failed with exit code 65")
        self.assertFalse(job.out.exists())


class Arrays(Batch):
    """throng sweep --slurm: its runs are tasks of an array."""

    def sweep(self, out, *more, check):
        settings = ["--set", "run.steps=200", "--set", "output.snapshot_steps=[]"]
        done = subprocess.run([command.THRONG, "sweep", SCENARIO, "--vary", "predation.side=50,60", "--replicates", "2",
                               *settings, "--out", out, *more], capture_output=True, text=True, timeout=600,
                              env={**cluster.environment, "THRONG": command.THRONG})
        self.assertEqual(done.returncode, check, done.stdout + done.stderr + self.said(out))
        with open(out / "results.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file)), done

    def said(self, out):
        return "".join(path.read_text() for path in sorted(out.glob("slurm-*.log")))

    def test_an_array_gives_what_this_machine_gives_and_only_what_is_left_is_run_again(self):
        out, here = self.folder / "array", self.folder / "here"
        script = SOURCE / "tools" / "slurm" / "sweep.sbatch"

        rows, _ = self.sweep(out, "--slurm", script, check=0)

        expected, _ = self.sweep(here, check=0)
        self.assertEqual(len(rows), 4)
        self.assertEqual([row["content_hash"] for row in rows], [row["content_hash"] for row in expected])
        self.assertEqual(self.said(out).count("ended with 0"), 4)

        lost = out / "points" / "0002" / "seed-2"
        shutil.rmtree(lost)
        lost.with_suffix(".json").unlink()
        before = {path: path.stat().st_mtime_ns for path in out.glob("points/*/*/results.h5")}
        self.assertEqual(len(before), 3)
        rows, _ = self.sweep(out, "--slurm", script, check=0)
        self.assertEqual([row["content_hash"] for row in rows], [row["content_hash"] for row in expected])
        self.assertEqual({path: path.stat().st_mtime_ns for path in before}, before)


if __name__ == "__main__":
    slurm.alone()
    command.main()
