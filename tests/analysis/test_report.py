"""Reports, figures and the live view: what is in them, and how a browser shows it.

usage: test_report.py THRONG MPIEXEC [arguments of unittest]
"""
import json
import os
import re
import subprocess
import sys
import time
import unittest
from html.parser import HTMLParser
from pathlib import Path

import runs  # before all else: it finds the package

import command
import numpy as np
import throng
import throng.plot
from browser import Browser, chromium
from throng import report, watch

PAGE_BYTES, PAGE_SECONDS = 8_000_000, 3.0


class Page(HTMLParser):
    """Titles, links, tables and charts of a report."""

    def __init__(self, text):
        super().__init__()
        self.outside, self.titles, self.cells, self.charts, self._in = [], [], [], 0, ""
        library = re.compile(r"<script>.*?</script>", re.S)
        self.data = json.loads(re.search(r'id="charts">(.*?)</script>', text, re.S)[1])
        self.feed(library.sub("", text))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._in = tag
        self.outside += [value for key, value in given.items() if key in ("src", "href") and not value.startswith(("#", "data:"))]
        self.charts += given.get("class") == "chart"

    def handle_data(self, data):
        if self._in in ("h1", "h2", "h3"):
            self.titles.append(data)
        elif self._in in ("td", "dd"):
            self.cells.append(data)

    def handle_endtag(self, _):
        self._in = ""


def written(source, name):
    path = report.write(source, runs.folder(name))
    return path, Page(path.read_text(encoding="utf-8"))


def report_of(name):
    """The report of a run of runs.py by its name."""
    return written(throng.open(getattr(runs, name)()), name + ".html")


