"""Same bits on any ranks, threads and partition, and in any order of rows and messages.

usage: test_independence.py THRONG MPIEXEC [CLASS]

Every dataset of results.h5 is compared: series, the hash of every step, the transmission log and
snapshots, against the plainest run: one rank, one thread, by geography, nothing shuffled.
"""
import itertools
import os
import unittest

import command
from command import HERE, arrays, differences, run


def thinned(every):
    """Checked builds run every phase twice: a third of the combinations has to do."""
    release = os.environ.get("THRONG_TEST_BUILD", "Release") == "Release"
    return every if release else max(every, 3)


class Matrix(command.Folder):
    def compare(self, scenario, *arguments, every=1):
        """All combinations, or one of `every` of them, spread so that each value of each axis meets others."""
        run(scenario, self.folder / "reference", *arguments)
        expected = arrays(self.folder / "reference")
        infections = int(expected["series/infections"].sum())
        self.assertGreater(infections, 100, "an epidemic so small would hide differences")
        self.assertEqual(infections, len(expected["events/transmission/target"]))
        axes = itertools.product((1, 2, 3, 4), (1, 2), ("geography", "scatter"), (False, True))
        for number, (ranks, threads, partition, shuffled) in enumerate(axes):
            # Numbers 0, 3, 6, ... visit every value of every axis together with every other.
            if number % thinned(every) != 0:
                continue
            with self.subTest(ranks=ranks, threads=threads, partition=partition, shuffled=shuffled):
                out = self.folder / f"run{number}"
                orders = ("--shuffle-rows", 1 + number, "--shuffle-messages", 77 + number) if shuffled else ()
                line = run(scenario, out, "--set", f"partition.kind={partition}", *orders, *arguments,
                           ranks=ranks, threads=threads)
                self.assertEqual((line["ranks"], line["threads"]), (ranks, threads))
                self.assertEqual(differences(expected, arrays(out)), [])

    def test_another_seed_gives_other_bits(self):
        # Or else the comparison would compare nothing.
        scenario = HERE / "town.toml"
        run(scenario, self.folder / "a", "--steps", 40)
        run(scenario, self.folder / "b", "--steps", 40, "--seed", 8)

        wrong = differences(arrays(self.folder / "a"), arrays(self.folder / "b"))

        self.assertIn("tables/content_hash/hash", wrong)
        self.assertIn("series/infections", wrong)


class NewYork(Matrix):
    def test_a_small_new_york_with_everything_on(self):
        self.compare(HERE / "new_york.toml")


class Work(Matrix):
    def test_a_small_new_york_that_works(self):
        self.compare(HERE / "work.toml", every=3)
        results = arrays(self.folder / "reference")
        for name in ("hires", "recalls", "temporary_layoffs", "initial_claims", "not_searching"):
            self.assertGreater(int(results[f"series/{name}"].sum()), 100, name)


class Town(Matrix):
    def test_a_town(self):
        self.compare(HERE / "town.toml", every=3)


class OwnNetwork(Matrix):
    def test_a_network_of_ones_own(self):
        self.compare(command.own_network(self.folder), every=3)


@unittest.skipUnless(os.environ.get("THRONG_TEST_FULL"), "8.3 million people: tools/check --all")
class FullNewYork(Matrix):
    def test_all_of_new_york(self):
        self.compare(HERE / "new_york.toml", "--set", "population.scale=1", "--set", "output.snapshots=[]", every=5)


if __name__ == "__main__":
    command.main()
