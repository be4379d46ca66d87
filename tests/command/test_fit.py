"""Parameters that made an epidemic are found again from what was observed of it.

usage: test_fit.py THRONG MPIEXEC [CLASS]
"""
import csv
import datetime
import json
import subprocess
from pathlib import Path

import command
from command import SOURCE, run, throng
from test_sweep import finished, processes_in, wait_until

TOWN = SOURCE / "scenarios" / "first_run" / "first_run.toml"
TRUE_R0, TRUE_START = 2.6, "2020-01-12"
SEED = 'epidemic.seed=[{count = 12, date = {}}]'
# Everything a report of a case takes is as it was; only how fast and when is not known.
PEOPLE = ["population.town.people=6000", "run.steps=90"]


def observed(folder, areas=False):
    """What was reported of an epidemic, day by day, to a file."""
    out = folder / "truth"
    run(TOWN, out, "--seed", 4711, *(a for text in [*PEOPLE, f"epidemic.r0={TRUE_R0}", SEED.replace("{}", TRUE_START)]
                                     for a in ("--set", text)))
    done = throng("export", out, "--series", "reported_cases", check=0)
    by_day = {}
    for row in csv.DictReader(done.stdout.splitlines()):
        by_day[row["time"]] = by_day.get(row["time"], 0) + int(row["reported_cases"])
    path = folder / "observed.csv"
    header, area = ("date,area,cases,note", "T,") if areas else ("date,cases,note", "")
    command.write(path, header, [f"{day},{area}{cases}," for day, cases in by_day.items()])
    return path


def fit_file(folder, name="fit.toml", **changes):
    """A file with everything a fit needs, but for what is changed: `key = None` leaves it out."""
    said = {"scenario": f'"{TOWN}"', "set": json.dumps(PEOPLE), "seed": "3", "members": "24", "from": "2020-01-06",
            "to": "2020-02-16", "held_out_to": "2020-03-15", **changes}
    text = "".join(f"{key} = {value}\n" for key, value in said.items() if value is not None)
    path = folder / name
    path.write_text(text + f"""
[[parameter]]
name = "r0"
set = "epidemic.r0"
low = 1.6
high = 4.5
scale = "log"

[[parameter]]
name = "start"
set = "{SEED}"
from = 2020-01-02
to = 2020-01-22

[[series]]
file = "observed.csv"
column = "cases"
series = "reported_cases"
sd = 1.0
""")
    return path


def fit(*arguments, check=0):
    """Many runs: where a machine is busy, many minutes."""
    done = subprocess.run([command.THRONG, "fit", *map(str, arguments)], capture_output=True, text=True, timeout=1500)
    if done.returncode != check:
        raise AssertionError(f"{arguments} ended with {done.returncode} instead of {check}:\n{done.stdout}{done.stderr}")
    return done


def outcome(out):
    return json.loads((Path(out) / "fit.json").read_text())


