"""`throng bench` on a hundredth of New York writes every figure, each with its unit and target; `throng bench
decisions` says what archetypes of a small town miss.

Arguments: the program.
"""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]

FIGURES = {
    "city_build": ("s", "<= 5"),
    "nyc_unmitigated_loop": ("s", "<= 6"),
    "ns_per_agent_day": ("ns", "<= 2"),
    "quiet_day": ("ms", "<= 0.5"),
    "quiet_day_worst": ("ms", "<= 0.5"),
    "dense_draw": ("ns/person", "<= 1"),
    "bytes_per_person": ("byte", "<= 80"),
    "checkpoint_over_write": ("1", "<= 2"),
    "checkpoint_size": ("MB", "<= 150"),
    "restart": ("s", "<= 5"),
    "twin_ratio": ("1", ">= 20"),
    "ranks2_over_threads2": ("1", "<= 1.2"),
    "nyc_2020_over_unmitigated": ("1", "<= 2"),
    "full_over_2020": ("1", "<= 2"),
    "full_bytes_per_person": ("byte", "<= 130"),
    "flocking_over_by_hand": ("1", "<= 2"),
    "turnover_share": ("1", "<= 0.2"),
    "turnover_share_ranks2": ("1", "<= 0.2"),
    "segregation_all_look": ("ns/site", None),
    "segregation_first": ("ns/site", None),
    "segregation_rest": ("ns/site", None),
    "segregation_rest_over_stream": ("1", "<= 1"),
    "archetype_codes": ("s", "<= 0.2"),
    "decision_epoch": ("ms", "<= 60"),
    "lasting_factors": ("ms", None),
    "questions_per_epoch": ("1", None),
    "questions_over_small_city": ("1", "<= 1"),
    "nyc_archetypes_over_2020": ("1", "<= 1.3"),
}
ONLY_WITH_ALL = {"scale_12_peak": ("GiB", "<= 24"), "scale_12_wall": ("s", None)}


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bench.json"
            command = [PROGRAM, "bench", "--scale", "0.01", "--repeats", "1", "--json", str(file)]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            cls.exit_code, cls.table, cls.errors = run.returncode, run.stdout, run.stderr
            cls.figures = json.loads(file.read_text()) if file.exists() else {}

    def test_it_ends_well(self):
        self.assertEqual(self.exit_code, 0, self.errors)

    def test_every_figure_is_there_and_no_other(self):
        about = {"machine", "program"}
        self.assertEqual(set(self.figures), set(FIGURES) | set(ONLY_WITH_ALL) | about)
        for name, (unit, target) in (FIGURES | ONLY_WITH_ALL).items():
            with self.subTest(name):
                self.assertEqual(self.figures[name]["unit"], unit)
                self.assertEqual(self.figures[name]["target"], target)

    def test_what_was_measured_is_a_positive_number(self):
        for name in FIGURES:
            with self.subTest(name):
                figure = self.figures[name]
                self.assertIsInstance(figure["value"], float, figure.get("note"))
                self.assertTrue(math.isfinite(figure["value"]))
                self.assertGreater(figure["value"], 0)
                self.assertLessEqual(figure["least"], figure["value"])
                self.assertGreaterEqual(figure["greatest"], figure["value"])

    def test_a_small_city_is_not_judged(self):
        self.assertTrue(all(self.figures[name]["met"] is None for name in FIGURES))

    def test_the_small_worlds_are_what_they_are_said_to_be(self):
        def numbers(name):
            return [float(n) for n in re.findall(r"\d[\d.]*(?:e-?\d+)?", self.figures[name]["note"])]

        self.assertAlmostEqual(numbers("flocking_over_by_hand")[-2], 30, delta=1.5)
        self.assertLess(numbers("flocking_over_by_hand")[-1], 1e-9)
        for share in numbers("turnover_share")[-2:]:  # born and died in a step
            self.assertTrue(0.005 < share < 0.02, self.figures["turnover_share"]["note"])
        for name in ("turnover_share", "turnover_share_ranks2"):
            self.assertLess(self.figures[name]["value"], 1)
        self.assertLessEqual(numbers("segregation_rest")[0], 20)

    def test_new_york_by_archetypes_is_asked_what_a_hundredth_of_it_is(self):
        # Six ages, two sexes, five boroughs and bands of income, and people of each.
        self.assertEqual(self.figures["questions_per_epoch"]["value"], 300)
        self.assertEqual(self.figures["questions_over_small_city"]["value"], 1)
        share = float(re.search(r"last one: ([\d.]+)", self.figures["decision_epoch"]["note"])[1])
        self.assertTrue(0.05 < share < 0.95, share)

    def test_what_was_left_out_says_why(self):
        for name in ONLY_WITH_ALL:
            self.assertIsNone(self.figures[name]["value"])
            self.assertIn("--all", self.figures[name]["note"])

    def test_the_table_has_a_line_for_each(self):
        lines = {line.split()[0] for line in self.table.splitlines() if line}
        self.assertLessEqual(set(FIGURES) | set(ONLY_WITH_ALL), lines)

    def test_a_file_that_cannot_be_written_is_said_before_measuring(self):
        run = subprocess.run([PROGRAM, "bench", "--json", "/nope/x.json"], capture_output=True, text=True,
                             check=False, timeout=10)
        self.assertEqual((run.returncode, run.stdout), (74, ""))
        self.assertIn("/nope/x.json: cannot be created (No such file or directory).", run.stderr)

    @unittest.skipUnless(shutil.which("mpirun"), "mpirun is not in the PATH")
    def test_started_by_mpirun_it_refuses(self):
        as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        run = subprocess.run(["mpirun", "-n", "1", PROGRAM, "bench"], capture_output=True, text=True,
                             check=False, env=os.environ | as_root)
        self.assertEqual(run.returncode, 65)
        self.assertIn("Start it without the launcher.", run.stderr)

    @unittest.skipUnless(shutil.which("mpirun"), "mpirun is not in the PATH")
    def test_the_town_refuses_a_launcher_too(self):
        as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        run = subprocess.run(["mpirun", "-n", "1", PROGRAM, "bench", "decisions"], capture_output=True, text=True,
                             check=False, env=os.environ | as_root)
        self.assertEqual(run.returncode, 65)
        self.assertIn("Start it without the launcher.", run.stderr)


