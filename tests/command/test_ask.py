"""throng ask: what a decision would ask of a language model, told without asking."""
import json
import re
import subprocess
import sys
import unittest

import command
from command import SOURCE, throng

FAULT_SERVER = SOURCE / "tests/decisions/fault_server.py"
NEW_YORK = SOURCE / "scenarios/nyc/nyc_2020_archetypes.toml"
# Small, and with bands of the test's own.
SMALL = ("--set", "population.scale=0.01", "--set", "decision.stay_home.bands.age=[0, 18, 65]",
         "--set", "decision.stay_home.bands.reported_cases=[0, 50]")


class Asked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plan = json.loads(throng("ask", NEW_YORK, "--dry-run", "--json", "--show", 4, *SMALL,
                                     "--set", "decision.stay_home.http.model=some-model", check=0).stdout)["decisions"][0]

    def test_the_bound_is_of_labels_and_people(self):
        plan = self.plan
        self.assertEqual(plan["archetypes"], 3 * 3 * 5 * 5)  # age, sex, borough, income
        self.assertEqual(plan["lattice_points"], 2 * 5 * 3)  # cases, trend, order
        self.assertTrue(0 < plan["archetypes_with_people"] <= plan["archetypes"])
        self.assertEqual(plan["most_questions_by_features"], 225 * 30)
        self.assertEqual(plan["most_questions"], plan["archetypes_with_people"] * 30)
        self.assertEqual(plan["most_questions_of_run"], plan["archetypes_with_people"] * min(30, plan["epochs"]))
        self.assertEqual(plan["most_requests"], 2 * plan["most_questions_of_run"])
        self.assertEqual(plan["estimated_cost"], 0)

    def test_prices_give_a_cost(self):
        prices = ("--set", "decision.stay_home.http.prompt_price=2.5", "--set",
                  "decision.stay_home.http.completion_price=10")
        plan = json.loads(throng("ask", NEW_YORK, "--dry-run", "--json", *SMALL, *prices, check=0).stdout)["decisions"][0]
        of_one = 2.5 * plan["estimated_tokens_of_question"] + 10 * plan["estimated_tokens_of_answer"]
        self.assertAlmostEqual(plan["estimated_cost"], plan["most_requests"] * of_one / 1e6, places=9)
        self.assertGreater(plan["estimated_cost_with_longest_answers"], plan["estimated_cost"])

    def test_questions_are_shown_as_they_would_be_sent(self):
        questions = self.plan["questions"]
        self.assertEqual(len(questions), 8)
        self.assertEqual([q["option_order"] for q in questions], [0, 1] * 4)
        self.assertEqual(len({q["key"] for q in questions}), 8)
        for question in questions:
            self.assertIn(json.dumps(question["features"], ensure_ascii=False), question["user"])
            self.assertNotIn("{{", question["user"] + question["system"])

    def test_archetypes_without_people_are_not_shown(self):
        # The tables know two sexes: of the third nobody would be asked.
        plan = json.loads(throng("ask", NEW_YORK, "--dry-run", "--json", "--show", 500, *SMALL, check=0).stdout)["decisions"][0]
        shown = {tuple(q["features"][f] for f in ("age", "sex", "borough", "income")) for q in plan["questions"]}
        self.assertEqual({sex for _, sex, *_ in shown}, {"female", "male"})
        self.assertLessEqual(len(shown), plan["archetypes_with_people"])
        self.assertGreater(len(shown), 100)

    def test_it_is_told_in_lines(self):
        text = throng("ask", NEW_YORK, "--dry-run", "--show", 1, *SMALL, check=0).stdout
        self.assertIn("stay_home, asked of a model that is not named as", text)
        self.assertRegex(text, r"archetypes +225   age 3 x sex 3 x borough 5 x income 5\n")
        self.assertRegex(text, r"lattice points +30   reported_cases 2 x trend 5 x order_in_force 3\n")
        self.assertIn("==== question 1: age 0-17, ", text)
        self.assertNotIn("key ", text)

    def test_a_server_is_found_out(self):
        with subprocess.Popen([sys.executable, FAULT_SERVER, "--stop-with-stdin"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as server:
            port = re.search(r"\d+", server.stdout.readline()).group()
            there = ("--set", "decision.stay_home.http.model=some-model", "--set",
                     f"decision.stay_home.http.url=http://127.0.0.1:{port}/v1")
            found = json.loads(throng("ask", NEW_YORK, "--probe", *there, check=0).stdout)
            server.stdin.close()
        self.assertEqual(found["dialect"], "openai")
        self.assertGreater(len(found["steps"]), 1)
        # The same when the server is gone.
        gone = json.loads(throng("ask", NEW_YORK, "--probe", *there, check=69).stdout)
        self.assertEqual(gone["dialect"], "")

    def test_all_decisions_of_a_scenario_are_told(self):
        full = SOURCE / "scenarios/nyc/nyc_2020_full.toml"
        told = json.loads(throng("ask", full, "--dry-run", "--json", "--set", "population.scale=0.01",
                                 "--set", "decision.works.http.prompt_price=2", check=0).stdout)
        self.assertEqual([plan["decision"] for plan in told["decisions"]], ["stay_home", "works"])
        for total in ("most_requests", "estimated_tokens", "estimated_cost"):
            self.assertEqual(told[total], sum(plan[total] for plan in told["decisions"]))
        self.assertGreater(told["estimated_cost"], 0)
        text = throng("ask", full, "--dry-run", "--decision", "works", "--show", 1, "--set", "population.scale=0.01",
                      check=0).stdout
        self.assertTrue(text.startswith("works, asked of"))
        self.assertNotIn("stay_home,", text)
        said = throng("ask", full, "--dry-run", "--decision", "moves", "--set", "population.scale=0.01",
                      check=65).stderr
        self.assertIn("there is no decision 'moves' (there is stay_home, works)", said)
        self.assertIn("--decision NAME", throng("ask", full, "--probe", check=65).stderr)
        played = throng("ask", SOURCE / "scenarios/classics/played_games/played_games.toml", "--dry-run", check=0)
        self.assertRegex(played.stdout, r"with people +40\n")

    def test_what_cannot_be_asked_is_refused(self):
        said = throng("ask", SOURCE / "scenarios/first_run/first_run.toml", "--dry-run", check=65).stderr
        self.assertIn("nothing in it is decided by archetypes", said)
        said = throng("ask", SOURCE / "scenarios/classics/life/life.toml", "--dry-run", check=65).stderr
        self.assertIn("nothing in it is decided by archetypes", said)
        self.assertIn("Give one of them", throng("ask", NEW_YORK, check=65).stderr)
        said = throng("ask", NEW_YORK, "--dry-run", *SMALL, "--set", "decision.stay_home.template=none.toml",
                      check=65).stderr
        self.assertIn("none.toml", said)


if __name__ == "__main__":
    command.main()