class Recovery(command.Folder):
    def test_r0_and_the_day_it_began_are_found_again(self):
        observed(self.folder)
        out = self.folder / "fit"
        done = fit(fit_file(self.folder), "--out", out)

        found = outcome(out)
        r0, start = found["parameters"]
        print(done.stdout)
        self.assertEqual(found["so_far"], 1)
        self.assertLess(r0["posterior_90"][0], TRUE_R0)
        self.assertGreater(r0["posterior_90"][1], TRUE_R0)
        self.assertLess(r0["posterior_90"][1] - r0["posterior_90"][0], 0.5 * (4.5 - 1.6), "nothing was learned")
        day = datetime.date.fromisoformat
        self.assertLessEqual(day(start["posterior_90"][0]), day(TRUE_START))
        self.assertGreaterEqual(day(start["posterior_90"][1]), day(TRUE_START))
        self.assertLess(day(start["posterior_90"][1]) - day(start["posterior_90"][0]), datetime.timedelta(12))
        # It predicts what it was not shown better than the scenario did.
        series, = found["series"]
        for part in ("fitted", "held_out"):
            self.assertLess(series[part]["rmse"], 0.8 * series[f"scenario_{part}"]["rmse"])
        peak = series["peak"]
        self.assertLessEqual(abs(day(peak["median"]["date"]) - day(peak["observed"]["date"])), datetime.timedelta(7))
        self.assertLess(abs(peak["median"]["height"] / peak["observed"]["height"] - 1), 0.3)

        # What it wrote can be run, says what it changed, and adds up.
        changed = {change["key"]: change["after"] for change in found["changes"]}
        self.assertAlmostEqual(float(changed["epidemic.r0"]), r0["posterior_mean"], places=6)
        self.assertIn(start["posterior_mean"], changed["epidemic.seed"])
        throng("check", out / "fitted.toml", check=0)
        self.assertIn("r0", done.stdout)
        with open(out / "posterior.csv", encoding="utf-8") as file:
            members = list(csv.DictReader(file))
        self.assertEqual(len(members), 24)
        with open(out / "predicted.csv", encoding="utf-8") as file:
            windows = list(csv.DictReader(file))
        with open(self.folder / "observed.csv", encoding="utf-8") as file:
            by_day = {row["date"]: int(row["cases"]) for row in csv.DictReader(file)}
        self.assertEqual([window["fitted"] for window in windows], ["1"] * 6 + ["0"] * 4)
        for window in windows:
            self.assertEqual(float(window["observed"]),
                             sum(n for date, n in by_day.items() if window["from"] <= date <= window["to"]))
            self.assertLess(float(window["q05"]), float(window["q95"]))
        inside = sum(float(w["q05"]) <= float(w["observed"]) <= float(w["q95"]) for w in windows)
        self.assertGreaterEqual(inside, 7)


class Interrupted(command.Folder):
    SMALL = {"members": "6", "held_out_to": None, "to": "2020-02-02"}

    def test_a_killed_fit_goes_on_repeats_nothing_and_ends_with_the_same_numbers(self):
        observed(self.folder)
        file = fit_file(self.folder, **self.SMALL)
        undisturbed, out = self.folder / "undisturbed", self.folder / "fit"
        fit(file, "--out", undisturbed, "--jobs", 1)
        steps = len(outcome(undisturbed)["steps"])
        fitting = subprocess.Popen([command.THRONG, "fit", file, "--out", out, "--jobs", "3", "--quiet"],
                                   stderr=subprocess.DEVNULL)
        wait_until("the second step", lambda: len(list(out.glob("step-02/*/seed-*.json"))) >= 2)

        fitting.kill()
        fitting.wait()
        wait_until("the end of its runs", lambda: not processes_in(out), seconds=60)
        before = finished(out)
        fit(file, "--out", out, "--jobs", 2)

        after = finished(out)
        self.assertEqual({path: after[path] for path in before}, before, "a finished run was run again")
        self.assertGreater(len(after), len(before))
        self.assertEqual(len(after), 6 * steps + 6 + 1)
        for name in ("fit.json", "fit.txt", "predicted.csv", "posterior.csv", "fitted.toml", "state.json"):
            self.assertEqual((out / name).read_text(), (undisturbed / name).read_text(), name)

        # Once more there is nothing to do.
        fit(file, "--out", out)
        self.assertEqual(finished(out), after)

    def test_sigterm_stops_it_with_75(self):
        observed(self.folder)
        file = fit_file(self.folder, **self.SMALL)
        out = self.folder / "fit"
        fitting = subprocess.Popen([command.THRONG, "fit", file, "--out", out, "--quiet"], stderr=subprocess.PIPE, text=True)
        wait_until("a finished run", lambda: finished(out))

        fitting.terminate()
        said = fitting.communicate(timeout=60)[1]

        self.assertEqual(fitting.returncode, 75, said)
        self.assertIn("stopped by SIGTERM", said)
        self.assertEqual(processes_in(out), [])
        self.assertFalse((out / "fit.json").exists())