class Decisions(unittest.TestCase):
    """`throng bench decisions`: a tenth of the town, two seeds."""

    PEOPLE = 2000

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "recovery.csv"
            command = [PROGRAM, "bench", "decisions", "--people", str(cls.PEOPLE), "--seeds", "2", "--csv", str(file)]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            cls.exit_code, cls.table, cls.errors = run.returncode, run.stdout, run.stderr
            cls.rows = list(csv.DictReader(file.read_text().splitlines())) if file.exists() else []

    def values(self, part, quantity):
        """By who was asked: questions, mean and its standard error."""
        return {row["asked"]: (float(row["questions"]), *(float(row[k] or "nan") for k in ("mean", "standard_error")))
                for row in self.rows if (row["part"], row["quantity"]) == (part, quantity)}

    def test_it_ends_well(self):
        self.assertEqual(self.exit_code, 0, self.errors)
        self.assertEqual(list(self.rows[0]),
                         ["part", "asked", "questions", "quantity", "unit", "mean", "standard_error"])

    def test_the_more_questions_the_smaller_the_error(self):
        error = self.values("recovery", "share_error")
        for k in (1, 2, 4, 8, 16):
            self.assertEqual(error[f"personas {k}"][0], k * error["personas 1"][0])
        self.assertEqual(error["everyone"], (self.PEOPLE, 0, 0))
        self.assertGreater(error["personas 1"][1], error["personas 4"][1])
        self.assertGreater(error["personas 4"][1], error["personas 16"][1])
        self.assertGreater(error["personas 16"][1], 0)

    def test_audits_make_up_for_a_bad_persona(self):
        self.assertLess(self.values("recovery", "corrected_error")["personas 1"][1],
                        self.values("recovery", "mean_error")["personas 1"][1])
        stated = self.values("recovery", "stated_error")
        self.assertTrue(0.005 < stated["personas 8"][1] < 0.03, stated)
        self.assertTrue(math.isnan(stated["everyone"][1]))  # nobody is audited where everybody is asked

    def test_who_answers_is_compared_on_the_same_seeds(self):
        for quantity in ("stay_home_share", "attack_rate", "peak_infections", "peak_day"):
            with self.subTest(quantity):
                found, less = (self.values(part, quantity) for part in ("comparison", "difference"))
                self.assertEqual(set(found) - set(less), {"everyone"})
                self.assertLessEqual({"rule", "surrogate", "personas 1", "personas 8", "everyone"}, set(found))
                for who, (_, mean, _) in less.items():
                    self.assertAlmostEqual(mean, found[who][1] - found["everyone"][1], places=9)
        share = self.values("comparison", "stay_home_share")
        self.assertTrue(all(0.2 < mean < 0.8 for _, mean, _ in share.values()), share)

    def test_the_table_has_a_line_for_each(self):
        for asked in ("personas 1 ", "personas 16 ", "everyone ", "rule ", "surrogate "):
            self.assertIn("\n" + asked, self.table)

    def test_options_of_the_figures_are_refused(self):
        for option in (["--all"], ["--scale", "0.1"]):
            run = subprocess.run([PROGRAM, "bench", *option, "decisions"], capture_output=True, text=True,
                                 check=False, timeout=10)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"excludes {option[0]}", run.stderr)


