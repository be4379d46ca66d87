"""How good predictions were of what was observed: `throng score`.

usage: test_score.py THRONG MPIEXEC [CLASS]
"""
import csv
import gzip
import json
import math
import random
import unittest

import command
from command import HERE, SOURCE, h5py, np, throng, write
from run_files import Files, Made

CITY = (HERE / "new_york.toml", "--steps", 70)
SHARED = SOURCE.parent / "shared/data"
CODES = {"BX": "Bronx", "BK": "Brooklyn", "MN": "Manhattan", "QN": "Queens", "SI": "Staten Island"}


def city():
    return Made.run("scored_city", *CITY, "--replicates", 4)


def lines_of(*arguments, check=0):
    return [json.loads(line) for line in throng("score", *arguments, "--json", check=check).stdout.splitlines()]


def by_borough(out, name):
    """[seed, day, borough], dates, labels."""
    with h5py.File(out / "results.h5") as file:
        values = np.asarray(file["series"][name][()], float)
        labels = list(file["series/borough"].asstr()[:])
    values = values if values.ndim == 4 else values[None]
    dates = [np.datetime64("2020-03-01") + day for day in range(values.shape[1])]
    return values.sum(3), dates, labels


def crps(members, observed):
    """As the integral over x of (F(x) - [observed <= x])^2."""
    places = sorted([*members, observed])
    return sum((sum(m <= low for m in members) / len(members) - (observed <= low)) ** 2 * (high - low)
               for low, high in zip(places, places[1:]))


def log_score(members, observed, each):
    n, mean = len(members), sum(members) / len(members) + 0.5 * each / len(members)
    variance = (1 + 1 / n) * max(max(each, 1) * mean, np.var(members, ddof=1))
    r, p = mean ** 2 / (variance - mean), mean / variance
    return -(math.lgamma(observed + r) - math.lgamma(r) - math.lgamma(observed + 1)
             + r * math.log(p) + observed * math.log(1 - p))


