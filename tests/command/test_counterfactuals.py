"""New York's counterfactuals: each runs, differs from its base from the day on which its orders differ, and not
before; one that changes nothing has its base's bits; PAUSE a week earlier has fewer deaths. And the scenario of health
and work: begins as the tables say, and has unemployment near the published one in the months it was chosen by.
"""
import csv
import datetime
import math
import re
import tempfile
import tomllib
import unittest
from pathlib import Path

import h5py
import numpy as np

import command
from command import SOURCE, arrays, everything, run, throng

NEW_YORK = SOURCE / "scenarios" / "nyc"
FOLDER = NEW_YORK / "counterfactuals"
# The bases that a counterfactual may stand on, and when they begin.
BASES = {"nyc_2020.toml": datetime.date(2020, 2, 1), "nyc_2020_archetypes.toml": datetime.date(2020, 2, 1),
         "nyc_2020_full.toml": datetime.date(2020, 1, 1)}
# The first day that each changes.
FIRST_DAY = {
    "no_pause": datetime.date(2020, 3, 20),
    "pause_week_earlier": datetime.date(2020, 3, 2),   # telework is advised a week before the closings
    "pause_week_later": datetime.date(2020, 3, 9),
    "no_stimulus": datetime.date(2020, 3, 30),
    "schools_open": datetime.date(2020, 3, 16),
    "masks_month_earlier": datetime.date(2020, 3, 2),
}
# What has a meaning only where people work.
ONLY_FULL = {"no_stimulus"}
# Two-sided 95 % points of Student's t by degrees of freedom.
T_95 = {7: 2.365, 11: 2.201, 15: 2.131}


class Counterfactuals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def over(self, name, base):
        """A counterfactual over another base than its own."""
        text = (FOLDER / f"{name}.toml").read_text()
        written = re.findall(r'^base = ".*"$', text, flags=re.MULTILINE)
        self.assertEqual(len(written), 1, name)
        path = self.folder / f"{name}_{base}"
        path.write_text(text.replace(written[0], f'base = "{NEW_YORK / base}"'))
        return path

    def test_each_shipped_one_is_short_and_is_tested_here(self):
        names = {path.stem for path in FOLDER.glob("*.toml")}
        self.assertEqual(names, set(FIRST_DAY))
        for name in names:
            lines = [line for line in (FOLDER / f"{name}.toml").read_text().splitlines()
                     if line and not line.startswith("#")]
            self.assertLessEqual(len(lines), 12, name)
            self.assertIn(f"{name}.toml", (FOLDER / "README.md").read_text())

    def test_each_differs_from_its_base_from_its_first_day_on(self):
        for base, start in BASES.items():
            run(NEW_YORK / base, self.folder / base, "--set", "population.scale=0.02", "--set", "run.steps=120")
            for name, day in FIRST_DAY.items():
                if name in ONLY_FULL and base != "nyc_2020_full.toml":
                    continue
                with self.subTest(counterfactual=name, base=base):
                    out = self.folder / f"{name} over {base}"
                    run(self.over(name, base), out, "--set", "population.scale=0.02", "--set", "run.steps=120")
                    told = throng("compare", "--bits", out, self.folder / base, check=1).stdout
                    first = int(re.search(r"first difference: step (\d+)", told).group(1))
                    # Three weeks: a few of many contacts are enough to differ, but they have to be there.
                    self.assertGreaterEqual(first, (day - start).days)
                    self.assertLess(first, (day - start).days + 21)

    def test_one_that_changes_nothing_has_its_bases_bits(self):
        for base in BASES:
            with self.subTest(base=base):
                null = self.folder / f"null_{base}"
                # PAUSE by another word for the same day.
                null.write_text(f'base = "{NEW_YORK / base}"\ntitle = "nothing changed"\n[dates]\npause = 2020-03-22\n')
                for scenario, out in ((NEW_YORK / base, "base"), (null, "null")):
                    run(scenario, self.folder / f"{out} {base}", "--set", "population.scale=0.02",
                        "--set", "run.steps=120")
                told = throng("compare", "--bits", self.folder / f"base {base}", self.folder / f"null {base}",
                              check=0).stdout
                self.assertEqual(told, "equal in every cell through step 120\n")
                both = [everything(self.folder / f"{out} {base}")["tables/content_hash/hash"]
                        for out in ("base", "null")]
                self.assertEqual(both[0].tobytes(), both[1].tobytes())

    def test_pause_a_week_earlier_has_fewer_deaths(self):
        # A tenth of the city with its fitted values, pairs of runs that share their luck; money changes no death. With 8
        # pairs the half width of the interval has to be below half of the difference, so that a difference half as large
        # would have been noticed as well.
        differences, levels = [], []
        for seed in range(1, 9):
            deaths = {}
            for name, scenario in (("base", NEW_YORK / "nyc_2020_full.toml"),
                                   ("earlier", FOLDER / "pause_week_earlier.toml")):
                told = run(scenario, self.folder / f"{name} {seed}", "--set", "population.scale=0.1",
                           "--set", "money.enabled=false", "--set", f"run.seed={seed}")
                deaths[name] = told["deaths"]
            differences.append(deaths["earlier"] - deaths["base"])
            levels.append(deaths["base"])
        n = len(differences)
        mean = sum(differences) / n
        error = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1) / n)
        half = T_95[n - 1] * error
        print(f"PAUSE a week earlier, scale 0.1: {mean:.1f} deaths of {sum(levels) / n:.1f} "
              f"(95 %: {mean - half:.1f} to {mean + half:.1f}; n = {n}, standard error {error:.1f}, "
              f"could notice {half:.1f})", flush=True)
        self.assertLess(mean + half, 0)
        self.assertLess(half, -mean / 2)

    def test_branches_move_dates_by_name(self):
        run(NEW_YORK / "nyc_2020.toml", self.folder / "parent", "--set", "population.scale=0.01", "--set",
            "run.steps=80", "--set", "checkpoint.every_steps=20", "--set", "checkpoint.keep=9")
        self.assertIn('pause = 2020-03-22', (self.folder / "parent" / "scenario.toml").read_text())
        throng("branch", self.folder / "parent", "--at", 40, "--out", self.folder / "later", "--set",
               "dates.pause=2020-03-29", "--quiet", check=0)
        resolved = (self.folder / "later" / "scenario.toml").read_text()
        self.assertEqual(str(tomllib.loads(resolved)["dates"]["pause"]), "2020-03-29")
        told = throng("compare", "--bits", self.folder / "later", self.folder / "parent", check=1).stdout
        self.assertGreaterEqual(int(re.search(r"first difference: step (\d+)", told).group(1)), 48)