class Agency(unittest.TestCase):
    """`throng bench agency`: a tenth of the town, a few people, two seeds."""

    PEOPLE = 2000

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = Path(cls.folder.name) / "agency.csv"
        run = cls.bench("--seeds", "2", "--sample", "40", "--series", "works_share", "--csv", cls.file)
        cls.exit_code, cls.table, cls.errors = run.returncode, run.stdout, run.stderr
        cls.rows = list(csv.DictReader(cls.file.read_text().splitlines())) if cls.file.exists() else []

    @classmethod
    def bench(cls, *more, people=PEOPLE):
        command = [PROGRAM, "bench", "agency", "--people", str(people), *map(str, more)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def values(self, quantity, part="agency", rows=None):
        """By who was asked: questions, mean and its standard error."""
        return {row["asked"]: (float(row["questions"]), *(float(row[k] or "nan") for k in ("mean", "standard_error")))
                for row in rows or self.rows if (row["part"], row["quantity"]) == (part, quantity)}

    def test_five_ways_to_decide_are_told_with_their_questions_and_errors(self):
        self.assertEqual(self.exit_code, 0, self.errors)
        self.assertIn("Who decides stay_home and works, 2 seeds.", self.table)
        for quantity in ("infections_mse", "unemployment_mse"):
            with self.subTest(quantity):
                found = self.values(quantity)
                self.assertEqual(list(found),
                                 ["rule", "archetypes", "archetypes by place", "40 single people", "everyone"])
                epochs = 2 * 27  # of both decisions: the first day and the ends of 26 weeks
                self.assertEqual(found["everyone"][0], self.PEOPLE * epochs)
                self.assertEqual(found["40 single people"][0], 40 * epochs)
                self.assertLess(found["archetypes"][0], found["everyone"][0])
                self.assertEqual(found["everyone"][1:], (0, 0))
                for way in ("rule", "archetypes", "archetypes by place", "40 single people"):
                    self.assertGreater(found[way][1], 0)
                    self.assertGreater(found[way][2], 0)
                    self.assertIn("\n" + way, self.table)

    def test_unemployment_is_in_percent(self):
        rate = self.values("unemployment")
        self.assertTrue(all(7 < mean < 30 for _, mean, _ in rate.values()), rate)

    def test_differences_are_paired(self):
        for quantity in ("infections_mse", "unemployment_mse", "infections", "unemployment"):
            with self.subTest(quantity):
                found, less = self.values(quantity), self.values(quantity, "difference")
                self.assertEqual(set(found) - set(less), {"archetypes"})
                for who, (_, mean, _) in less.items():
                    self.assertAlmostEqual(mean, found[who][1] - found["archetypes"][1], delta=1e-9 * found["rule"][1])
        # Those of everyone's errors are archetypes' own, down to how they vary.
        self.assertAlmostEqual(self.values("unemployment_mse", "difference")["everyone"][2],
                               self.values("unemployment_mse")["archetypes"][2])

    def test_archetypes_come_nearer_to_what_people_do_than_a_few_of_them(self):
        share = self.values("works_share_mse")
        self.assertLess(share["archetypes by place"][1], share["40 single people"][1])

    def test_a_scenario_may_have_one_decision(self):
        town = SOURCE / "scenarios/decisions/town/town.toml"
        run = self.bench(town, "--seeds", "1", "--sample", "40", "--set", "population.town.people=2000")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("Who decides stay_home, 1 seed.", run.stdout)
        self.assertNotIn("unemployment", run.stdout)

    def test_a_server_answers_for_archetypes_and_is_asked_no_more_than_is_said(self):
        with subprocess.Popen([sys.executable, SOURCE / "tests/decisions/fault_server.py", "--stop-with-stdin"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            url = f"http://127.0.0.1:{re.search(r'[0-9]+', server.stdout.readline()).group()}"
            there = ("--seeds", "1", "--sample", "20", "--set", "run.steps=14", "--set", "decision.stay_home.personas=1",
                     "--set", "decision.works.personas=1", "--csv", self.file.with_name("served.csv"),
                     "--server", url + "/v1", "--model", "fixed", "--dialect", "openai")
            by_law = self.bench(*there, people=200)
            asked = json.load(urllib.request.urlopen(url + "/stats"))["requests"]
            rows = list(csv.DictReader(self.file.with_name("served.csv").read_text().splitlines()))
            by_model = self.bench(*there, "--ask-everyone", people=200)
            asked_all = json.load(urllib.request.urlopen(url + "/stats"))["requests"] - asked
            all_rows = list(csv.DictReader(self.file.with_name("served.csv").read_text().splitlines()))
            server.stdin.close()
        self.assertEqual((by_law.returncode, by_model.returncode), (0, 0), by_law.stderr + by_model.stderr)
        requests = {who: mean for who, (_, mean, _) in self.values("requests", rows=rows).items()}
        self.assertEqual(sum(requests.values()), asked)
        self.assertEqual((requests["rule"], requests["everyone"]), (0, 0))
        self.assertGreater(requests["archetypes"], 0)
        # Those who read the same are one request, so that everyone is fewer than there are people.
        everyone = self.values("requests", rows=all_rows)["everyone"]
        self.assertEqual(sum(mean for _, mean, _ in self.values("requests", rows=all_rows).values()), asked_all)
        self.assertGreater(everyone[1], requests["archetypes"])
        self.assertLess(everyone[1], everyone[0])

    def test_a_server_needs_a_model(self):
        run = self.bench("--server", "http://127.0.0.1:1/v1")
        self.assertEqual(run.returncode, 2)
        self.assertIn("--model", run.stderr)

    def test_what_was_observed_may_stand_in_for_everybody(self):
        days = "".join(f"2020-01-{day:02},{day}\n" for day in range(2, 30))
        observed = Path(self.folder.name) / "observed.csv"
        observed.write_text("date,value\n" + days)
        run = self.bench("--seeds", "1", "--observed", observed)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("what was observed", run.stdout)
        self.assertNotIn("\neveryone", run.stdout)
        observed.write_text("date,value\n2019-01-02,5\n")
        self.assertIn("has no whole week of the run", self.bench("--observed", observed).stderr)

    def test_nobody_is_sent_the_bill_for_everybody_by_mistake(self):
        run = self.bench("--set", "decision.stay_home.provider=http", "--set", "decision.stay_home.http.model=m")
        self.assertEqual(run.returncode, 65)
        self.assertIn("Compare with what was observed (--observed FILE.csv), or say that it is worth it", run.stderr)

    def test_a_series_that_is_not_there_is_refused(self):
        run = self.bench("--seeds", "1", "--series", "moods")
        self.assertEqual(run.returncode, 65)
        self.assertIn("the runs have no series 'moods'", run.stderr)


PROGRAM = sys.argv.pop(1)
unittest.main()
