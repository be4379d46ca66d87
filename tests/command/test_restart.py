"""A run that was stopped or killed goes on, on any number of ranks, as if nothing had been.

usage: test_restart.py THRONG MPIEXEC [CLASS]

What is compared is everything that results.h5 says of the run: every dataset and attribute, the hash
of every step among them, against the run that nobody disturbed.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

import command
from command import HERE, SOURCE, differences, everything, h5py, log, np, resume, run, status, throng

RANKS = (1, 2, 3, 4)
# What makes them small enough to run many times; those that are not here are as they are.
FEW = ["population.scale=0.01"]
# The city is at rest until somebody brings the disease: here on the first day.
EARLY = [*FEW, "dates.introductions=2020-02-01"]
EARLY_FULL = [*FEW, "dates.introductions=2020-01-01"]
SMALL = {"first_run": ["population.town.people=2_000"], "nyc_2020": EARLY, "nyc_2020_archetypes": EARLY,
         "nyc_2020_full": EARLY_FULL, "nyc_unmitigated": FEW, "labor": ["population.town.people=2_000"],
         "town": ["population.town.people=2_000"], "town_at_work": ["population.town.people=2_000"],
         "adoption": ["adoption.people=2_000"], "predation": ["predation.side=24"],
         "random_walk": ["random_walk.walkers=500"], "repeated_games": ["repeated_games.groups=20"],
         "played_games": ["played_games.pairs=64"], "spatial_dilemma": ["spatial_dilemma.width=40", "spatial_dilemma.height=30"],
         "voter": ["voter.groups=30"], "flocking": ["flocking.birds=300"], "bounded_confidence": ["bounded_confidence.people=200"],
         **{path.stem: EARLY_FULL for path in (SOURCE / "scenarios" / "nyc" / "counterfactuals").glob("*.toml")}}
STEPS = 12
RELEASE = os.environ.get("THRONG_TEST_BUILD", "Release") == "Release"


class Restart(command.Folder):
    """One scenario, run through once, and then in pieces."""

    def begin(self, scenario, *arguments):
        self.scenario, self.arguments = scenario, arguments
        self.line = run(scenario, self.folder / "reference", *arguments)
        self.expected = everything(self.folder / "reference")
        # (Where people decide and change work by the week, most days are alike.)
        self.assertGreater(len(set(self.expected["tables/content_hash/hash"].tolist())), 1, "nothing happens")

    def small(self, path, steps=STEPS):
        every = [*SMALL.get(path.stem, []), f"output.snapshot_steps=[0,{steps // 2},{steps}]"]
        if "output.snapshots" in path.read_text():
            every.append("output.snapshots=[]")
        self.begin(path, "--steps", steps, *(argument for setting in every for argument in ("--set", setting)))

    def until(self, step, out, ranks, *more, again=False):
        """Runs it, or goes on with it, until after a step: 75, as a launcher says as well."""
        command = ["resume", out] if again else ["run", self.scenario, "--out", out, *self.arguments]
        throng(*command, "--threads", 1, "--quiet", "--stop-at", step, *more, ranks=ranks, check=75)
        self.assertEqual(status(out)["status"], "stopped")

    def killed_after(self, step, out, ranks, *more, again=False):
        command = ["resume", out] if again else ["run", self.scenario, "--out", out, *self.arguments]
        done = throng(*command, "--threads", 1, "--quiet", "--kill-at", step, *more, ranks=ranks)
        self.assertIn(done.returncode, (-9, 137), done.stderr)
        self.assertEqual(status(out)["status"], "running")

    def check_same(self, out, ranks):
        self.assertEqual(differences(self.expected, everything(out)), [])
        told = status(out)
        self.assertEqual((told["status"], told["ranks"]), ("completed", ranks))
        self.assertEqual(told["summary"]["content_hash"], self.line["content_hash"])
        self.assertFalse((out / "run.lock").exists())
        self.assertEqual([path for path in out.rglob("*") if path.suffix == ".tmp"], [])

    def every_pair(self, step, *more):
        """Stopped at a step on each number of ranks, it goes on on each."""
        for before in RANKS:
            stopped = self.folder / f"stopped on {before}"
            self.until(step, stopped, before, *more)
            for after in RANKS:
                if not RELEASE and before != after % 4 + 1:
                    continue  # checked builds run every phase twice: one of four pairs has to do
                with self.subTest(step=step, before=before, after=after):
                    out = self.folder / f"{before} to {after}"
                    shutil.copytree(stopped, out)
                    resume(out, ranks=after, threads=1 + after % 2)
                    self.check_same(out, after)
                    shutil.rmtree(out)

    def in_four_pieces(self, steps, ranks):
        """Stopped before the first step, in the middle, and killed after the last: each time it goes on elsewhere."""
        a, b, c, d = ranks
        out = self.folder / "pieces"
        self.until(0, out, a, "--set", f"checkpoint.every_steps={steps}")
        self.until(steps // 2, out, b, again=True)
        self.killed_after(steps, out, c, again=True)
        line = resume(out, ranks=d)
        self.assertEqual((line["content_hash"], line["ranks"]), (self.line["content_hash"], d))
        self.check_same(out, d)
        self.assertEqual(status(out)["restart_chain"],
                         [f"ckpt-{step:08d}.h5" for step in (0, steps // 2, steps)])
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(file.attrs["complete"], 1)
            self.assertEqual(file["provenance/restart_chain"].asstr()[:].tolist(), status(out)["restart_chain"])
        shutil.rmtree(out)


class Shipped(Restart):
    def test_every_shipped_scenario_in_four_pieces(self):
        scenarios = command.shipped_scenarios()
        self.assertGreater(len(scenarios), 15)
        self.assertLessEqual(set(SMALL), {path.stem for path in scenarios})
        # Every number of ranks stands in every place, and most pairs follow each other.
        orders = ((1, 2, 3, 4), (3, 1, 4, 2), (4, 3, 2, 1), (2, 4, 1, 3))
        for number, path in enumerate(scenarios):
            with self.subTest(path.stem):
                self.small(path)
                self.in_four_pieces(STEPS, orders[number % len(orders)])


class Renewed(Restart):
    def test_people_whose_archetype_changes_between_question_and_answer(self):
        self.begin(SOURCE / "scenarios/decisions/town/town.toml", "--steps", 24, "--set", "population.town.people=2_000",
                   "--set", "decision.stay_home.provider=rule", "--set",
                   'decision.stay_home.archetype=["age", "health"]', "--set", "decision.stay_home.personas=2",
                   "--set", "decision.stay_home.audits=20", "--set", "decision.stay_home.lag=3", "--set", "epidemic.stay_home.every=7")
        as_nearest = self.expected["tables/stay_home_epochs/as_nearest"]
        self.assertGreater(int(as_nearest.sum()), 0, "nobody came to be what nobody was")
        for step in (9, 15):  # in the middle of a lag, and on its last day
            self.every_pair(step)


class Matrix(Restart):
    def test_births_deaths_and_claims_from_any_ranks_to_any(self):
        steps = 40
        self.small(SOURCE / "scenarios/classics/predation/predation.toml", steps)
        for kind in ("sheep", "wolf"):
            first, last = (self.expected[f"agents/{kind}/snapshots/{step:08d}/{kind}.id"] for step in (0, steps))
            self.assertGreater(last[-1], first[-1], "nobody was born")
            self.assertFalse(set(first.tolist()) <= set(last.tolist()), "nobody died")

        self.every_pair(steps // 2)

    def test_birds_that_migrate_from_any_ranks_to_any(self):
        self.small(SOURCE / "scenarios/classics/flocking/flocking.toml")

        self.every_pair(STEPS // 2)

    def test_everything_of_the_epidemic_from_any_ranks_to_any(self):
        self.begin(HERE / "new_york.toml")
        infections = len(self.expected["events/transmission/target"])
        self.assertGreater(infections, 1000, "an epidemic so small would hide differences")
        self.assertIn("agents/person/snapshots/00000030/epidemic.stage", self.expected)

        self.every_pair(35)

    def test_work_beside_an_epidemic_from_any_ranks_to_any(self):
        self.begin(HERE / "work.toml", "--steps", 49)
        self.assertGreater(int(self.expected["series/recalls"].sum()), 10, "nobody was recalled")

        self.every_pair(38)


@unittest.skipUnless(os.environ.get("THRONG_TEST_FULL"), "8.3 million people: tools/check --all")
class FullNewYork(Restart):
    def test_all_of_new_york_goes_on_elsewhere_and_branches(self):
        self.begin(SOURCE / "scenarios/nyc/nyc_2020.toml", "--steps", 120)
        self.assertGreater(self.line["infections"], 100_000)
        for step, before, after in ((0, 2, 1), (75, 1, 3), (75, 4, 2), (119, 3, 4)):
            with self.subTest(step=step, before=before, after=after):
                out = self.folder / "out"
                self.until(step, out, before)
                resume(out, ranks=after)
                self.check_same(out, after)
                if step == 75:
                    throng("branch", out, "--at", 75, "--out", self.folder / "branch", "--threads", 1, "--quiet",
                           ranks=before, check=0)
                    self.assertEqual(differences(self.expected, everything(self.folder / "branch")), [])
                    shutil.rmtree(self.folder / "branch")
                shutil.rmtree(out)


class Anyhow(Restart):
    """Other ways to stop and to go on."""

    def test_a_network_of_ones_own_goes_on_with_its_ids(self):
        self.begin(command.own_network(self.folder))
        self.in_four_pieces(40, (2, 3, 1, 4))

    def test_the_partition_the_threads_and_the_orders_may_be_others(self):
        self.begin(HERE / "town.toml", "--set", "population.town.people=3_000")
        stopped = self.folder / "stopped"
        for kind in ("scatter", "geography"):
            other = "geography" if kind == "scatter" else "scatter"
            self.until(25, stopped, 3, "--set", f"partition.kind={kind}", "--shuffle-rows", 3)
            for ranks in (1, 2, 4):
                with self.subTest(ranks=ranks, partition=other):
                    out = self.folder / "other"
                    shutil.copytree(stopped, out)
                    text = (out / "scenario.toml").read_text()
                    self.assertIn(f'kind = "{kind}"', text)
                    (out / "scenario.toml").write_text(text.replace(f'kind = "{kind}"', f'kind = "{other}"'))
                    resume(out, "--shuffle-rows", 8, "--shuffle-messages", 5, ranks=ranks, threads=2)
                    self.check_same(out, ranks)
                    shutil.rmtree(out)
            shutil.rmtree(stopped)

    def test_a_checkpoint_at_every_step_changes_nothing(self):
        self.small(SOURCE / "scenarios/classics/predation/predation.toml")
        out = self.folder / "out"
        run(self.scenario, out, *self.arguments, "--set", "checkpoint.every_steps=1", "--set", "checkpoint.keep=3",
            "--set", "checkpoint.keep_every=5", ranks=2)
        self.check_same(out, 2)
        kept = sorted(path.name for path in (out / "checkpoints").glob("*.h5"))
        self.assertEqual(kept, [*(f"ckpt-{step:08d}.h5" for step in (5, 10, 11, 12)), "fixed.h5"])

    def test_more_checkpoints_were_written_than_files_may_be_open(self):
        self.small(SOURCE / "scenarios/classics/predation/predation.toml", 115)
        out = self.folder / "out"
        self.killed_after(112, out, 1, "--set", "checkpoint.every_steps=1")
        self.assertGreater(len(list((out / "segments").iterdir())), 110)
        resume(out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
        self.check_same(out, 1)
        self.assertEqual(status(out)["restart_chain"], ["ckpt-00000112.h5"])

    def test_a_branch_keeps_the_checkpoint_it_began_with(self):
        self.small(SOURCE / "scenarios/classics/predation/predation.toml")
        parent, out = self.folder / "parent", self.folder / "branch"
        self.until(6, parent, 1, "--set", "checkpoint.every_steps=3")
        done = throng("branch", parent, "--at", 5, "--out", out, check=66)
        self.assertIn("parent: has no checkpoint of step 5 (there are 2: of steps 3, 6).", done.stderr)
        throng("branch", parent, "--at", 3, "--out", out, "--set", "checkpoint.every_steps=2", "--set",
               "checkpoint.keep=1", "--threads", 1, "--quiet", "--stop-at", 8, check=75)
        kept = lambda: sorted(path.name for path in (out / "checkpoints").glob("ckpt-*.h5"))
        self.assertEqual(kept(), ["ckpt-00000003.h5", "ckpt-00000008.h5"])
        resume(out, ranks=2)
        self.assertEqual(kept(), ["ckpt-00000003.h5", "ckpt-00000012.h5"])

    def test_killed_between_checkpoints_it_goes_on_from_the_last_again_and_again(self):
        self.small(SOURCE / "scenarios/classics/predation/predation.toml")
        out = self.folder / "out"
        self.killed_after(7, out, 3, "--set", "checkpoint.every_steps=3")
        for step, ranks in ((8, 1), (11, 2), (11, 4)):
            self.killed_after(step, out, ranks, again=True)
        resume(out, ranks=3)
        self.check_same(out, 3)
        self.assertEqual(status(out)["restart_chain"], [f"ckpt-{step:08d}.h5" for step in (6, 6, 9, 9)])

    def test_it_goes_on_from_another_folder_and_when_the_run_was_moved(self):
        (self.folder / "at").mkdir()
        scenario = command.own_network(self.folder / "at")
        self.begin(scenario, "--steps", 30)
        self.scenario = scenario.name
        throng("run", scenario.name, "--steps", 30, "--out", "stopped", "--quiet", "--stop-at", 20, check=75,
               cwd=self.folder / "at")
        shutil.move(self.folder / "at/stopped", self.folder / "moved")
        resume("moved", cwd=self.folder)
        self.check_same(self.folder / "moved", 1)

    def three_seeds(self):
        """Of as many days each as this gives."""
        self.begin(HERE / "town.toml", "--replicates", 3, "--steps", 32, "--set", "population.town.people=1_000")
        self.assertEqual(self.expected["series/infections"].shape[:2], (3, 33))
        self.assertTrue(any(path.startswith("agents/person/replicates/") for path in self.expected) or
                        any("snapshots" in path for path in self.expected))
        return 32

    def test_replicates_go_on_in_the_seed_in_which_they_were_stopped(self):
        days = self.three_seeds()
        out = self.folder / "out"
        for number, step in enumerate((days + 17, days + 17, 17, 2 * days + 17)):
            more = ("--set", "checkpoint.every_steps=5") if number == 1 else ()
            for before, after in ((1, 3), (4, 2))[number % 2:][:1 if number > 1 else 2]:
                with self.subTest(step=step, more=more, before=before, after=after):
                    self.until(step, out, before, *more)
                    line = resume(out, ranks=after)
                    self.check_same(out, after)
                    for name in ("replicates", "infections", "attack_rate", "content_hash"):
                        self.assertEqual(line[name], self.line[name])
                    self.assertFalse((out / "replicates").exists())
                    shutil.rmtree(out)

    def test_replicates_that_were_killed_keep_the_seeds_they_had_finished(self):
        days = self.three_seeds()
        out = self.folder / "out"
        for step in (days + 3, days + 17, 2 * days + 29):
            with self.subTest(step=step):
                self.killed_after(step, out, 2, "--set", "checkpoint.every_steps=5")
                resume(out, ranks=3)
                self.check_same(out, 3)
                simulated = [entry["seed"] for entry in log(out) if entry["event"] == "simulated"]
                self.assertEqual(simulated, [7, 8, 9], "a seed that was finished was run again")
                shutil.rmtree(out)

    def test_a_finished_seed_that_is_damaged_is_run_again(self):
        days = self.three_seeds()
        out = self.folder / "out"
        self.until(2 * days + 17, out, 2)
        file = out / "replicates/00000001.h5"
        damaged = bytearray(file.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        file.write_bytes(damaged)
        done = throng("resume", out, "--threads", 1, ranks=3, check=0)
        self.assertIn("It is run again, and the seeds after it.", done.stderr)
        self.check_same(out, 3)
        self.assertEqual(status(out)["seed"], 7)

    def test_another_seed_gives_other_bits(self):
        # Or else the comparison would compare nothing.
        self.small(SOURCE / "scenarios/classics/predation/predation.toml")
        run(self.scenario, self.folder / "other", *self.arguments, "--seed", 2)
        wrong = differences(self.expected, everything(self.folder / "other"))
        for name in ("@content_hash", "@seed", "tables/content_hash/hash", "series/sheep",
                     f"agents/sheep/snapshots/{STEPS:08d}/sheep.x"):
            self.assertIn(name, "".join(wrong) if len(wrong) < 3 else wrong)


LONG = 30_000  # steps of a small Life: two seconds and more


class Asked(Restart):
    """Ways to ask a run to stop, or to keep what it has and go on."""

    def setUp(self):
        super().setUp()
        # Seconds long, so that it is still there when it is asked.
        self.begin(SOURCE / "scenarios/classics/life/life.toml", "--steps", LONG, "--set", "life.width=200", "--set",
                   "life.height=200", "--set", f"output.snapshot_steps=[0,{LONG}]")

    def start(self, out, ranks):
        launch = [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks)] if ranks > 1 else []
        process = subprocess.Popen([*launch, command.THRONG, "run", self.scenario, "--out", out, "--threads", "1",
                                    *map(str, self.arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(process.kill)
        self.wait_for(lambda: (out / "run.json").exists() and status(out)["status"] == "running")
        return process

    def wait_for(self, happened, seconds=60):
        end = time.monotonic() + seconds
        while not happened():
            self.assertLess(time.monotonic(), end, "it did not happen in time")
            time.sleep(0.02)

    def test_signals_and_a_file_stop_it_with_75_and_it_goes_on_from_there(self):
        for cause, ranks in (("SIGUSR1", 1), ("SIGUSR1", 3), ("SIGTERM", 1), ("SIGINT", 1),
                             ("stop", 1), ("stop", 3), ("SIGTERM to one", 3)):
            with self.subTest(cause=cause, ranks=ranks):
                out = self.folder / "out"
                process = self.start(out, ranks)
                if cause == "stop":
                    (out / "stop").touch()
                elif cause.endswith("to one"):
                    os.kill(command.ranks_of(process)[-1], signal.SIGTERM)
                else:
                    process.send_signal(getattr(signal, cause))
                said = process.communicate(timeout=60)[1]
                told = status(out)
                self.assertEqual(told["status"], "stopped", said)
                by = "the file 'stop'" if cause == "stop" else cause.split()[0]
                self.assertEqual(told["summary"]["stopped_by"], by)
                self.assertIn(f"'throng resume {out}' goes on from there", said)
                self.assertEqual(process.returncode, 75, said)
                step = told["summary"]["step"]
                self.assertLess(step, LONG)
                self.assertTrue((out / f"checkpoints/ckpt-{step:08d}.h5").exists())
                self.assertFalse((out / "stop").exists())
                with h5py.File(out / "results.h5") as file:
                    self.assertEqual((file.attrs["complete"], len(file["series/cells"])), (0, step + 1))
                line = resume(out, ranks=4 - ranks)
                self.assertEqual(line["content_hash"], self.line["content_hash"])
                self.check_same(out, 4 - ranks)
                shutil.rmtree(out)

    def test_a_signal_and_a_file_keep_a_checkpoint_and_it_goes_on(self):
        for cause in ("SIGUSR2", "checkpoint"):
            for ranks in (1, 2):
                with self.subTest(cause=cause, ranks=ranks):
                    out = self.folder / "out"
                    process = self.start(out, ranks)
                    if cause == "checkpoint":
                        (out / "checkpoint").touch()
                    else:
                        process.send_signal(signal.SIGUSR2)
                    said = process.communicate(timeout=100)[1]
                    self.assertEqual(process.returncode, 0, said)
                    kept = [entry["step"] for entry in log(out) if entry["event"] == "checkpoint"]
                    self.assertEqual(len(kept), 1, said)
                    self.assertLess(kept[0], LONG)
                    self.assertTrue((out / f"checkpoints/ckpt-{kept[0]:08d}.h5").exists())
                    self.assertFalse((out / "checkpoint").exists())
                    self.check_same(out, ranks)
                    shutil.rmtree(out)

    def test_it_stops_before_its_time_is_over_and_as_often_as_it_takes(self):
        out = self.folder / "out"
        throng("run", self.scenario, "--out", out, *self.arguments, "--threads", 1, "--quiet", "--max-walltime", "0s",
               check=75)
        self.assertEqual(status(out)["summary"], {"stopped_by": "--max-walltime", "step": 0, "replicates_finished": 0})
        began = time.monotonic()
        throng("resume", out, "--threads", 1, "--quiet", "--max-walltime", "0s", ranks=2, check=75)
        self.assertEqual(status(out)["summary"]["step"], 0)
        self.assertLess(time.monotonic() - began, 30)
        resume(out, "--max-walltime", "10:00", ranks=2)
        self.check_same(out, 2)

    def test_files_that_asked_a_run_that_is_over_do_not_stop_the_next(self):
        out = self.folder / "out"
        self.until(7, out, 1)
        for ranks in (2, 1):
            for name in ("stop", "checkpoint"):
                (out / name).touch()
            throng("resume", out, "--threads", 1, "--quiet", "--stop-at", 9, ranks=ranks, check=75)
            self.assertEqual(status(out)["summary"]["step"], 9)
            self.assertFalse((out / "stop").exists() or (out / "checkpoint").exists())
        (out / "stop").touch()
        run(self.scenario, out, *self.arguments, "--overwrite")
        self.check_same(out, 1)
        # They came when the run was over already.
        for name in ("stop", "checkpoint"):
            (out / name).touch()
        resume(out)
        self.assertFalse((out / "stop").exists() or (out / "checkpoint").exists())
        self.check_same(out, 1)

    def test_minutes_between_checkpoints_are_kept(self):
        out = self.folder / "out"
        run(self.scenario, out, *self.arguments, "--set", "checkpoint.every_minutes=0.003", "--set",
            "checkpoint.keep=100", ranks=2)
        self.check_same(out, 2)
        kept = [entry["step"] for entry in log(out) if entry["event"] == "checkpoint"]
        self.assertGreater(len(kept), 1)
        self.assertEqual(sorted(path.name for path in (out / "checkpoints").glob("ckpt-*.h5")),
                         [f"ckpt-{step:08d}.h5" for step in kept])


class Branched(Restart):
    """Counterfactuals from the middle of a run."""

    def setUp(self):
        super().setUp()
        self.begin(HERE / "town.toml", "--set", "population.town.people=2_000", "--set", "checkpoint.every_steps=10",
                   "--set", "checkpoint.keep=9")
        self.parent = self.folder / "reference"

    def branch(self, at, out, *arguments, ranks=1, check=0):
        return throng("branch", self.parent, "--at", at, "--out", self.folder / out, "--threads", 1, *arguments,
                      ranks=ranks, check=check)

    def compare(self, a, b, check):
        return throng("compare", "--bits", self.folder / a, self.folder / b, check=check).stdout

    def test_one_that_changes_nothing_has_its_parents_bits(self):
        for at, ranks in ((10, 1), (30, 3), (50, 2)):
            with self.subTest(at=at, ranks=ranks):
                out = self.folder / f"at {at}"
                self.branch(at, out, "--quiet", ranks=ranks)
                self.check_same(out, ranks)
                self.assertEqual(self.compare(out, self.parent, 0), "equal in every cell through step 50\n")
                told = status(out)
                self.assertEqual((told["scenario"], told["restart_chain"]),
                                 ("town", [str(self.parent / f"checkpoints/ckpt-{at:08d}.h5")]))

    def test_a_changed_one_differs_from_where_it_begins(self):
        self.branch(20, "free", "--set", "epidemic.isolation.compliance=0")
        mine = everything(self.folder / "free")["tables/content_hash/hash"]
        theirs = self.expected["tables/content_hash/hash"]
        np.testing.assert_array_equal(mine[:21], theirs[:21])
        self.assertFalse((mine[21:] == theirs[21:]).any())
        self.assertRegex(self.compare("free", self.parent, 1), r"first difference: step 21\D")
        # One of it, elsewhere: the chain tells all of its past.
        self.parent = self.folder / "free"
        self.branch(40, "freer", ranks=2)
        self.assertEqual([Path(name).parts[-3:] for name in status(self.folder / "freer")["restart_chain"]],
                         [("reference", "checkpoints", "ckpt-00000020.h5"), ("free", "checkpoints", "ckpt-00000040.h5")])
        self.assertEqual(self.compare("free", "freer", 0), "equal in every cell through step 50\n")

    def test_one_may_last_longer_than_its_parent(self):
        run(self.scenario, self.folder / "whole", *self.arguments, "--steps", 60)
        self.branch(30, "longer", "--set", "run.steps=60", ranks=2)
        self.assertEqual(differences(everything(self.folder / "whole"), everything(self.folder / "longer")), [])
        self.branch(20, "shorter", "--set", "run.steps=35", "--set", "output.snapshots=[]")
        self.assertEqual(self.compare("shorter", self.parent, 1),
                         "equal in every cell through step 35; one of them goes on\n")

    def test_its_parent_is_never_replaced(self):
        before = {path: path.read_bytes() for path in self.parent.rglob("*") if path.is_file()}
        for more in ((), ("--overwrite",), ("--overwrite", "--scenario", self.scenario)):
            done = self.branch(20, self.parent / "../reference", *more, check=None)
            self.assertIn("which would be replaced" if "--scenario" in more else "replace", done.stderr)
            self.assertEqual(done.returncode, 73)
            self.assertEqual({path: path.read_bytes() for path in self.parent.rglob("*") if path.is_file()}, before)

    def test_another_past_is_refused_by_the_key_that_makes_it(self):
        for setting, code, words in (
                ("run.seed=8", 65, "run.seed was 7 and is 8 (a branch has the luck of its parent)"),
                ("population.town.people=1_000", 65, "population.town.people was 2000 and is 1000"),
                ("run.steps=10", 65, "run.steps is 10 (the branch begins at step 20)")):
            for ranks in (1, 2):
                with self.subTest(setting=setting, ranks=ranks):
                    done = self.branch(20, "none", "--set", setting, "--set", "output.snapshots=[]", ranks=ranks,
                                       check=None)
                    self.assertIn(words, done.stderr)
                    self.assertEqual(done.returncode, code)
                    self.assertFalse((self.folder / "none").exists())
        self.branch(15, "none", check=66)


class Refused(Restart):
    """What a run does not go on with: it is said, with the code of its kind, and nothing on the disk changes."""

    def stop(self, scenario=HERE / "town.toml", *arguments):
        self.begin(scenario, *(arguments or ("--set", "population.town.people=2_000")))
        self.out = self.folder / "out"
        self.until(20, self.out, 2)
        self.before = self.files()

    def files(self):
        return {path.relative_to(self.out): path.read_bytes() for path in self.out.rglob("*")
                if path.is_file() and path.name != "run.lock"}

    def refuses(self, code, *wanted, ranks=(1, 3)):
        before = self.files()
        for n in ranks:
            done = throng("resume", self.out, "--threads", 1, ranks=n, check=code)
            for words in wanted:
                self.assertEqual(done.stderr.count(words), 1, done.stderr)
            self.assertEqual(self.files(), before)
        return done.stderr

    def goes_on(self):
        resume(self.out, ranks=3)
        self.check_same(self.out, 3)

    def edit(self, file, *pairs):
        path = self.out / file
        text = path.read_text()
        for old, new in pairs:
            self.assertEqual(text.count(old), 1, (old, text))
            text = text.replace(old, new)
        path.write_text(text)

    def test_a_changed_scenario_by_the_keys_that_differ(self):
        self.stop()
        scenario = (self.out / "scenario.toml").read_text()
        self.edit("scenario.toml", ("seed = 7", "seed = 8"), ("compliance = 0.3", "compliance = 0.25"),
                  ("snapshots = [2020-02-01]", "snapshots = []"))
        self.refuses(65, "throng: 3 mistakes in the input\n", "run.seed was 7 and is 8 (a run goes on as it began)",
                     "epidemic.isolation.compliance was 0.3 and is 0.25", "output.snapshots was [2020-02-01] and is []")

        (self.out / "scenario.toml").write_text(scenario)
        self.edit("scenario.toml", ("[[epidemic.seed]]\ncount = 20", "[[epidemic.seed]]\ncount = 5\n\n"
                                                                     "[[epidemic.seed]]\ncount = 15"))
        said = self.refuses(65, "epidemic.seed[1].count was 20 and is 5")
        self.assertIn("epidemic.seed[2].count was not there and is 15", said)

        (self.out / "scenario.toml").write_text(scenario)
        self.edit("scenario.toml", ("people = 2000", "people = 2_000  # the same"), ("every_steps = 0", "every_steps = 9"),
                  ("keep = 2", "keep = 5"), ('kind = "geography"', 'kind = "scatter"'))
        self.goes_on()

    def test_a_changed_length_or_a_key_that_is_none(self):
        self.stop()
        self.edit("scenario.toml", ("steps = 50", "steps = 60"))
        self.refuses(65, "run.steps was 50 and is 60")
        self.edit("scenario.toml", ("steps = 60", "steps = 50\nstep = 5"))
        self.refuses(65, "run has no parameter 'step'. Did you mean 'steps'?")
        (self.out / "scenario.toml").unlink()
        self.refuses(65, "scenario.toml: cannot be read")
        (self.out / "scenario.toml").write_bytes(self.before[Path("scenario.toml")])
        self.goes_on()

    def test_a_changed_scenario_of_seeds_that_are_finished(self):
        self.begin(HERE / "town.toml", "--replicates", 3, "--steps", 32, "--set", "population.town.people=1_000")
        self.out = self.folder / "out"
        # In the second seed, of which there is no checkpoint yet.
        self.killed_after(32 + 5, self.out, 2, "--set", "checkpoint.every_steps=20")
        self.edit("scenario.toml", ("compliance = 0.3", "compliance = 0.25"))
        self.refuses(65, "epidemic.isolation.compliance was 0.3 and is 0.25")
        self.edit("scenario.toml", ("compliance = 0.25", "compliance = 0.3"))
        self.goes_on()

    def test_a_changed_file_that_it_reads(self):
        self.stop(command.own_network(self.folder), "--steps", 40)
        edges, people = self.folder / "edges.csv", self.folder / "people.csv"
        text = edges.read_text()
        edges.write_text(text.replace(",0.5\n", ",0.75\n", 1))
        self.refuses(65, f"{edges}: is not the file that the run began with")
        edges.unlink()
        self.refuses(65, f"{edges}: cannot be ")
        edges.write_text(text)
        self.folder.joinpath("own_network.toml").unlink()  # its text is in the run's folder
        mode = people.stat()
        people.touch()
        self.assertNotEqual(people.stat().st_mtime_ns, mode.st_mtime_ns)
        self.goes_on()

    def test_a_run_that_was_finished_is_no_mistake(self):
        self.stop()
        self.goes_on()
        for ranks in (1, 3):
            before = self.files()
            done = throng("resume", self.out, ranks=ranks, check=0)
            self.assertIn("was run to its end (there is nothing to resume)", done.stderr)
            self.assertEqual(self.files(), before)

    def test_a_run_that_was_finished_and_lost_its_results_goes_on(self):
        self.stop()
        self.goes_on()
        line = json.loads(throng("resume", self.out, "--quiet", "--json", check=0).stdout)
        self.assertEqual(line, {"scenario": "town", "status": "completed"})
        (self.out / "results.h5").unlink()
        throng("resume", self.out, "--quiet", ranks=2, check=0)
        self.check_same(self.out, 2)

    def test_a_folder_that_is_no_run(self):
        self.out = self.folder / "notes"
        self.out.mkdir()
        (self.out / "thesis.tex").write_text("mine")
        self.refuses(65, "notes: is no run directory (it has no run.json). Give the --out of a run.")
        self.assertIn("is no run directory", throng("resume", self.folder / "absent", check=65).stderr)
        self.assertFalse((self.folder / "absent").exists())
        throng("resume", check=2)
        for text in ("", "{", '{"format": "other"}', '{"format": "throng-run", "status": "running"}'):
            (self.out / "run.json").write_text(text)
            self.refuses(74, f"{self.out}/run.json: ", ranks=(1,))

    def test_a_run_without_a_checkpoint(self):
        self.begin(HERE / "town.toml", "--set", "population.town.people=2_000")
        self.out = self.folder / "out"
        for ranks in (1, 3):
            self.killed_after(20, self.out, ranks)
            self.refuses(66, "has no checkpoint to go on from (none was written). Run it anew.")
            self.assertEqual(status(self.out)["status"], "running")
            self.edit("run.json", ('"status": "running"', '"status": "initializing"'))  # as it stands before its scenario
            (self.out / "scenario.toml").unlink()
            self.refuses(66, "has no checkpoint to go on from (it was ended before its first step). Run it anew.")
            shutil.rmtree(self.out)

    def test_a_run_that_is_alive_in_the_folder(self):
        self.stop()
        for ranks in (1, 2):
            start = [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks)] if ranks > 1 else []
            alive = subprocess.Popen([*start, command.THRONG, "resume", self.out, "--quiet", "--hang-at", "30"],
                                     stderr=subprocess.DEVNULL)
            self.addCleanup(alive.kill)
            end = time.monotonic() + 60
            while status(self.out)["status"] != "running" and time.monotonic() < end:
                time.sleep(0.05)
            for n in (1, 3):
                said = throng("resume", self.out, "--threads", 1, ranks=n, check=73).stderr
                self.assertIn("another run is writing into it", said)
                self.assertNotIn("--out", said)  # which 'resume' does not have
                self.assertIn("another run is writing into it",
                              throng("run", HERE / "town.toml", "--out", self.out, ranks=n, check=73).stderr)
            self.assertEqual(status(self.out)["status"], "running")
            alive.kill()
            alive.wait()
            time.sleep(0.5)  # its ranks go with it
            throng("resume", self.out, "--threads", 1, "--quiet", "--stop-at", 20 + ranks, check=75)
        self.goes_on()


class Compared(command.Folder):
    """Where two runs begin to differ: `compare --bits`."""

    TOWN = (HERE / "town.toml", "--set", "population.town.people=1_000", "--set", "checkpoint.every_steps=10",
            "--steps", 40)

    def compare(self, a, b, check=1):
        return throng("compare", "--bits", self.folder / a, self.folder / b, check=check).stdout

    def test_results_of_an_earlier_run_are_not_compared(self):
        run(self.TOWN[0], self.folder / "a", *self.TOWN[1:])
        shutil.copytree(self.folder / "a", self.folder / "b")
        self.assertEqual(self.compare("a", "b", check=0), "equal in every cell through step 40\n")
        done = throng("run", self.TOWN[0], "--out", self.folder / "b", *self.TOWN[1:], "--seed", 8, "--overwrite", "--quiet",
                      "--kill-at", 35)
        self.assertEqual(done.returncode, -9, done.stderr)
        self.assertIn("first difference: step 0 ", self.compare("a", "b"))
        throng("resume", self.folder / "b", "--quiet", check=0)
        self.assertIn("first difference: step 0 ", self.compare("b", "a"))

    def test_of_a_branch_without_its_first_checkpoint_it_is_said_that_cells_cannot_be_told(self):
        parent, branch = self.folder / "parent", self.folder / "branch"
        run(self.TOWN[0], parent, *self.TOWN[1:], "--set", "checkpoint.keep=9")
        throng("branch", parent, "--at", 20, "--set", "epidemic.r0=3.5", "--out", branch, "--quiet", check=0)
        for told in (self.compare("parent", "branch"), self.compare("branch", "parent")):
            self.assertRegex(told, r"\Afirst difference: step 2\d .*\nkind 'person'  column")
        for file in (branch / "checkpoints").glob("ckpt-00000020.*"):
            file.unlink()
        told = self.compare("parent", "branch")
        self.assertRegex(told, rf"{branch}: has no whole checkpoint of step 2\d or before \(it began as a branch, in the "
                               r"middle\)\. Which cells differ cannot be told\.\n\Z")
        self.assertNotIn("is not the one it was run with", told)

    def test_what_only_one_of_them_has_is_told_of_either(self):
        run(self.TOWN[0], self.folder / "town", *self.TOWN[1:])
        run(SOURCE / "scenarios/classics/predation/predation.toml", self.folder / "meadow", "--set", "predation.side=24", "--steps", 5,
            "--set", "output.snapshot_steps=[]")
        for a, b in (("town", "meadow"), ("meadow", "town")):
            place = {a: "first", b: "second"}
            told = self.compare(a, b)
            self.assertIn(f"kind 'person'  is in the {place['town']} alone\n", told)
            for kind in ("patch", "sheep", "wolf"):
                self.assertIn(f"kind '{kind}'  is in the {place['meadow']} alone\n", told)


class Damaged(Restart):
    """Of a run with checkpoints of steps 3, 6 and 9 that was killed after 10."""

    def setUp(self):
        super().setUp()
        self.small(SOURCE / "scenarios/classics/predation/predation.toml")
        self.killed = self.folder / "killed"
        self.killed_after(10, self.killed, 2, "--set", "checkpoint.every_steps=3", "--set", "checkpoint.keep=3")
        self.assertEqual(sorted(path.name for path in (self.killed / "checkpoints").glob("*.h5")),
                         [*(f"ckpt-{step:08d}.h5" for step in (3, 6, 9)), "fixed.h5"])
        self.out = self.folder / "out"

    def take(self):
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.killed, self.out)

    def checkpoint(self, step):
        return self.out / f"checkpoints/ckpt-{step:08d}.h5"

    def side(self, step):
        return self.out / f"checkpoints/ckpt-{step:08d}.json"

    def segment(self, begin, end):
        return self.out / f"segments/out-{begin:08d}-{end:08d}.h5"

    @staticmethod
    def flip(path, share=0.5):
        data = bytearray(path.read_bytes())
        data[int(share * (len(data) - 1))] ^= 0x10
        path.write_bytes(data)

    @staticmethod
    def cut(path, share=0.5):
        path.write_bytes(path.read_bytes()[:int(share * path.stat().st_size)])

    def test_an_older_checkpoint_is_taken_and_the_damaged_file_named(self):
        def swap_in_an_older():
            shutil.copy(self.checkpoint(6), self.checkpoint(9))
            shutil.copy(self.side(6), self.side(9))

        def put_a_folder():
            self.checkpoint(9).unlink()
            self.checkpoint(9).mkdir()

        cases = {
            "a byte of the first": (lambda: self.flip(self.checkpoint(9), 0.0), self.checkpoint(9)),
            "a byte of the last": (lambda: self.flip(self.checkpoint(9), 1.0), self.checkpoint(9)),
            "a byte in the middle": (lambda: self.flip(self.checkpoint(9)), self.checkpoint(9)),
            "half of it": (lambda: self.cut(self.checkpoint(9)), self.checkpoint(9)),
            "nothing of it": (lambda: self.cut(self.checkpoint(9), 0), self.checkpoint(9)),
            "a byte of the side file": (lambda: self.flip(self.side(9)), self.side(9)),
            "half of the side file": (lambda: self.cut(self.side(9)), self.side(9)),
            "no side file": (lambda: self.side(9).unlink(), self.side(9)),
            "the side file of another": (lambda: shutil.copy(self.side(6), self.side(9)), self.side(9)),
            "an older one under its name": (swap_in_an_older, self.side(9)),
            "a folder": (put_a_folder, self.checkpoint(9)),
            "a byte of the segment": (lambda: self.flip(self.segment(6, 9)), self.segment(6, 9)),
            "half of the segment": (lambda: self.cut(self.segment(6, 9)), self.segment(6, 9)),
            "no segment": (lambda: self.segment(6, 9).unlink(), self.out / "segments"),
        }
        for number, (name, (harm, file)) in enumerate(cases.items()):
            ranks = 1 + number % 3
            with self.subTest(name, ranks=ranks):
                self.take()
                harm()
                done = throng("resume", self.out, "--threads", 1, ranks=ranks, check=0)
                lines = [line for line in done.stderr.splitlines() if line.endswith("An older checkpoint is taken.")]
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertIn(f"{file}: ", lines[0])
                warned = [entry["text"] for entry in log(self.out) if entry["severity"] == "warning"]
                self.assertTrue(any(f"{file}: " in text for text in warned), warned)
                self.check_same(self.out, ranks)
                self.assertEqual(status(self.out)["restart_chain"], ["ckpt-00000006.h5"])
                # the damaged one is gone, and those after the older one were written anew
                self.assertEqual(throng("resume", self.out, check=0).stdout, "")

    def test_all_that_are_damaged_are_named_and_none_is_66(self):
        self.take()
        self.flip(self.checkpoint(9))
        self.cut(self.checkpoint(6))
        resume(self.out, ranks=2)
        self.check_same(self.out, 2)
        self.assertEqual(status(self.out)["restart_chain"], ["ckpt-00000003.h5"])
        self.take()
        self.flip(self.checkpoint(9))
        self.cut(self.checkpoint(6))
        self.flip(self.side(3))
        before = {path: path.read_bytes() for path in self.out.rglob("*") if path.is_file() and path.name != "run.lock"}
        for ranks in (1, 3):
            done = throng("resume", self.out, ranks=ranks, check=66)
            self.assertIn(f"{self.out}: has no checkpoint to go on from (none is whole):\n", done.stderr)
            for file in (self.checkpoint(9), self.checkpoint(6), self.side(3)):
                self.assertEqual(done.stderr.count(f"{file}: "), 1, done.stderr)
            self.assertEqual(before, {path: path.read_bytes() for path in self.out.rglob("*") if path.is_file()})
        self.take()
        self.segment(0, 3).unlink()  # which every checkpoint needs
        said = throng("resume", self.out, ranks=2, check=66).stderr
        self.assertEqual(said.count("has no segment that ends at step 3 (it was removed)"), 1, said)

    def as_somebody_else(self):
        """Options of a process to whom permissions say something, and which has these files."""
        if os.getuid() != 0:
            return {}
        self.folder.chmod(0o755)
        for path in (self.out, *self.out.rglob("*")):
            os.chown(path, 65534, 65534)
        options = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            subprocess.run([command.THRONG, "--version"], check=True, capture_output=True, **options)
        except (OSError, subprocess.CalledProcessError):
            print("SKIPPED: another user cannot start the command: permissions were NOT tried", flush=True)
            self.skipTest("another user cannot start the command: permissions were NOT tried")
        return options

    def test_what_may_not_be_read_is_not_damaged(self):
        self.take()
        options = self.as_somebody_else()
        files = (self.checkpoint(9), self.side(9), self.segment(0, 3), self.segment(6, 9), self.out / "segments",
                 self.out / "checkpoints")
        for number, path in enumerate(files):
            ranks = 1 + number % 2
            with self.subTest(path.name, ranks=ranks):
                mode = path.stat().st_mode
                path.chmod(0)
                done = throng("resume", self.out, "--threads", 1, ranks=ranks, check=74, **options)
                path.chmod(mode)
                self.assertEqual(done.stderr.count(f"throng: {path}: cannot be "), 1, done.stderr)
                self.assertIn("(Permission denied).", done.stderr)
                if path.is_file():
                    self.assertIn("It may be whole: let it be read, or move it away", done.stderr)
                self.assertTrue(self.checkpoint(9).exists() and self.side(9).exists())
        for path in (self.out / "checkpoints").iterdir():
            path.chmod(0o444)
        throng("resume", self.out, "--threads", 1, "--quiet", check=0, **options)
        self.check_same(self.out, 1)
        self.assertEqual(status(self.out)["restart_chain"], ["ckpt-00000009.h5"])

    def test_what_is_not_needed_may_be_damaged(self):
        self.take()
        self.flip(self.checkpoint(6))
        self.flip(self.out / "checkpoints/fixed.h5")
        (self.out / "checkpoints/notes.txt").write_text("mine")
        (self.out / "checkpoints/ckpt-00000012.h5.tmp").write_text("half")
        (self.out / "segments/out-00000009-00000012.h5").write_text("of a checkpoint that was not written")
        (self.out / "checkpoints/ckpt-00000012.json").write_text("of a checkpoint that was not written")
        resume(self.out, ranks=2)
        self.check_same(self.out, 2)
        self.assertEqual(status(self.out)["restart_chain"], ["ckpt-00000009.h5"])
        self.assertEqual((self.out / "checkpoints/notes.txt").read_text(), "mine")


if __name__ == "__main__":
    command.main()
