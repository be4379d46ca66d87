"""`throng bench` on a hundredth of New York writes every figure, each with its unit and target.

Arguments: the program.
"""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

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
    "flocking_over_by_hand": ("1", "<= 2"),
    "turnover_share": ("1", "<= 0.2"),
    "turnover_share_ranks2": ("1", "<= 0.2"),
    "segregation_all_look": ("ns/site", None),
    "segregation_first": ("ns/site", None),
    "segregation_rest": ("ns/site", None),
    "segregation_rest_over_stream": ("1", "<= 1"),
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


PROGRAM = sys.argv.pop(1)
unittest.main()
