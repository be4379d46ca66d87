"""Differences between runs, seed by seed: `throng compare` without --bits.

usage: test_compare.py THRONG MPIEXEC [CLASS]
"""
import csv
import json
import math
import shutil
from pathlib import Path

import command
from command import HERE, h5py, np, run, throng
from run_files import Files, Made, MEADOW, TOWN

CITY = (HERE / "new_york.toml", "--steps", 40, "--set", "checkpoint.every_steps=20")


def city():
    return Made.run("city", *CITY, "--replicates", 3)


def closed_city():
    return Made.run("closed_city", *CITY, "--replicates", 3, "--set", "epidemic.closures.community=0.9")


def lines_of(*arguments, check=0):
    return [json.loads(line) for line in throng("compare", *arguments, "--json", check=check).stdout.splitlines()]


def series(out, name):
    """[seed, day, ...] as float."""
    with h5py.File(Path(out) / "results.h5") as file:
        stored = file["series"][name]
        values = np.asarray(stored[()], float)
        return values if "replicate" in stored.dims[0][0].name else values[None]


class Compared(Files):
    def test_a_run_and_itself_again_differ_nowhere(self):
        again = self.folder / "again"
        run(CITY[0], again, *CITY[1:], "--replicates", 3)

        done = throng("compare", city(), again, "--by", "borough,age,stage,layer,borough*age",
                      "--csv", self.folder / "all.csv", check=0)

        self.assertRegex(done.stdout, r"\n.*: 0 of [0-9,]{7,} values differ \(\d+ series, .*: in these days the runs are equal\.")
        with open(self.folder / "all.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 10_000)
        with h5py.File(city() / "results.h5") as file:
            names = {name for name, stored in file["series"].items()
                     if "DIMENSION_LIST" in stored.attrs and name != "seed"}
        self.assertEqual({row["series"] for row in rows} & names, names)
        for row in rows:
            for column in ("difference", "low", "high", "relative"):
                self.assertIn(row[column], ("0", ""), row)
        # nothing is missing but where there is no value at all
        self.assertTrue(all(row["difference"] == "0" for row in rows if row["mean_a"]))

    def test_a_branch_without_change_differs_nowhere(self):
        out = Made.town()
        branch = self.folder / "branch"
        throng("branch", out, "--at", 20, "--out", branch, "--quiet", check=0)

        done = throng("compare", out, branch, check=0)

        self.assertIn(" 0 of ", done.stdout)
        self.assertIn("the runs are equal", done.stdout)
        self.assertIn("no interval is claimed", done.stdout)
        found = lines_of(out, branch, "--by", "total")
        self.assertTrue(all(line["difference"] in (0, None) and line["low"] is None for line in found))
        self.assertEqual({line["pairs"] for line in found if line["measure"] == "sum"}, {1})

    def check_line(self, line, a, b, level=0.95):
        """Against the formulas, for three pairs: Student's t with 2 degrees of freedom in closed form."""
        d = b - a
        t = level * math.sqrt(2 / (1 - level * level))
        half = t * d.std(ddof=1) / math.sqrt(3)
        expected = {"pairs": 3, "mean_a": a.mean(), "mean_b": b.mean(), "difference": d.mean(),
                    "low": d.mean() - half, "high": d.mean() + half, "level": level}
        if a.mean():
            expected["relative"] = d.mean() / a.mean()
        if a.var() + b.var():
            expected["luck_removed"] = 1 - d.var(ddof=1) / (a.var(ddof=1) + b.var(ddof=1))
        for key, value in expected.items():
            self.assertAlmostEqual(float(line[key]), value, delta=1e-9 * max(1, abs(value)), msg=f"{key} of {line}")

    def test_measures_by_borough_and_age_are_those_of_the_arrays(self):
        found = {(line["series"], line["measure"], line["by"], line["group"]): line
                 for line in lines_of(city(), closed_city(), "--by", "borough,age", "--level", 80)}
        with h5py.File(city() / "results.h5") as file:
            boroughs, ages = (list(file["series"][axis].asstr()[:]) for axis in ("borough", "age_band"))
        a, b = series(city(), "infections"), series(closed_city(), "infections")

        for measure, of in (("sum", lambda x: x.sum(1)), ("mean", lambda x: x.mean(1)), ("peak", lambda x: x.max(1)),
                            ("peak_day", lambda x: x.argmax(1).astype(float))):
            self.check_line(found["infections", measure, "total", "total"], of(a.sum((2, 3))), of(b.sum((2, 3))), 0.8)
            for k, borough in enumerate(boroughs):
                self.check_line(found["infections", measure, "borough", borough],
                                of(a[:, :, k].sum(2)), of(b[:, :, k].sum(2)), 0.8)
        for k, age in enumerate(ages):
            self.check_line(found["infections", "sum", "age_band", age],
                            a[:, :, :, k].sum((1, 2)), b[:, :, :, k].sum((1, 2)), 0.8)
        # fewer where the community is closed, and pairing took luck away
        self.assertLess(found["infections", "sum", "total", "total"]["high"], 0)

    def test_shares_are_means_over_people(self):
        people = series(city(), "people_by_stage")[0, 0].sum(0)
        share = [np.einsum("sdba,ba->sd", series(out, "stay_home_share"), people) / people.sum()
                 for out in (city(), closed_city())]
        lines = lines_of(city(), closed_city(), "--series", "stay_home_share", "--by", "total")
        self.assertEqual([line["measure"] for line in lines], ["mean", "peak", "peak_day"])
        self.check_line(lines[0], share[0].mean(1), share[1].mean(1))

    def test_days_windows_and_sums_since(self):
        for options, name in (((), "value"), (("--cumulative",), "cumulative")):
            with self.subTest(name):
                throng("compare", city(), closed_city(), "--series", "infections", "--from", "2020-03-05", "--to",
                       "2020-03-20", "--csv", self.folder / "days.csv", *options, check=0)
                with open(self.folder / "days.csv", newline="") as file:
                    rows = [row for row in csv.DictReader(file) if row["by"] == "total"]
                days = [row for row in rows if row["measure"] == name]
                self.assertEqual([row["date"] for row in days],
                                 [str(np.datetime64("2020-03-05") + k) for k in range(16)])
                a, b = (series(out, "infections").sum((2, 3))[:, 4:20] for out in (city(), closed_city()))
                if options:
                    a, b = a.cumsum(1), b.cumsum(1)
                for k, row in enumerate(days):
                    self.check_line(row, a[:, k], b[:, k])
                if not options:
                    total = next(row for row in rows if row["measure"] == "sum")
                    self.check_line(total, a.sum(1), b.sum(1))

    def test_a_folder_of_runs_is_as_good_as_replicates(self):
        folder = self.folder / "point"
        with h5py.File(city() / "results.h5") as file:
            seeds = file["series/seed"][:].tolist()
        for seed in seeds:
            run(CITY[0], folder / f"seed-{seed}", *CITY[1:], "--seed", seed)
        done = throng("compare", city(), folder, check=0)
        self.assertIn("the runs are equal", done.stdout)
        self.assertIn("3 pairs", done.stdout)
        shutil.copytree(folder / f"seed-{seeds[0]}", folder / "once-more")
        self.assertIn("is there twice", throng("compare", city(), folder, check=65).stderr)

    def test_several_runs_are_compared_with_the_first(self):
        lines = lines_of(city(), closed_city(), city(), "--series", "deaths,infections", "--by", "total")
        self.assertEqual({line["b"] for line in lines}, {str(city()), str(closed_city())})
        for line in lines:
            if line["b"] == str(city()):
                self.assertIn(line["difference"], (0, None))
        table = throng("compare", city(), closed_city(), city(), check=0).stdout
        self.assertIn("run B", table)
        self.assertIn("infections", table)

    def test_ratios_and_measures(self):
        lines = lines_of(city(), closed_city(), "--series", "deaths/infections*100", "--by", "total",
                         "--from", "2020-03-11")
        a, b = (100 * series(out, "deaths").sum((2, 3))[:, 10:] / series(out, "infections").sum((2, 3))[:, 10:]
                for out in (city(), closed_city()))
        self.check_line(lines[0], a.mean(1), b.mean(1))
        table = throng("compare", city(), closed_city(), "--series", "infections", "--measure", "peak_day", check=0).stdout
        self.assertIn("peak_day", table)

    def test_worlds_without_dates_are_compared_by_step(self):
        other = self.folder / "other"
        run(MEADOW[0], other, "--steps", 30, "--set", "output.snapshot_steps=[20]")
        refused = throng("compare", Made.meadow(), other, check=65).stderr
        self.assertIn("Choose days that both have: --from 0 --to 30.", refused)
        done = throng("compare", Made.meadow(), other, "--from", 0, "--to", 30, check=0)
        self.assertIn("the runs are equal", done.stdout)
        self.assertIn("has dates", throng("compare", Made.meadow(), Made.town(), check=65).stderr)

    def test_what_cannot_be_compared_is_refused(self):
        two = Made.run("two", *TOWN, "--replicates", 2)
        later = Made.run("later", *TOWN, "--replicates", 3, "--set", "run.start=2020-01-03")
        for arguments, words in (
                ((Made.seeds(), two), "has 2 seeds, 7 to 8, and"),
                ((Made.seeds(), Made.town()), "Run one of them again with the --seed and --replicates of the other"),
                ((Made.seeds(), later), "--from 2020-01-03 --to 2020-01-31"),
                ((Made.seeds(), Made.seeds(), "--series", "infection"), "Did you mean 'infections'?"),
                ((Made.seeds(), Made.seeds(), "--series", "a/b/c"), "is no quantity"),
                ((Made.seeds(), Made.seeds(), "--by", "brough"), "Did you mean 'borough'?"),
                ((Made.seeds(), Made.seeds(), "--from", "yesterday"), "is no day"),
                ((Made.seeds(), Made.seeds(), "--from", "2020-01-09", "--to", "2020-01-08"), "is after"),
                ((Made.seeds(), Made.seeds(), "--from", "2021-01-01"), "there is nothing of it in the days asked for"),
                ((Made.seeds(), self.folder), "is no run and holds none"),
                ((Made.seeds(), self.folder / "absent"), "is not there")):
            with self.subTest(words):
                self.assertIn(words, throng("compare", *arguments, check=65).stderr)
        several = throng("compare", Made.seeds(), Made.seeds(), "--series", "a,b", "--by", "c", check=65).stderr
        self.assertIn("3 mistakes", several)
        self.assertIn("keeps a file there", throng("compare", Made.seeds(), Made.seeds(), "--csv",
                                                   Made.seeds() / "results.h5", check=73).stderr)
        throng("compare", Made.seeds(), check=2)
        throng("compare", "--bits", Made.town(), Made.town(), "--by", "age", check=2)
        throng("compare", "--bits", Made.town(), Made.town(), Made.town(), check=65)
        throng("compare", Made.seeds(), Made.seeds(), "--level", 100, check=2)


if __name__ == "__main__":
    command.main()
