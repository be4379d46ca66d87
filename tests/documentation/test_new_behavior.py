"""The example of a new behavior: a project outside of the tree, built against the installed package,
prints what its page quotes, on one rank as on two and three, and is as short as the page says.

usage: test_new_behavior.py PREFIX WORK_FOLDER COMPILER MPIEXEC [--update]
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

import pages

FOLDER = "examples/new_behavior"
PREFIX = WORK = COMPILER = MPIEXEC = None


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, cwd=WORK)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def build():
    """Copies the example away from the tree and builds it there."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(os.path.join(pages.ROOT, FOLDER), os.path.join(WORK, "project"))
    run("cmake", "-S", "project", "-B", "build", f"-DCMAKE_PREFIX_PATH={PREFIX}",
        f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", "build")


def on_ranks(ranks, *changes):
    return run(MPIEXEC, "--bind-to", "none", "-n", str(ranks), "build/word_of_mouth", "build/town.toml", *changes)


class NewBehavior(unittest.TestCase):
    def test_the_behavior_is_under_80_lines(self):
        self.assertLess(len(pages.read(FOLDER + "/word_of_mouth.h").splitlines()), 80)

    def test_it_prints_what_its_page_quotes_on_any_number_of_ranks(self):
        [(page, _, block)] = pages.quotes("word_of_mouth town.toml")
        on_page = pages.lasting(block.search(pages.read(page))[2])

        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                self.assertEqual(pages.lasting(on_ranks(ranks)), on_page)

    def test_nobody_willing_leaves_the_epidemic_alone(self):
        """Its chance is its own: the epidemic has the luck it has without it."""
        def infections(text):
            return int(text.splitlines()[-1].split()[0])

        shipped = os.path.join(PREFIX, "share/throng/scenarios/first_run/first_run.toml")
        summary = run(os.path.join(PREFIX, "bin/throng"), "run", shipped, "--out", os.path.join(WORK, "alone"))
        alone = int(re.search(r"^infections +([\d,]+)", summary, re.M)[1].replace(",", ""))

        unwilling, willing = on_ranks(1, "word.willing=0"), on_ranks(1)

        self.assertEqual(infections(unwilling), alone)
        self.assertLess(infections(willing), alone)

    def test_a_mistake_in_its_section_is_found(self):
        with self.assertRaisesRegex(AssertionError, "word has no parameter 'wiling'.*Did you mean 'willing'"):
            on_ranks(1, "word.wiling=0")


if __name__ == "__main__":
    PREFIX, WORK, COMPILER, MPIEXEC = sys.argv[1:5]
    build()
    if "--update" in sys.argv:
        pages.update("word_of_mouth town.toml", on_ranks(1))
    else:
        unittest.main(argv=sys.argv[:1], verbosity=2)