class Reports(unittest.TestCase):
    def check(self, path, page):
        """What every report is."""
        self.assertLess(path.stat().st_size, PAGE_BYTES)
        self.assertEqual(page.outside, [])
        self.assertEqual(page.charts, len(page.data))
        import plotly.graph_objects as plotly
        for chart in page.data:
            plotly.Figure(chart)  # raises where an attribute does not exist
            self.assertTrue(chart["data"])
            for trace in chart["data"]:
                self.assertTrue(any(value is not None for value in trace["y"]), trace.get("name"))

    def test_the_full_city_has_every_chapter(self):
        path, page = report_of("city")
        self.check(path, page)
        for title in ("Epidemic", "Infections by borough", "Infections by age", "Neighborhoods", "Reproduction", "Hospitals",
                      "Work and income", "Unemployment rate", "What people are paid", "Decisions: stay home",
                      "Where the numbers came from", "What the scenario changes", "Speed", "Provenance"):
            self.assertIn(title, page.titles)
        text = path.read_text(encoding="utf-8")
        self.assertEqual(len(re.findall(r"<path d=", text)), 2 * 262)
        run = throng.open(runs.city())
        self.assertIn(f"{int(run.total('infections').sum()):,}", page.cells)
        self.assertIn("population.scale", page.cells)
        self.assertIn(run.summary["content_hash"], page.cells)

    def test_numbers_of_a_chart_are_those_of_the_run(self):
        _, page = report_of("town")
        curve = next(trace for trace in page.data[0]["data"] if trace["name"] == "infections")
        self.assertEqual(curve["x0"], "2020-01-01")
        self.assertEqual(curve["y"], throng.open(runs.town()).total("infections").values.tolist())

    def test_seeds_become_bands(self):
        path, page = report_of("seeds")
        self.check(path, page)
        values = throng.open(runs.seeds()).total("infections").values
        traces = page.data[0]["data"]
        for trace, q in zip(traces[:5], (0.025, 0.975, 0.25, 0.75, 0.5)):
            np.testing.assert_allclose(trace["y"], np.quantile(values, q, axis=0), rtol=1e-4)

    def test_a_run_without_deaths_decisions_or_work_has_a_report(self):
        sir = runs.made("sir", runs.FIRST, "--set", "run.steps=30", "--set", "epidemic.seed=[{count = 0}]")
        life = runs.made("small_life", runs.SOURCE / "scenarios/classics/life/life.toml", "--set", "run.steps=30", "--set",
                         "output.snapshot_steps=[]")
        work = runs.made("work", runs.SOURCE / "scenarios/labor/labor.toml")
        for run, has, has_not in ((sir, "Epidemic", "Hospitals"), (life, "Series", "Epidemic"),
                                  (work, "Work and income", "Hospitals")):
            with self.subTest(run=run.name):
                path, page = written(throng.open(run), run.name + ".html")
                self.assertEqual(page.outside, [])
                self.assertIn(has, page.titles)
                self.assertIn("Provenance", page.titles)
                self.assertNotIn(has_not, page.titles)
                self.assertGreater(page.charts, 0)

    def test_a_sweep_and_a_comparison_have_reports(self):
        path, page = written(throng.Sweep(runs.sweep()), "sweep.html")
        self.check(path, page)
        self.assertIn("attack rate by epidemic.r0", page.titles)
        path, page = written([throng.open(runs.seeds()), throng.open(runs.fewer())], "compared.html")
        self.check(path, page)
        self.assertIn("Difference in infections", page.titles)
        found = throng.compare(runs.seeds(), runs.fewer(), series=["infections"])
        total = found[(found["measure"] == "sum") & (found["group"] == "total")].iloc[0]
        self.assertIn(f"{round(total['difference']):,}", page.cells)

    def test_a_city_at_work_is_compared_in_all_its_series(self):
        path, page = written([throng.open(runs.city()), throng.open(runs.city_without_orders())], "orders.html")
        self.check(path, page)
        self.assertIn("Difference in unemployed", page.titles)
        self.assertIn("unemployment rate [%]", page.cells)
        found = throng.compare(runs.city(), runs.city_without_orders())
        apart = found[found["series"] == "money_spending_index"]  # a mean of nobody knows how many
        self.assertNotIn("total", set(apart["group"]))
        self.assertGreater(apart["group"].nunique(), 1)

    def test_text_from_files_is_text(self):
        path = report.write(throng.open(runs.town()), runs.folder("text.html"), title="<script>alert(1)</script> & more")
        text = path.read_text(encoding="utf-8")
        self.assertNotIn("<script>alert", text)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", text)

    def test_changes_are_those_of_the_file_and_the_command_line(self):
        mine = runs.folder("mine.toml")
        mine.write_text(f'base = "{runs.FIRST}"\ntitle = "mine"\n[run]\nsteps = 40\n[epidemic]\nr0 = 2.0\n')
        run = throng.open(runs.made("mine", mine, "--set", "epidemic.r0=1.5"))
        from throng.changes import changes_of
        rows, note = changes_of(run)
        self.assertEqual(note, "")
        self.assertEqual(rows, [("run.steps", "120", "40"), ("epidemic.r0", "2.0", "1.5 (command line)")])

    def test_the_command_makes_it(self):
        out = runs.folder("by_command.html")
        done = command.throng("report", runs.town(), "-o", out, env={**os.environ, "THRONG_PYTHON": sys.executable}, check=0)
        self.assertIn("opens in any browser", done.stdout)
        self.assertIn("Provenance", Page(out.read_text(encoding="utf-8")).titles)
        for run, code, words in ((runs.folder("nowhere"), 65, "is not there"), (runs.folder(), 65, "is no run directory")):
            done = command.throng("report", run, "-o", out, env={**os.environ, "THRONG_PYTHON": sys.executable})
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr)
        done = command.throng("report", runs.town(), "-o", out, env={**os.environ, "THRONG_PYTHON": "/bin/false"})
        self.assertEqual(done.returncode, 69)
        self.assertRegex(done.stderr, r"cannot import it or what it needs\)\. Make its environment with 'tools/setup analysis'")


