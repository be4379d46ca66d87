"""Many runs by one command: designs, their table, and what becomes of them when something is killed.

usage: test_sweep.py THRONG MPIEXEC [CLASS]
"""
import csv
import os
import signal
import subprocess
import time
from pathlib import Path

import command
from command import HERE, SOURCE, differences, everything, own_network, run, status, throng

TOWN = HERE / "town.toml"
SMALL = ["population.town.people=2000", "run.steps=12", "output.snapshots=[]", "output.transmission_log=false"]
# Long enough to be interrupted, and everything in it depends on everything before.
LONG = SOURCE / "scenarios" / "classics" / "predation" / "predation.toml"
LONG_SET = ["run.steps=3000", "predation.side=60"]


def settings(texts):
    return [argument for text in texts for argument in ("--set", text)]


def table(out):
    with open(Path(out) / "results.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sweep(*arguments, check=0):
    return throng("sweep", *arguments, "--quiet", check=check)


def processes_in(folder):
    """Ids of processes that have the folder on their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue  # it ended
        if os.fsencode(folder) in words and b"throng" in words:
            found.append(int(process.name))
    return found


def wait_until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return found


def finished(out):
    """Folders of runs that are done, with the time their results were written."""
    return {path.with_suffix(""): (path.with_suffix("") / "results.h5").stat().st_mtime_ns
            for path in Path(out).rglob("seed-*.json") if (path.with_suffix("") / "results.h5").exists()}


class Designs(command.Folder):
    def test_a_grid_runs_every_value_with_every_other_and_the_seeds_are_paired(self):
        out = self.folder / "grid"
        sweep(TOWN, "--vary", "epidemic.r0=1.5,2.5", "--vary", "epidemic.isolation.compliance=0,0.25,0.5",
              "--replicates", 2, "--seed", 7, "--out", out, "--jobs", 2, *settings(SMALL))

        rows = table(out)
        self.assertEqual([(row["point"], row["replicate"], row["run_seed"], row["epidemic.r0"],
                           row["epidemic.isolation.compliance"]) for row in rows],
                         [(str(1 + 3 * i + j), str(k + 1), str(7 + k), r0, compliance)
                          for i, r0 in enumerate(["1.5", "2.5"]) for j, compliance in enumerate(["0", "0.25", "0.5"])
                          for k in range(2)])
        self.assertEqual({row["status"] for row in rows}, {"completed"})
        self.assertEqual({row["exit_code"] for row in rows}, {"0"})
        # One of them is what `throng run` makes of the same settings, to the last bit.
        row = rows[9]
        line = run(TOWN, self.folder / "run", "--seed", 8, *settings([*SMALL, "epidemic.r0=2.5",
                                                                      "epidemic.isolation.compliance=0.25"]))
        self.assertEqual(differences(everything(self.folder / "run"), everything(out / "points/0005/seed-8"))[1:2], [])
        self.assertEqual({name: row[name] for name in ("content_hash", "infections", "agents")},
                         {name: str(line[name]) for name in ("content_hash", "infections", "agents")})
        self.assertEqual(float(row["beta"]), line["beta"])
        self.assertEqual(len({row["content_hash"] for row in rows}), len(rows))

    def test_a_list_takes_first_values_together(self):
        out = self.folder / "list"
        file = self.folder / "sweep.toml"
        file.write_text(f"""
scenario = "{TOWN}"
sample = "list"
set = {SMALL!r}
[[vary]]
set = "epidemic.r0"
name = "r0"
values = [2, 3]
[[vary]]
set = "epidemic.seed=[{{count = 20, date = {{+3}}}}]"
name = "date"
texts = ["2020-01-01", "2020-01-05"]
""".replace("'", '"'))
        sweep(file, "--out", out)

        rows = table(out)
        self.assertEqual([(row["r0"], row["date"]) for row in rows], [("2", "2020-01-01"), ("3", "2020-01-05")])
        self.assertIn("2020-01-08", (out / "points/0002/seed-7/scenario.toml").read_text())

    def test_sobol_fills_ranges_by_the_known_sequence(self):
        out = self.folder / "sobol"
        sweep(TOWN, "--vary", "epidemic.r0=1:3", "--vary", "epidemic.isolation.compliance=0:1", "--sample", "sobol",
              "--points", 3, "--out", out, *settings(SMALL))

        # The second dimension of Sobol's sequence after its first point: 1/2, 1/4, 3/4 against 1/2, 3/4, 1/4.
        self.assertEqual([(row["epidemic.r0"], row["epidemic.isolation.compliance"]) for row in table(out)],
                         [("2", "0.5"), ("2.5", "0.25"), ("1.5", "0.75")])


class Failures(command.Folder):
    def test_a_point_that_fails_is_named_and_the_others_complete(self):
        scenario = own_network(self.folder)
        good = (self.folder / "edges.csv").read_text()
        (self.folder / "bad.csv").write_text(good + "5,no number,1\n")
        out = self.folder / "sweep"

        done = sweep(scenario, "--vary", f"population.files.edges={self.folder}/edges.csv,{self.folder}/bad.csv",
                     "--replicates", 2, "--out", out, "--jobs", 2, check=1)

        rows = table(out)
        self.assertEqual([row["status"] for row in rows], ["completed", "completed", "failed", "failed"])
        self.assertEqual([row["exit_code"] for row in rows], ["0", "0", "65", "65"])
        for text in (done.stderr, rows[2]["message"]):
            self.assertIn("bad.csv", text)
            self.assertIn("no number", text)
        self.assertIn("points/0002/seed-", done.stderr)
        before = finished(out)

        # It is mended, and only it is run again.
        (self.folder / "bad.csv").write_text(good)
        sweep("--resume", out)
        self.assertEqual({row["status"] for row in table(out)}, {"completed"})
        self.assertEqual({path: at for path, at in finished(out).items() if path in before}, before)

    def test_a_run_that_is_killed_costs_only_itself(self):
        out = self.folder / "sweep"
        sweeping = subprocess.Popen([command.THRONG, "sweep", LONG, "--vary", "predation.side=60,61", "--out", out, "--jobs",
                                     "2", "--quiet", *settings(LONG_SET[:1])], stderr=subprocess.PIPE, text=True)
        victim = out / "points/0001/seed-1"
        wait_until("a run", lambda: (victim / "run.json").exists() and status(victim)["status"] == "running")
        pid, = processes_in(victim)

        os.kill(pid, signal.SIGKILL)
        said = sweeping.communicate(timeout=200)[1]

        self.assertEqual(sweeping.returncode, 1, said)
        self.assertIn("killed by signal 9", said)
        self.assertEqual([row["status"] for row in table(out)], ["failed", "completed"])


class Interrupted(command.Folder):
    """Of six runs, at two at once."""

    VALUES = "predation.sheep=800,900,1000"
    COUNT = 6

    def begin(self, out):
        return subprocess.Popen([command.THRONG, "sweep", LONG, "--vary", self.VALUES, "--replicates", "2", "--out", out,
                                 "--jobs", "2", "--threads", "1", "--quiet", *settings(LONG_SET)],
                                stderr=subprocess.PIPE, text=True)

    def until_in_the_middle(self, out):
        def middle():
            working = [path for path in out.glob("points/*/seed-*/run.json")
                       if status(path.parent)["status"] == "running" and not path.parent.with_suffix(".json").exists()]
            return len(finished(out)) >= 2 and len(working) >= 1
        wait_until("two finished runs, and some at work", middle)

    def assert_whole(self, out, before):
        self.assertEqual(len(table(out)), self.COUNT)
        self.assertEqual({row["status"] for row in table(out)}, {"completed"})
        after = finished(out)
        self.assertEqual(len(after), self.COUNT)
        self.assertEqual({path: after[path] for path in before}, before, "a finished run was run again")
        chains = [status(path)["restart_chain"] for path in after]
        self.assertGreater(sum(len(chain) for chain in chains), 0, "nothing went on from a checkpoint")
        undisturbed = self.folder / "undisturbed"
        sweep(LONG, "--vary", self.VALUES, "--replicates", 2, "--out", undisturbed, *settings(LONG_SET))
        for mine, theirs in zip(table(out), table(undisturbed), strict=True):
            self.assertEqual(mine["content_hash"], theirs["content_hash"])

    def test_a_killed_sweep_goes_on_and_repeats_nothing(self):
        out = self.folder / "sweep"
        sweeping = self.begin(out)
        self.until_in_the_middle(out)

        sweeping.kill()
        sweeping.wait()
        sweeping.stderr.close()
        wait_until("the end of its runs", lambda: not processes_in(out), seconds=60)
        before = finished(out)
        self.assertLess(len(before), self.COUNT)

        sweep("--resume", out, "--jobs", 2)

        self.assert_whole(out, before)

    def test_sigterm_stops_all_runs_with_checkpoints(self):
        out = self.folder / "sweep"
        sweeping = self.begin(out)
        self.until_in_the_middle(out)

        sweeping.terminate()
        said = sweeping.communicate(timeout=100)[1]

        self.assertEqual(sweeping.returncode, 75, said)
        self.assertIn("stopped by SIGTERM", said)
        self.assertEqual(processes_in(out), [])
        before = finished(out)
        self.assertIn("unfinished", {row["status"] for row in table(out)})
        # The same command goes on.
        sweep(LONG, "--vary", self.VALUES, "--replicates", 2, "--out", out, *settings(LONG_SET))
        self.assert_whole(out, before)

    def test_a_second_sweep_in_one_folder_is_refused(self):
        out = self.folder / "sweep"
        sweeping = self.begin(out)
        self.until_in_the_middle(out)

        done = sweep("--resume", out, check=73)

        self.assertIn("another command has runs at work", done.stderr)
        sweeping.terminate()
        sweeping.communicate(timeout=100)


class Refused(command.Folder):
    def test_a_changed_design_is_refused_by_naming_what_differs(self):
        out = self.folder / "sweep"
        arguments = [TOWN, "--vary", "epidemic.r0=2,3", "--out", out, *settings(SMALL)]
        sweep(*arguments)
        before = finished(out)

        done = sweep(*arguments, "--replicates", 3, check=65)
        self.assertIn("replicates was 1 and is 3", done.stderr)
        done = sweep(TOWN, "--vary", "epidemic.r0=2,4", "--out", out, *settings(SMALL), check=65)
        self.assertIn('vary[1].texts was ["2", "3"] and is ["2", "4"]', done.stderr)
        done = sweep(*arguments, "--set", "epidemic.isolation.compliance=0.9", check=65)
        self.assertIn("set was", done.stderr)
        self.assertEqual(finished(out), before)

    def test_mistakes_are_told_all_at_once_and_nothing_is_made(self):
        out = self.folder / "sweep"
        file = self.folder / "sweep.toml"
        file.write_text(f"""
scenario = "{TOWN}"
sample = "sobol"
replicats = 3
[[vary]]
set = "epidemic.r0"
low = 3
high = 2
[[vary]]
set = "epidemic.r0"
values = [1]
[[vary]]
set = "epidemic.seed=[]"
low = 0
high = 1
spacing = "log"
""")
        done = throng("sweep", file, "--out", out, check=65)
        for text in ("replicats", "Did you mean 'replicates'?"):
            self.assertIn(text, done.stderr)
        file.write_text(file.read_text().replace("replicats", "replicates"))
        done = throng("sweep", file, "--out", out, check=65)
        for text in ("points is missing", "vary[1].high", "vary[2]: has no range", "is that of another column",
                     "has no place for a value", "cannot be 'log' here"):
            self.assertIn(text.replace("vary[1].high", "high").replace("vary[2]: ", ""), done.stderr)
        self.assertFalse(out.exists())

    def test_values_the_scenario_does_not_take_are_refused_before_anything_runs(self):
        out = self.folder / "sweep"

        done = throng("sweep", TOWN, "--vary", "epidemic.r0=2,-1,900", "--vary", "epidemic.isolation.complience=0.5",
                      "--out", out, check=65)

        for text in ("-1", "900", "Did you mean 'compliance'?"):
            self.assertIn(text, done.stderr)
        self.assertFalse(out.exists())

    def test_a_folder_of_something_else_is_not_taken(self):
        (self.folder / "letter").write_text("dear")

        done = throng("sweep", TOWN, "--vary", "epidemic.r0=2", "--out", self.folder, check=73)

        self.assertIn("something else is there", done.stderr)
        done = throng("sweep", "--resume", self.folder, check=65)
        self.assertIn("it has no sweep.toml", done.stderr)


if __name__ == "__main__":
    command.main()
