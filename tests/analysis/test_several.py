"""The Python package with several runs: of other ranks, unfinished ones, sweeps, comparisons, and runs it
starts.

usage: test_several.py THRONG MPIEXEC [arguments of unittest]
"""
import shutil
import signal
import subprocess
import sys
import time
import types
import unittest
import unittest.mock

import runs  # before all else: it finds the package

import command
import numpy as np
import pandas as pd
import throng


def everything_in(run):
    """Every frame that the package gives of a run, but what says where it was made."""
    found = {f"series {name}": run.frame(name) for name in run.series_names}
    found |= {f"table {name}": run.table(name) for name in run.table_names}
    found |= {f"log {name}": run.events(name) for name in run.event_names}
    found |= {f"{kind} {step}": run.snapshot(step, kind) for kind in run.kinds for step in run.snapshot_steps(kind)}
    if "decisions" in run.table_names:
        found["decisions"] = run.decisions()
    return found


class Ranks(unittest.TestCase):
    def test_frames_of_one_rank_and_of_four_are_equal(self):
        shape = ("--set", "population.scale=0.01", "--set", "run.steps=40", "--set", "output.transmission_log=true", "--set",
                 "output.snapshots=[2020-02-01]")
        one = throng.open(runs.made("one_rank", runs.FULL, *shape))
        four = throng.open(runs.made("four_ranks", runs.FULL, *shape, ranks=4))
        self.assertEqual((one.record["ranks"], four.record["ranks"]), (1, 4))
        a, b = everything_in(one), everything_in(four)
        self.assertEqual(list(a), list(b))
        self.assertGreater(len(a), 40)
        for name in a:
            runs.frames_equal(self, a[name], b[name], name)


