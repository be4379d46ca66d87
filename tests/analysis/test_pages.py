"""What the pages of the Python package say runs: its snippets, in order, and the example in Python.

usage: test_pages.py THRONG MPIEXEC [arguments of unittest]
"""
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import unittest

import runs  # before all else: it finds the package

import command

PAGES = ["tools/docs/pages/start.md", "tools/python/README.md", "io/README.md"]


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = runs.folder("pages")
        (cls.place / "runs").mkdir(parents=True)
        (cls.place / "scenarios").symlink_to(runs.SOURCE / "scenarios")
        command.run(runs.FIRST, cls.place / "runs/first_run")

    def test_snippets_run(self):
        before = os.getcwd()
        os.chdir(self.place)
        import matplotlib
        matplotlib.use("Agg")
        try:
            count = 0
            for page in PAGES:
                text = (runs.SOURCE / page).read_text(encoding="utf-8")
                for snippet in re.findall(r"```python\n(.*?)```", text, re.S):
                    if "decision_asked" in snippet:  # of a run with decisions
                        snippet = snippet.replace("runs/first_run", str(runs.city()))
                    with self.subTest(page=page, snippet=snippet.splitlines()[0]), contextlib.redirect_stderr(io.StringIO()):
                        exec(compile(snippet, page, "exec"), {"__name__": "snippet"})
                        count += 1
            self.assertGreater(count, 3)
        finally:
            os.chdir(before)

    def test_the_site_is_made_of_all_pages_and_every_link_leads_somewhere(self):
        try:
            import mkdocs  # noqa: F401
        except ImportError:
            self.skipTest("mkdocs is absent: the documentation site was NOT made")
        into = runs.folder("docs")
        done = subprocess.run([sys.executable, runs.SOURCE / "tools/docs/make.py", "--throng", command.THRONG, "--into", into],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)  # --strict: no link leads nowhere
        described = json.loads(command.throng("describe", "--json", check=0).stdout)
        for page, key in (("parameters", "parameters"), ("columns", "columns"), ("behaviors", "behaviors")):
            html = (into / f"site/reference/{page}.html").read_text(encoding="utf-8")
            for one in described[key]:
                self.assertIn(one["name"], html)
        self.assertIn("five minutes", (into / "site/index.html").read_text(encoding="utf-8"))

    def test_the_example_draws_new_york_with_and_without_pause(self):
        script = runs.SOURCE / "examples/pause/pause.py"
        self.assertLessEqual(len(script.read_text().splitlines()), 17)  # fifteen without what it is
        out = runs.folder("pause")
        done = subprocess.run([sys.executable, script, out, "0.01"], cwd=runs.SOURCE, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(runs.SOURCE / "tools/python")})
        self.assertEqual(done.returncode, 0, done.stderr)
        infections = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) infections", done.stdout)]
        self.assertGreater(infections[1], infections[0])
        svg = (out / "pause.svg").read_text()
        for words in ("no PAUSE", "infections", "deaths", "hospital beds", "unemployed"):
            self.assertIn(f">{words}<", svg)


if __name__ == "__main__":
    runs.main()