class Refused(command.Folder):
    def test_mistakes_are_told_all_at_once_and_nothing_is_made(self):
        observed(self.folder)
        out = self.folder / "fit"
        file = fit_file(self.folder, to="2020-01-03", held_out_to="2020-01-02", member="7")
        done = fit(file, "--out", out, check=65)
        self.assertIn("Did you mean 'members'?", done.stderr)
        file = fit_file(self.folder, to="2020-01-03", held_out_to="2020-01-02")
        file.write_text(file.read_text().replace("low = 1.6", "low = -1.6").replace("to = 2020-01-22", "to = 2020-01-01"))
        done = fit(file, "--out", out, check=65)
        for text in ("to is before from", "no day is held out", "it has no logarithm", "a prior has some width"):
            self.assertIn(text.replace("to is before from", "is before from"), done.stderr)
        self.assertFalse(out.exists())

    def test_observed_series_are_checked_before_anything_runs(self):
        path = observed(self.folder)
        text = path.read_text()
        out = self.folder / "fit"
        file = fit_file(self.folder)
        for wrong, said in ((text.replace("2020-01-20,", "2020-01-19,"), "2020-01-19 is there twice"),
                            (text.replace("2020-01-20,", "20 January,"), "'20 January'"),
                            (text.replace("2020-01-20,0", "2020-01-20,none").replace("2020-01-20,1", "2020-01-20,none"),
                             "none"),
                            ("\n".join(line for line in text.splitlines() if not line.startswith("2020-01-20")) + "\n",
                             "has no value of 2020-01-20"),
                            (text.replace("cases", "patients"), "cases")):
            with self.subTest(said):
                path.write_text(wrong)
                self.assertIn(said, fit(file, "--out", out, check=65).stderr)
                self.assertFalse(out.exists())

    def test_a_series_or_an_area_that_results_do_not_have_is_named(self):
        observed(self.folder, areas=True)
        file = fit_file(self.folder, members="4")
        text = file.read_text()
        for name, (change, said) in enumerate((
                (('"reported_cases"', '"reported_case"'), "Did you mean 'reported_cases'?"),
                (('sd = 1.0', 'sd = 1.0\nareas = {T = "Village"}'), "has no 'Village' by borough"))):
            file.write_text(text.replace(*change))
            done = fit(file, "--out", self.folder / f"fit {name}", check=65)
            self.assertIn(said, done.stderr)

    def test_a_changed_design_or_observation_is_refused(self):
        path = observed(self.folder)
        out = self.folder / "fit"
        file = fit_file(self.folder, members="4", to="2020-01-19", held_out_to=None)
        fit(file, "--out", out)
        fit_file(self.folder, members="5", to="2020-01-19", held_out_to=None)
        self.assertIn("members was 4 and is 5", fit(file, "--out", out, check=65).stderr)
        fit_file(self.folder, members="4", to="2020-01-19", held_out_to=None)
        path.write_text(path.read_text() + "2021-01-01,3,\n")
        self.assertIn("observed.csv", fit(file, "--out", out, check=65).stderr)


class Failures(command.Folder):
    def test_members_whose_runs_fail_are_counted_and_the_fit_goes_on(self):
        observed(self.folder)
        out = self.folder / "fit"
        file = fit_file(self.folder, members="12", to="2020-01-26", held_out_to=None)
        # A linear prior reaches values that the scenario refuses.
        file.write_text(file.read_text().replace('scale = "log"', "").replace("low = 1.6", "low = 0.1"))

        done = fit(file, "--out", out)

        found = outcome(out)
        failed = [step["failed_members"] for step in found["steps"]]
        self.assertGreater(failed[0], 0)
        self.assertIn("runs that failed, whose members were drawn anew", done.stdout)
        self.assertIn("out of range", done.stdout)


if __name__ == "__main__":
    command.main()