class Unfinished(unittest.TestCase):
    CHECKPOINTS = ("--set", "checkpoint.every_steps=10", "--set", "output.transmission_log=true")

    def test_a_killed_run_is_what_it_had_committed(self):
        out = runs.folder("killed")
        program = [command.THRONG, "run", str(runs.FULL), "--out", str(out), "--set", "population.scale=0.02", "--quiet",
                   *self.CHECKPOINTS]
        with subprocess.Popen(program, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            end = time.monotonic() + 120
            while not (out / "checkpoints/ckpt-00000050.h5").exists() and time.monotonic() < end:
                time.sleep(0.01)
            process.send_signal(signal.SIGSTOP)  # so that it does not end while it is looked at
            running = throng.open(out)
            self.assertEqual(running.status, "running")
            self.assertGreaterEqual(running.total("infections").sizes["time"], 21)  # of one that is alive
            process.send_signal(signal.SIGKILL)
        killed = throng.open(out).refresh()
        steps = killed.committed
        self.assertTrue(50 <= steps < 365, steps)
        self.assertFalse(killed.complete)

        whole = throng.open(runs.made("not_killed", runs.FULL, "--set", "population.scale=0.02", "--set", f"run.steps={steps}",
                                      "--set", "output.transmission_log=true"))
        self.assertEqual(killed["infections"].sizes["time"], steps + 1)
        pd.testing.assert_frame_equal(killed.frame("infections"), whole.frame("infections"))
        pd.testing.assert_frame_equal(killed.events(), whole.events())
        pd.testing.assert_frame_equal(killed.decisions(), whole.decisions())
        self.assertEqual(sorted(p.name for p in out.iterdir()),
                         ["checkpoints", "log.jsonl", "run.json", "run.lock", "scenario.toml", "segments"])
        throng_resumed = command.throng("resume", out, "--quiet", check=0)
        self.assertEqual(throng_resumed.returncode, 0)
        self.assertTrue(killed.refresh().complete)

    def test_a_stopped_run_says_so(self):
        out = runs.folder("stopped")
        out.mkdir()
        done = command.throng("run", runs.FIRST, "--out", out, "--quiet", *self.CHECKPOINTS, "--max-walltime", "0:00:01",
                              "--set", "population.town.people=400000", "--set", "run.steps=2000")
        self.assertEqual(done.returncode, 75, done.stderr)
        run = throng.open(out)
        self.assertEqual((run.status, run.complete), ("stopped", False))
        self.assertEqual(run["infections"].sizes["time"], run.committed + 1)

    def test_results_of_an_earlier_run_are_not_taken(self):
        out = runs.folder("earlier")
        command.run(runs.FIRST, out, "--set", "run.steps=20")
        other = runs.folder("other")
        command.run(runs.FIRST, other, "--set", "run.steps=20", "--set", "epidemic.r0=1.5")
        shutil.copy(other / "scenario.toml", out / "scenario.toml")
        with self.assertRaisesRegex(throng.InputError, "has committed nothing"):
            throng.open(out)["infections"]


class Sweeps(unittest.TestCase):
    def test_the_table_and_the_runs_are_the_engines(self):
        sweep = throng.Sweep(runs.sweep())
        self.assertEqual(sweep.parameters, ["epidemic.r0"])
        self.assertEqual(sweep.points["epidemic.r0"].tolist(), [2, 3])
        self.assertEqual((len(sweep.table), len(sweep.failed)), (6, 0))
        infections = sweep.series("infections")
        self.assertEqual(dict(infections.sizes), {"point": 2, "seed": 3, "time": 61})
        for _, row in sweep.table.iterrows():
            one = infections.sel(point=row["point"], seed=row["run_seed"])
            self.assertEqual(int(one.sum()), row["infections"])
        np.testing.assert_array_equal(infections["epidemic.r0"].values, [2, 3])
        self.assertEqual(sweep.series("infections", "age_band").sizes["age_band"], 10)

    def test_quantiles_are_numpys(self):
        sweep = throng.Sweep(runs.sweep())
        series = sweep.series("infections")
        q = sweep.quantiles("infections", q=(0.1, 0.5))
        np.testing.assert_allclose(q.transpose("quantile", "point", "time").values,
                                   np.quantile(series.values, [0.1, 0.5], axis=1))
        figures = sweep.figure_quantiles("attack_rate", q=(0.25, 0.75))
        for point in (1, 2):
            rates = sweep.table.loc[sweep.table["point"] == point, "attack_rate"]
            np.testing.assert_allclose(figures.sel(point=point), np.quantile(rates, [0.25, 0.75]))

    def test_what_is_not_there_is_said(self):
        sweep = throng.Sweep(runs.sweep())
        for wrong, words in ((lambda: sweep.run(1, 9), "no such point or seed"),
                             (lambda: sweep.quantiles("infectons"), "Did you mean 'infections'?"),
                             (lambda: sweep.figure_quantiles("attackrate"), "Did you mean 'attack_rate'?")):
            with self.subTest(words), self.assertRaises(throng.InputError) as caught:
                wrong()
            self.assertIn(words, str(caught.exception))


class Compared(unittest.TestCase):
    def test_differences_are_those_of_the_seeds(self):
        found = throng.compare(runs.seeds(), throng.open(runs.fewer()), series=["infections"])
        total = found[(found["measure"] == "sum") & (found["group"] == "total")].iloc[0]
        a, b = (throng.open(run).total("infections").sum("time").values for run in (runs.seeds(), runs.fewer()))
        self.assertAlmostEqual(total["difference"], (b - a).mean())
        half = 3.182446305284263 * (b - a).std(ddof=1) / 2  # Student's t, 3 degrees of freedom; four seeds
        self.assertAlmostEqual(total["high"] - total["difference"], half, places=6)
        days = found[(found["measure"] == "value") & (found["group"] == "total")]
        self.assertEqual(str(days["date"].iloc[1])[:10], "2020-01-02")

    def test_what_cannot_be_compared_is_what_the_command_says(self):
        with self.assertRaises(throng.CommandError) as caught:
            throng.compare(runs.seeds(), runs.town())
        self.assertEqual(caught.exception.exit_code, 65)


class Driven(unittest.TestCase):
    def test_a_run_from_python_is_the_commands(self):
        run = throng.run(runs.FIRST, runs.folder("driven"), seed=3, threads=1, run__steps=30,
                         settings={"epidemic.seed": [{"count": 12}], "output.transmission_log": True}, progress=False)
        self.assertIsInstance(run, throng.Run)
        command.run(runs.FIRST, runs.folder("driven_too"), "--seed", 3, "--set", "run.steps=30", "--set",
                    "epidemic.seed=[{count = 12}]")
        pd.testing.assert_frame_equal(run.frame("infections"), throng.open(runs.folder("driven_too")).frame("infections"))
        self.assertEqual(run.event_names, ["transmission"])

    def test_mistakes_are_all_told_at_once(self):
        with self.assertRaises(throng.CommandError) as caught:
            throng.run(runs.FIRST, runs.folder("wrong"), epidemic__r0=-1, run__stepps=3)
        self.assertEqual(caught.exception.exit_code, 65)
        self.assertIn("epidemic.r0", str(caught.exception))
        self.assertIn("stepps", str(caught.exception))
        self.assertFalse(runs.folder("wrong").exists())

    def test_progress_is_shown_as_it_happens(self):
        from throng import command as commands

        class Seen(commands._Bar):
            def __init__(self):
                super().__init__(False)
                self.steps = []

            def show(self, done, of, words):
                self.steps.append((done, of, words))

        seen = Seen()
        words = [commands.program(), "run", str(runs.FIRST), "--out", str(runs.folder("progress")), "--steps", "40"]
        code, said = commands._follow(words, seen)
        self.assertEqual(code, 0, said)
        self.assertEqual(seen.steps[-1][:2], (40, 40))

    def test_in_a_notebook_it_is_a_part_of_the_page(self):
        from throng import command as commands
        shown = []

        class Place:
            def update(self, html):
                shown.append(html)

        class ZMQInteractiveShell:
            pass

        def display(html, display_id):
            shown.append(html)
            return Place()

        notebook = types.ModuleType("IPython")
        notebook.get_ipython = ZMQInteractiveShell
        notebook.display = types.ModuleType("IPython.display")
        notebook.display.HTML, notebook.display.display = str, display
        with unittest.mock.patch.dict(sys.modules, {"IPython": notebook, "IPython.display": notebook.display}):
            bar = commands._bar(None)
            bar.show(3, 40, "2020-01-04 3/40")
        self.assertEqual(len(shown), 2)
        self.assertIn('value="3" max="40"', shown[1])

    def test_values_are_written_as_toml(self):
        from throng.command import toml_value
        for value, text in ((True, "true"), (0.5, "0.5"), (np.float64(0.25), "0.25"), (np.int64(3), "3"), ("http", "http"),
                            ([1, "a\"b"], '[1, "a\\"b"]'), ({"count": 2, "date": pd.Timestamp("2020-03-01")},
                                                           "{count = 2, date = 2020-03-01}")):
            self.assertEqual(toml_value(value), text)


if __name__ == "__main__":
    runs.main()