@unittest.skipIf(chromium() is None, "there is no Chromium: reports were NOT opened in a browser (package chromium)")
class Shown(unittest.TestCase):
    WIDTHS = ((1280, 900, False), (390, 844, True))

    def test_a_browser_draws_every_chart_without_complaint(self):
        pages = {name: report_of(name)[0] for name in ("city", "seeds")}
        pages["compared"] = written([throng.open(runs.seeds()), throng.open(runs.fewer())], "shown.html")[0]
        kept = Path(os.environ.get("THRONG_SCREENSHOTS", runs.folder()))
        with Browser() as browser:
            for name, path in pages.items():
                for width, height, phone in self.WIDTHS:
                    with self.subTest(page=name, width=width):
                        browser.size(width, height, phone)
                        before = browser.cpu_seconds()
                        seconds = browser.open(path, "window.throngReport && window.throngReport.seen")
                        busy = browser.cpu_seconds() - before
                        print(f"{name} at {width}: open in {seconds:.2f} s, {busy:.2f} s of CPU")
                        drawn = browser.value("window.throngReport.all()")
                        self.look(browser, path, drawn, width)
                        self.assertLess(busy, 2 * PAGE_SECONDS)  # of all processes on two cores, whatever runs beside
                        browser.size(width, browser.value("document.documentElement.scrollHeight"), phone)
                        time.sleep(0.3)
                        browser.picture(kept / f"{name}_{width}.png")

    def test_the_whole_city_opens_at_once(self):
        run = runs.made("whole_city", runs.FULL, "--set", "output.snapshots=[2020-04-29]")
        path = written(throng.open(run), "whole_city.html")[0]
        self.assertLess(path.stat().st_size, PAGE_BYTES)
        kept = Path(os.environ.get("THRONG_SCREENSHOTS", runs.folder()))
        with Browser() as browser:
            for width, height, phone in self.WIDTHS:
                browser.size(width, height, phone)
                # Of five, the fastest: what runs beside it has no part in that.
                seconds = [browser.open(path, "window.throngReport && window.throngReport.seen") for _ in range(5)]
                print(f"8.3 million people at {width}: {path.stat().st_size / 1e6:.1f} MB, open in {min(seconds):.2f} s")
                self.assertLess(min(seconds), PAGE_SECONDS)
                self.look(browser, path, browser.value("window.throngReport.all()"), width)
                buttons = browser.value("[...document.querySelectorAll('.modebar-btn')].map(e => e.dataset.title)")
                self.assertFalse([name for name in buttons if re.search("cloud|studio|edit|upload|link", name, re.I)])
                browser.picture(kept / f"whole_city_{width}.png")

    def look(self, browser, path, drawn, width):
        self.assertEqual((drawn["failed"], drawn["drawn"]), ([], drawn["charts"]))
        self.assertEqual(browser.complaints, [])
        self.assertEqual([url for url in browser.requests if not url.startswith(("data:", "blob:"))],
                         ["file://" + str(path.resolve())])
        self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), width)  # nothing to scroll sideways
        boxes = browser.value("""[...document.querySelectorAll('.chart')].map(e => [e.clientWidth, e.clientHeight,
            e.querySelectorAll('.main-svg .scatterlayer .trace, .main-svg .barlayer .trace').length])""")
        for box in boxes:
            self.assertGreater(box[0], 0.55 * min(width, 640))
            self.assertGreater(box[1], 200)
            self.assertGreater(box[2], 0)  # curves or bars are there, not only axes


class Plots(unittest.TestCase):
    def test_figures_are_written_in_every_format_and_again_the_same(self):
        city, seeds = throng.open(runs.city()), throng.open(runs.seeds())
        figures = {
            "curves": lambda: throng.plot.curves([seeds, throng.open(runs.fewer())], ["infections", "deaths"], ["a", "b"]),
            "groups": lambda: throng.plot.groups(city, "infections", "age_band"),
            "shares": lambda: throng.plot.shares(city, "unemployment_rate"),
            "map": lambda: throng.plot.neighborhood_map(city, "unemployment_rate"),
            "sweep": lambda: throng.plot.sweep(throng.Sweep(runs.sweep())),
        }
        starts = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
        for name, make in figures.items():
            for ending, start in starts.items():
                files = [runs.folder(f"{name}{k}.{ending}") for k in (0, 1)]
                for file in files:
                    throng.plot.save(make(), file)
                self.assertTrue(files[0].read_bytes().startswith(start), ending)
                self.assertEqual(files[0].read_bytes(), files[1].read_bytes(), f"{name}.{ending}")
        with self.assertRaisesRegex(throng.InputError, "ends neither in"):
            throng.plot.save(figures["sweep"](), "figure.gif")

    def test_a_curve_is_the_runs(self):
        figure = throng.plot.curves(throng.open(runs.town()), "infections", mean_of_week=False)
        line = figure.axes[0].lines[0]
        np.testing.assert_array_equal(line.get_ydata(), throng.open(runs.town()).total("infections").values)
        with self.assertRaisesRegex(throng.InputError, "1 labels for 2 runs"):
            throng.plot.curves([throng.open(runs.town())] * 2, labels=["one"])

    def test_colors_are_told_apart_without_color(self):
        from throng import colors

        def lightness(color):  # relative luminance of sRGB, as WCAG has it
            parts = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
            linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        scale = [lightness(color) for color in colors.levels_of_map()]
        self.assertEqual(scale, sorted(scale))
        self.assertEqual(len(set(colors.KINDS)), 8)