class Full(unittest.TestCase):
    """nyc_2020_full: a fiftieth of the city through the whole year."""
    OBSERVED = SOURCE.parent / "shared" / "data" / "laus_train_BK_MN_to_2020-08_others_2019.csv"

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.out = Path(cls.kept.name) / "full"
        cls.told = run(NEW_YORK / "nyc_2020_full.toml", cls.out, "--set", "population.scale=0.02")
        found = arrays(cls.out)
        cls.force, cls.without = found["series/labor_force"], found["series/unemployed"]

    def rate(self, borough, month):
        """Percent of the labor force, mean of the days of a month of 2020."""
        start = datetime.date(2020, 1, 1)
        days = [d for d in range(len(self.force)) if (start + datetime.timedelta(d)).replace(day=1)
                == datetime.date(2020, month, 1)]
        b = ["BX", "BK", "MN", "QN", "SI"].index(borough)
        return 100 * np.mean(self.without[days, b] / self.force[days, b])

    def test_its_year_has_an_epidemic_and_a_loss_of_work(self):
        self.assertEqual(self.told["steps"], 365)
        self.assertGreater(self.told["deaths"], 0)
        self.assertGreater(self.told["layoffs"], 0)
        self.assertGreater(self.told["recalls"], 0)
        self.assertGreater(self.told["peak_unemployment_rate"], self.told["unemployment_rate"])

    def test_it_differs_from_itself_in_no_series(self):
        told = Path(self.kept.name) / "differences.csv"
        throng("compare", self.out, self.out, "--csv", told, check=0)
        with open(told, newline="") as file:
            rows = list(csv.DictReader(file))
        with h5py.File(self.out / "results.h5") as file:
            names = {name for name, stored in file["series"].items()
                     if "DIMENSION_LIST" in stored.attrs and name != "seed"}
        self.assertEqual({row["series"] for row in rows} & names, names)
        self.assertEqual({row["difference"] for row in rows if row["mean_a"]}, {"0"})

    def test_it_begins_at_the_rates_of_2019(self):
        written = tomllib.loads((NEW_YORK / "nyc_2020_full.toml").read_text())["labor"]["unemployment_of"]
        with open(NEW_YORK / "tables" / "unemployment.csv", newline="") as file:
            table = {row["borough"]: float(row["rate"]) for row in csv.DictReader(file) if row["month"] == "mean"}
        with open(NEW_YORK / "tables" / "boroughs.csv", newline="") as file:
            names = {row["code"]: row["name"] for row in csv.DictReader(file)}
        for borough, rate in table.items():
            self.assertAlmostEqual(written[names[borough]], rate / 100, 6, borough)
            # January and February, before anything happened: the mean of 60 days that depend on each other, of n
            # people; four standard errors of one day.
            n = self.force[0].min()
            noise = 4 * 100 * math.sqrt(rate / 100 / n)
            for month in (1, 2):
                self.assertLess(abs(self.rate(borough, month) - rate), noise, (borough, month))

    def test_may_and_june_are_near_what_they_were_chosen_by(self):
        if not self.OBSERVED.is_file():
            print(f"SKIPPED: {self.OBSERVED} is absent, so unemployment was NOT compared.", flush=True)
            self.skipTest("no observations")
        with open(self.OBSERVED, newline="") as file:
            observed = {(row["borough"], int(row["month"])): float(row["unemployment_rate"])
                        for row in csv.DictReader(file) if row["year"] == "2020"}
        for borough in ("BK", "MN"):
            told = [f"{month}: {self.rate(borough, month):.1f} ({observed[borough, month]})" for month in range(1, 9)]
            print(f"{borough}, rate (observed) by month: {', '.join(told)}", flush=True)
            for month in (5, 6):
                self.assertLess(abs(self.rate(borough, month) - observed[borough, month]), 5, (borough, month))


if __name__ == "__main__":
    command.main()