class Scored(Files):
    def observed(self, rows, header="date,area,cases", name="observed.csv"):
        write(self.folder / name, header, [",".join(map(str, row)) for row in rows])
        return self.folder / name

    def test_scores_are_those_of_their_formulas(self):
        values, dates, labels = by_borough(city(), "infections")
        chance = random.Random(1)
        rows = [(day, code, chance.randrange(60)) for day in dates[10:50] for code in ("MN", "BK")]
        chance.shuffle(rows)
        found = {line["area"]: line for line in lines_of(city(), "--against", self.observed(rows), "--map",
                                                         "cases=infections")}

        self.assertEqual(list(found), ["Manhattan", "Brooklyn", "all areas"] if rows[0][1] == "MN"
                         else ["Brooklyn", "Manhattan", "all areas"])
        factor = 100  # the city is a hundredth
        pooled = []
        for code in ("MN", "BK"):
            line = found[CODES[code]]
            mine = factor * values[:, :, labels.index(CODES[code])]
            pairs = [(mine[:, dates.index(day)], count) for day, c, count in rows if c == code]
            pooled += pairs
            errors = np.array([members.mean() - count for members, count in pairs])
            self.assertEqual((line["joined"], line["missing"], line["outside"], line["scale"]), (40, 0, 0, factor))
            self.assertAlmostEqual(line["rmse"], math.sqrt((errors ** 2).mean()))
            self.assertAlmostEqual(line["mae"], abs(errors).mean())
            self.assertAlmostEqual(line["crps"], np.mean([crps(*pair) for pair in pairs]))
            self.assertAlmostEqual(line["log_score"], np.mean([log_score(*pair, factor) for pair in pairs]))
            inside = np.mean([members.min() <= count <= members.max() for members, count in pairs])
            self.assertAlmostEqual(line["covered_90"], inside)  # of four seeds the interval is all of them
            self.assertAlmostEqual(line["reachable_90"], 3 / 5)
        self.assertAlmostEqual(found["all areas"]["crps"], np.mean([crps(*pair) for pair in pooled]))

    def test_a_run_scores_best_against_itself(self):
        single = Made.run("scored_alone", *CITY)
        values, dates, labels = by_borough(single, "infections")
        rows = [(day, label, int(values[0, k, b])) for k, day in enumerate(dates) for b, label in enumerate(labels)]
        lines = lines_of(single, "--against", self.observed(rows), "--map", "cases=infections", "--scale", 1)
        self.assertEqual(len(lines), 6)
        for line in lines:
            self.assertEqual((line["rmse"], line["mae"], line["crps"]), (0, 0, 0))
            if "peak_error" in line and line["peak_error"] is not None:
                self.assertEqual((line["peak_error_days"], line["peak_error"]), (0, 0))
        peaks = {line["area"]: line for line in lines}
        for b, label in enumerate(labels):
            if values[0, :, b].any():
                self.assertEqual(peaks[label]["peak_date"], str(dates[values[0, :, b].argmax()]))
                smooth = np.convolve(values[0, :, b], np.ones(7), "valid") / 7
                self.assertEqual(peaks[label]["smooth_peak_date"], str(dates[3 + smooth.argmax()]))
                self.assertAlmostEqual(peaks[label]["smooth_peak_height"], smooth.max())
        self.assertIn("with one seed", throng("score", single, "--against", self.folder / "observed.csv", "--map",
                                              "cases=infections", check=0).stdout)

    def test_a_series_a_day_late_is_late_and_never_shifted_into_place(self):
        single = Made.run("scored_alone", *CITY)
        values, dates, _ = by_borough(single, "infections")
        total = values[0].sum(1)
        rows = [(day + 3, int(count)) for day, count in zip(dates, total)]
        line, = lines_of(single, "--against", self.observed(rows, "date,cases"), "--map", "cases=infections", "--scale", 1)
        self.assertEqual((line["peak_error_days"], line["joined"], line["outside"]), (-3, len(dates) - 3, 3))
        self.assertAlmostEqual(line["mae"], np.mean(abs(total[3:] - total[:-3])))

    def test_days_that_are_not_observed_are_counted_and_not_filled_in(self):
        values, dates, _ = by_borough(city(), "infections")
        rows = [(day, 5) for k, day in enumerate(dates[:30]) if k % 3] + [("2019-12-31", 1), (dates[40], "")]
        line, = lines_of(city(), "--against", self.observed(rows, "date,cases"), "--map", "cases=infections")
        # days 1 to 29, of which nine are not there; day 40 has no value
        self.assertEqual((line["joined"], line["missing"], line["outside"]), (20, 9, 1))
        expected = np.mean([abs(100 * values[:, k].sum(1).mean() - 5) for k in range(30) if k % 3])
        self.assertAlmostEqual(line["mae"], expected)
        windowed, = lines_of(city(), "--against", self.folder / "observed.csv", "--map", "cases=infections",
                             "--from", dates[4], "--to", dates[8])
        self.assertEqual((windowed["joined"], windowed["missing"], windowed["outside"]), (4, 1, 0))

    def test_weeks_are_sums_and_months_means(self):
        values, dates, _ = by_borough(city(), "infections")
        total = 100 * values.sum(2).mean(0)
        ends = [dates[6] + 7 * k for k in range(9)] + [dates[6] - 7]
        weekly, = lines_of(city(), "--against", self.observed([(end, 100) for end in ends], "week_ending,cases"), "--map",
                           "cases=infections")
        sums = np.array([total[7 * k:7 * k + 7].sum() for k in range(9)])
        self.assertEqual((weekly["period"], weekly["joined"], weekly["outside"]), ("week", 9, 1))
        self.assertAlmostEqual(weekly["predicted_mean"], sums.mean())
        self.assertAlmostEqual(weekly["mae"], abs(sums - 100).mean())
        self.assertNotIn("smooth_peak_height", weekly)
        monthly, = lines_of(city(), "--against", self.observed(
            [("2020", 3, 100), ("2020", 4, 100), ("2020", 5, 100)], "year,month,cases"), "--map", "cases=infections")
        means = np.array([total[:31].mean(), total[31:61].mean()])  # May is not whole
        self.assertEqual((monthly["period"], monthly["joined"], monthly["outside"]), ("month", 2, 1))
        self.assertAlmostEqual(monthly["mae"], abs(means - 100).mean())
        summed, = lines_of(city(), "--against", self.folder / "observed.csv", "--map", "cases=infections", "--period", "sum")
        self.assertAlmostEqual(summed["predicted_mean"], (total[:31].sum() + total[31:61].sum()) / 2)

    def test_a_ratio_is_not_multiplied(self):
        values, dates, _ = by_borough(city(), "deaths")
        below, _, _ = by_borough(city(), "infections")
        rows = [(day, 1) for day in dates[40:]]
        line, = lines_of(city(), "--against", self.observed(rows, "date,share"), "--map", "share=deaths/infections*100")
        expected = 100 * (values.sum(2) / below.sum(2))[:, 40:]
        self.assertAlmostEqual(line["predicted_mean"], expected.mean())
        self.assertIsNone(line["log_score"])

    def test_the_table_and_the_csv_say_the_same(self):
        _, dates, _ = by_borough(city(), "infections")
        rows = [(day, code, 40, 1, "x") for day in dates for code in CODES]
        path = self.observed(rows, "date,area,infections,deaths,note")
        done = throng("score", city(), "--against", path, "--csv", self.folder / "scores.csv", check=0)
        self.assertIn("Counts of the run are multiplied by 100 (population.scale is 0.01)", done.stdout)
        self.assertIn("Not scored, since no series is called so: note.", done.stdout)
        self.assertIn("Of 4 seeds an interval of 90 % holds 60 % at best", done.stdout)
        with open(self.folder / "scores.csv", newline="") as file:
            table = list(csv.DictReader(file))
        lines = lines_of(city(), "--against", path)
        self.assertEqual(len(table), 12)
        for row, line in zip(table, lines):
            for key, value in line.items():
                self.assertEqual(row[key], "" if value is None else str(value) if isinstance(value, str) else row[key])
                if isinstance(value, (int, float)):
                    self.assertEqual(float(row[key]), value)
        self.assertEqual([line["area"] for line in lines_of(city(), "--against", path, "--by", "all")], ["all areas"] * 2)

    def test_areas_are_matched_by_code_name_or_word(self):
        _, dates, _ = by_borough(city(), "infections")
        path = self.observed([(dates[0], area, 1) for area in ("BX", "Queens", "NYC", "Kings")])
        refused = throng("score", city(), "--against", path, "--map", "cases=infections", check=65).stderr
        self.assertIn("area 'Kings' is no borough of the run (it has Bronx, Brooklyn", refused)
        lines = lines_of(city(), "--against", path, "--map", "cases=infections", "--area", "Kings=Brooklyn")
        self.assertEqual([line["area"] for line in lines], ["Bronx", "Queens", "total", "Brooklyn", "all areas"])

    def test_what_cannot_be_scored_is_refused(self):
        _, dates, _ = by_borough(city(), "infections")
        good = self.observed([(dates[0], 1)], "date,cases")
        for arguments, words in (
                ((city(), "--against", good), "no column is called as a series of the run"),
                ((city(), "--against", good, "--map", "cases=infection"), "Did you mean 'infections'?"),
                ((city(), "--against", good, "--map", "case=infections"), "Did you mean 'cases'?"),
                ((city(), "--against", good, "--map", "cases"), "maps nothing"),
                ((city(), "--against", good, "--map", "cases=infections", "--from", "2020-04-01"), "in common with the run"),
                ((city(), "--against", self.folder / "absent.csv", "--map", "a=infections"), "cannot be read"),
                ((Made.meadow(), "--against", good), "has steps without dates"),
                ((city(), "--against", self.observed([("2020-02-30", "x")], "date,cases", "bad.csv"), "--map",
                  "cases=infections"), "2 mistakes"),
                ((self.folder, "--against", good), "is no run and holds none")):
            with self.subTest(words):
                self.assertIn(words, throng("score", *arguments, check=65).stderr)
        both = throng("score", city(), "--against", good, "--map", "x=a,y", check=65).stderr
        self.assertIn("2 mistakes", both)
        for path in (city() / "results.h5", good):
            throng("score", city(), "--against", good, "--map", "cases=infections", "--csv", path, check=73)
        self.assertEqual(good.read_text(), f"date,cases\n{dates[0]},1\n")

    @unittest.skipUnless(SHARED.exists(), f"SKIPPED: {SHARED} is not there. The shared observations were NOT scored.")
    def test_the_shared_observations_are_scored(self):
        packed = SHARED / "nyc_daily_train_BK_MN_to_2020-08-31.csv.gz"
        lines = lines_of(city(), "--against", packed, "--map", "hospitalised=admissions,deaths=deaths")
        with gzip.open(packed, "rt") as file:
            rows = [row for row in csv.DictReader(file) if row["area"] == "BK" and "2020-03-01" <= row["date"] <= "2020-05-10"]
        brooklyn = next(line for line in lines if line["area"] == "Brooklyn" and line["observed"] == "hospitalised")
        values, dates, labels = by_borough(city(), "admissions")
        self.assertEqual((len(lines), brooklyn["joined"], len(rows), len(dates)), (6, 71, 71, 71))
        self.assertAlmostEqual(brooklyn["observed_mean"], np.mean([float(row["hospitalised"]) for row in rows]))
        errors = [100 * values[:, k, labels.index("Brooklyn")].mean() - float(row["hospitalised"])
                  for k, row in enumerate(rows)]
        self.assertAlmostEqual(brooklyn["rmse"], math.sqrt(np.mean(np.square(errors))))


if __name__ == "__main__":
    command.main()