class Watched(unittest.TestCase):
    def test_it_follows_a_run_to_its_end(self):
        out = runs.folder("watched")
        program = [command.THRONG, "run", str(runs.FULL), "--out", str(out), "--set", "population.scale=0.05", "--quiet",
                   "--set", "checkpoint.every_steps=20"]
        seen = []
        with subprocess.Popen(program) as process:
            while process.poll() is None:
                if (out / "run.json").exists():
                    view = watch.Watcher(out).look()
                    seen.append(view)
                    watch.page(view)
                time.sleep(0.05)
        self.assertEqual(process.returncode, 0)
        steps = [view.done for view in seen]
        self.assertEqual(steps, sorted(steps))
        half = next(view for view in seen if 100 <= view.done < 365)
        self.assertEqual((half.status, half.steps, half.alive, half.people), ("running", 365, True, 416_841))
        self.assertGreater(half.seconds_left, 0)
        title, curve = half.curves[0]
        self.assertEqual(title, "Infections of the day")
        engine = throng.open(out).total("infections").values
        np.testing.assert_array_equal(curve, engine[:half.done + 1])
        title, curve = half.curves[2]
        np.testing.assert_array_equal(curve, throng.open(out).total("unemployed").values[:half.done + 1])
        last = watch.Watcher(out).look()
        self.assertTrue(last.over)

    def test_it_only_reads(self):
        out = runs.made("kept", runs.FIRST, "--set", "checkpoint.every_steps=20", "--set", "run.steps=60")
        before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
        done = command.throng("watch", "--once", out, env={**os.environ, "THRONG_PYTHON": sys.executable}, check=0)
        self.assertIn("100 %", done.stdout)
        self.assertEqual({path: path.stat().st_mtime_ns for path in out.rglob("*")}, before)

    def test_a_killed_run_says_so_and_a_damaged_segment_is_left_out(self):
        out = runs.folder("dead")
        command.throng("run", runs.FIRST, "--out", out, "--quiet", "--set", "checkpoint.every_steps=20", "--set", "run.steps=80",
                       check=0)
        record = json.loads((out / "run.json").read_text())
        (out / "run.json").write_text(json.dumps({**record, "status": "running"}))
        files = watch.segments(out / "segments")
        if not files:
            self.skipTest("a run that is over keeps no segments")
        view = watch.Watcher(out).look()
        self.assertFalse(view.alive)
        self.assertIn("throng resume", watch.page(view, 200)[0])
        name = "epidemic/infections_by_layer"
        whole = watch.recorded(map(watch.read_segment, files), name)
        files[-1].write_bytes(files[-1].read_bytes()[:-5])
        less = watch.recorded(map(watch.read_segment, files), name)
        np.testing.assert_array_equal(less, whole[:len(less)])
        self.assertLess(len(less), len(whole))

    def test_curves_in_characters_are_as_high_as_they_should(self):
        self.assertEqual(watch.curve(np.array([0, 4, 8, 16]), 4, 2), ["   █", " ▄██"])
        self.assertEqual(watch.curve(np.zeros(3), 3, 1), ["   "])
        self.assertEqual(len(watch.curve(np.arange(365), 60, 5)[0]), 60)

    def test_what_is_no_run_is_said(self):
        with self.assertRaisesRegex(throng.InputError, "is no run directory"):
            watch.Watcher(runs.folder())


if __name__ == "__main__":
    runs.main()
