"""Archetypes that ask a server of a language model, as a user runs them: what was recorded under faults is replayed
bit by bit, a run that is killed pays for nothing twice, and every failure is told, counted and bounded in time.

usage: test_decisions.py THRONG MPIEXEC [CLASS]

The server is tests/decisions/fault_server.py: it answers by a fixed rule, fails as it is told, and counts.
"""
import csv
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import command
from command import HERE, arrays, differences, h5py, ranks_of, resume, run, throng

FAULT_SERVER = HERE.parent / "decisions" / "fault_server.py"
SCENARIO = HERE / "decisions.toml"
KEY_VARIABLE = "THRONG_TEST_ACCOUNT"
KEY = "sk-Vx7tQ2mZpL9wRk4sNd8c"  # made up
SHORTEST_PIECE = 8                # characters of a key that would give it away


class Server:
    """It ends with the test, whatever becomes of that: its standard input is a pipe."""

    def __init__(self, test, *options):
        self.process = subprocess.Popen([sys.executable, FAULT_SERVER, "--stop-with-stdin", *map(str, options)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self.stop)
        self.port = int(self.process.stdout.readline().split()[1])
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def ask(self, path, told=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                         data=None if told is None else json.dumps(told).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def stats(self):
        return self.ask("/stats")

    def tell(self, **told):
        self.ask("/control", told)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def settings(**more):
    """--set for keys of decision.stay_home; http_ stands for http."""
    found = []
    for name, value in more.items():
        key = name.replace("http_", "http.")
        found += ["--set", f"decision.stay_home.{key}={json.dumps(value)}"]
    return found


def table(out, name):
    """A table of results.h5 as columns: words where there are labels, text for text."""
    columns = {}
    with h5py.File(Path(out) / "results.h5", "r") as file:
        for column, data in file[f"tables/{name}"].items():
            words = {value: label for label, value in (h5py.check_enum_dtype(data.dtype) or {}).items()}
            values = data.asstr()[()] if h5py.check_string_dtype(data.dtype) else data[()]
            columns[column] = [words[v] for v in values] if words else values.tolist()
    return columns


def rows(out, name):
    columns = table(out, name)
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def ledger_lines(out):
    """Attempts in the ledger that a run leaves which ended for want of answers."""
    lines = [json.loads(line) for line in (Path(out) / "ledger.jsonl").read_text().splitlines()]
    return [attempt for line in lines[1:] for attempt in line["attempts"]]


class Decisions(command.Folder):
    def check_no_key(self, out, *texts):
        """No piece of the key in any file of the run, nor in what was printed."""
        pieces = [KEY[i:i + SHORTEST_PIECE].encode() for i in range(len(KEY) - SHORTEST_PIECE + 1)]
        found = [(str(path), path.read_bytes()) for path in Path(out).rglob("*") if path.is_file()]
        found += [("what was printed", text.encode()) for text in texts]
        self.assertTrue(found)
        for name, data in found:
            self.assertFalse([piece for piece in pieces if piece in data], name)


class Replayed(Decisions):
    """Recorded on 2 ranks while the server drops, refuses, babbles and drips."""

    CHAOS = {"hang_up": 0.06, "reset": 0.06, "cut": 0.05, "rate": 0.06, "rate_seconds": 0.06, "server_error": 0.06,
             "html_503": 0.05, "drip": 0.03, "no_json": 0.02, "bad_utf8": 0.02, "prose": 0.02, "wrong_schema": 0.02,
             "truncated": 0.02}
    # Of one archetype nothing can be had: the ladder has to do.
    PLAN = [{"match": "65+ years, male", "faults": ["bad_request"] * 1000}]

    def recorded(self):
        server = Server(self, "--retry-after", 0.2, "--require-key", KEY)
        server.tell(faults=self.CHAOS, plan=self.PLAN)
        out = self.folder / "recorded"
        line = run(SCENARIO, out, *settings(mode="record", fallback=["last", "rule"], max_degraded_share=0.9, http_attempts=8,
                                            http_url=server.url, http_key_variable=KEY_VARIABLE),
                   ranks=2, env=self.environment(**{KEY_VARIABLE: KEY}))
        stats = server.stats()
        self.assertGreaterEqual(len(stats["faults"]), 8, "the server hardly failed")
        self.check_no_key(out, json.dumps(line))
        return out, line, stats

    def test_what_was_recorded_under_chaos_is_replayed_bit_by_bit_without_a_call(self):
        out, line, stats = self.recorded()
        attempts = rows(out, "decision_attempts")
        live = [a for a in attempts if a["from"] == "live"]  # the others met a question of an earlier epoch again
        outcomes = Counter(a["outcome"] for a in live)
        self.assertGreaterEqual(len(live), stats["requests"], "attempts that the ledger does not know")
        # A connection may break before the server has read what came through it.
        self.assertLessEqual(len(live) - stats["requests"], min(3, outcomes["retry"]), "attempts made up")
        self.assertEqual(line["calls"], len(live))
        self.assertEqual(stats["billed_twice"], 0)
        self.assertGreater(outcomes["retry"], 0)
        self.assertGreater(outcomes["invalid"], 0)
        self.assertGreater(outcomes["request"], 0)
        rungs = Counter(d["rung"] for d in rows(out, "decisions"))
        self.assertLessEqual({"live", "rule"}, set(rungs))  # what never came has no last value
        self.assertGreater(line["degraded_share"], 0)

        witness = Server(self)  # nobody is to call it
        replay = settings(provider="cassette", cassette=str(out / "results.h5"), fallback=["last", "rule"],
                          max_degraded_share=0.9, http_url=witness.url)
        for ranks in (1, 2, 3, 4):
            with self.subTest(ranks=ranks):
                again = self.folder / f"replayed on {ranks}"

                told = run(SCENARIO, again, *replay, ranks=ranks)

                self.assertEqual(told["content_hash"], line["content_hash"])
                self.assertEqual(told["calls"], 0)
                self.assertEqual(told["degraded_share"], line["degraded_share"])
                self.assertEqual(self.different(out, again), [])
                self.assertEqual({a["from"] for a in rows(again, "decision_attempts")}, {"cassette"})
        self.assertEqual(witness.stats()["requests"], 0)

    def different(self, recorded, replayed):
        """What may differ is how long an attempt took, and where an answer was found."""
        def told(out):
            found = arrays(out)
            for column in ("latency", "from"):
                del found[f"tables/decision_attempts/{column}"]
            del found["tables/decisions/rung"]
            found["rungs"] = ["answered" if rung in ("live", "cache", "cassette") else rung
                              for rung in table(out, "decisions")["rung"]]
            return found
        expected, found = told(recorded), told(replayed)
        self.assertEqual(expected.pop("rungs"), found.pop("rungs"))
        return differences(expected, found)

    def test_what_a_record_leaves_can_be_verified_and_a_changed_one_is_not_played(self):
        server = Server(self)
        out = self.folder / "recorded"
        run(SCENARIO, out, "--steps", 9, *settings(mode="record", http_url=server.url))
        asked = server.stats()["billed"]

        said = throng("verify", out, check=0).stdout
        self.assertIn(f"recorded.sqlite: {asked} answers of a model to {asked} questions", said)
        self.assertIn(f"spent.txt: spent on answers: {asked} calls, ", said)
        told = json.loads(throng("inspect", out, "--json", check=0).stdout)
        self.assertLessEqual({"answers", "spending"}, {file["sort"] for file in told["files"]})
        lines = self.folder / "ledger.jsonl"
        throng("export", out, "--ledger", "-o", lines, check=0)
        self.assertIn(f"ledger of {asked} questions", throng("verify", lines, check=0).stdout)
        replayed = settings(provider="cassette", cassette=str(lines))
        throng("check", SCENARIO, *replayed, check=0)

        # Another answer that the model might have given as well.
        text = lines.read_text()
        before = re.search(r'"count":(\d+)', text)
        lines.write_text(text[:before.start(1)] + str((int(before[1]) + 1) % 100) + text[before.end(1):])
        for refused in (throng("check", SCENARIO, *replayed, check=65),
                        throng("run", SCENARIO, "--out", self.folder / "again", *replayed, check=65)):
            self.assertRegex(refused.stderr, r"ledger.jsonl:2: is not as it was written \(its seal does not fit")
        self.assertIn("ledger.jsonl:2: is not as", throng("verify", lines, check=74).stdout)
        data = bytearray((out / "recorded.sqlite").read_bytes())
        at = data.index(b'"count":') + len(b'"count":')
        data[at] = ord("7") if data[at] != ord("7") else ord("8")
        (out / "recorded.sqlite").write_bytes(data)
        self.assertIn("is not as it was written", throng("verify", out, check=74).stdout)
        (out / "spent.txt").write_text("1 2 three\n")
        self.assertIn("is no line of calls", throng("verify", out / "spent.txt", check=74).stdout)

    def test_a_question_that_was_not_recorded_fails_and_names_the_nearest(self):
        server = Server(self)
        out = self.folder / "recorded"
        run(SCENARIO, out, *settings(mode="record", http_url=server.url), "--steps", 9)

        done = throng("run", SCENARIO, "--out", self.folder / "other", "--steps", 9, "--quiet",
                      *settings(provider="cassette", cassette=str(out), http_temperature=0.5), check=69)

        self.assertRegex(done.stderr, r"temperature")
        self.assertRegex(done.stderr, r"questions have no answer in the cassette")

        done = throng("run", SCENARIO, "--out", self.folder / "with a ladder", "--steps", 9, "--quiet",
                      *settings(provider="cassette", cassette=str(out), http_temperature=0.5, fallback=["rule"],
                                max_degraded_share=1.0), ranks=2, check=69)

        self.assertRegex(done.stderr, r"questions have no answer in the cassette")


class Killed(Decisions):
    """A run that dies with questions on their way."""

    def test_a_run_that_was_killed_pays_for_no_question_twice(self):
        free = Server(self)
        asked = settings(http_at_once=4, http_timeout=20.0, http_prompt_price=2.0, http_completion_price=8.0)
        line = run(SCENARIO, self.folder / "undisturbed", *asked, *settings(http_url=free.url))
        needed = free.stats()["billed"]
        self.assertGreater(needed, 20)
        slow = Server(self, "--latency", 0.2)
        out = self.folder / "killed"
        begin = ["run", SCENARIO, "--out", out, *asked, *settings(http_url=slow.url), "--set",
                 "checkpoint.every_steps=3"]
        kills = 0
        for billed, ranks in ((2 * needed // 5, 1), (3 * needed // 5, 2), (4 * needed // 5, 1)):
            kills += self.killed_in_flight(begin if kills == 0 else ["resume", out], slow, billed, ranks)
        self.assertGreater(kills, 1, "the run was over before anything was done to it")

        told = resume(out, ranks=2)

        stats = slow.stats()
        self.assertEqual(told["content_hash"], line["content_hash"])
        self.assertEqual(stats["billed_twice"], 0)
        self.assertEqual(stats["billed"], needed)
        self.assertGreater(stats["requests"] + stats["gone"], needed, "nothing was on its way when it was killed")
        # What was paid between a checkpoint and a kill is in the ledger, as that, and counted once.
        self.assertEqual(told["calls"], line["calls"])
        attempts = rows(out, "decision_attempts")
        self.assertGreater(Counter(a["from"] for a in attempts)["before"], 0)
        paid = [(a["question"], a["cost"]) for a in attempts if a["from"] in ("live", "before")]
        self.assertEqual(len(paid), len({question for question, _ in paid}))
        undisturbed = [a["cost"] for a in rows(self.folder / "undisturbed", "decision_attempts") if a["from"] == "live"]
        self.assertEqual((len(paid), sum(cost for _, cost in paid)), (needed, sum(undisturbed)))
        self.assertGreater(sum(undisturbed), 0)
        self.assertEqual(Counter(d["share"] for d in rows(out, "decisions")),
                         Counter(d["share"] for d in rows(self.folder / "undisturbed", "decisions")))

    def test_a_run_that_was_killed_goes_on_with_what_is_left_of_its_budget(self):
        server = Server(self, "--latency", 0.1)
        out = self.folder / "killed"
        begin = ["run", SCENARIO, "--out", out, *settings(http_at_once=1, http_max_calls=20, http_url=server.url),
                 "--set", "checkpoint.every_steps=1", "--set", "checkpoint.keep_every=1"]
        self.assertTrue(self.killed_in_flight(begin, server, 15, 1))
        # The only checkpoint left is the first: it does not know what was spent after it.
        for file in sorted((out / "checkpoints").glob("ckpt-*"))[2:]:
            file.unlink()

        throng("resume", out, "--quiet", check=69)

        # The one that was on its way when it was killed is not known.
        self.assertLessEqual(server.stats()["requests"], 20 + 1)

    def killed_in_flight(self, arguments, server, billed, ranks):
        """kill -9 to all its ranks when so many answers were paid for and others are on their way; whether it was
        still alive."""
        words = [command.THRONG, *map(str, arguments), "--threads", "1", "--quiet"]
        if ranks > 1:
            words = [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks), *words]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            stats = server.stats()
            if stats["billed"] >= billed and stats["open"] > 0:
                for rank in ranks_of(process):
                    os.kill(rank, signal.SIGKILL)
                process.wait(timeout=60)
                return True
            time.sleep(0.01)
        return False


class Distilled(Decisions):
    """A readable table from what a model has answered."""

    def test_a_recorded_run_becomes_a_table_that_answers_in_its_place(self):
        server = Server(self)
        out, table_file = self.folder / "recorded", self.folder / "table.csv"
        run(SCENARIO, out, *settings(mode="record", http_url=server.url))
        said = throng("distill", out, "-o", table_file, check=0).stdout
        self.assertIn("stands for: the answers of fixed to the questions of one run", said)
        self.assertIn(f"questions: {server.stats()['billed'] // 2} distinct, ", said)  # both orders of each were paid once
        self.assertRegex(said, r"\nage=65\+ +-?\d+\.\d+ +\d+\.\d+ +\d+\n")
        with table_file.open(newline="") as file:
            coefficients = [row for row in csv.DictReader(file) if row["part"] == "coefficient"]
        self.assertGreater(len(coefficients), 6)

        distilled = self.folder / "distilled"
        run(SCENARIO, distilled, *settings(provider="surrogate", surrogate=str(table_file)))

        numbers = {(row["feature"], row["label"]): row["number"] for row in rows(distilled, "decision_features")}
        subjects = table(distilled, "decision_subjects")["features"]
        self.assertGreater(len(subjects), 6)
        for subject, share in zip(*(table(distilled, "decisions")[name] for name in ("subject", "share"))):
            told = dict(part.split("=") for part in subjects[subject].split(";"))
            odds = 0.0
            for c in coefficients:
                label = told.get(c["feature"])
                odds += float(c["value"]) * {"intercept": lambda: 1, "label": lambda: label == c["label"],
                                             "number": lambda: numbers[c["feature"], label],
                                             "log1p": lambda: math.log1p(numbers[c["feature"], label])}[c["form"]]()
            self.assertAlmostEqual(share / 2**20, 1 / (1 + math.exp(-odds)), delta=1e-6)

    def test_what_cannot_be_distilled_is_refused_by_the_name_of_the_file(self):
        server = Server(self)
        out = self.folder / "recorded"
        run(SCENARIO, out, "--steps", 3, *settings(mode="record", http_url=server.url))
        file = self.folder / "table.csv"
        said = throng("distill", out, "--decision", "works", "-o", file, check=65).stderr
        self.assertIn(f"{out}/results.h5: has no answers about 'works'", said)
        said = throng("distill", out, "-o", file, check=65).stderr
        self.assertIn(f"{out}/results.h5: has answers to 6 distinct questions (at least 10 are needed)", said)
        self.assertFalse(file.exists())
        throng("distill", out, "-o", out / "results.h5", check=73)
        self.assertIn("none.jsonl", throng("distill", self.folder / "none.jsonl", "-o", file).stderr)


class Faults(Decisions):
    """Every way a server fails, under every policy."""

    # One epoch of four archetypes; little patience.
    SMALL = ["--steps", 3, "--set", "decision.stay_home.bands.age=[0, 65]", "--set", "population.town.people=500",
             *settings(http_both_orders=False, http_deadline=4.0, http_timeout=1.0, http_attempts=2)]
    LONGEST = 15  # seconds: the deadline, and what a run takes besides on a busy machine
    # What the server does, and as what it is recorded.
    OUTCOMES = {
        "rate": "retry", "rate_seconds": "retry", "request_timeout": "retry", "conflict": "retry",
        "too_early": "retry", "server_error": "retry", "bad_gateway": "retry", "unavailable": "retry",
        "html_503": "retry", "cut": "retry", "reset": "retry", "hang_up": "retry", "drip": "retry",
        "silent": "retry", "quota": "quota", "payment": "quota", "bad_request": "request",
        "not_found": "request", "too_long": "request", "unprocessable": "request", "malformed": "request",
        "unauthorized": "auth", "forbidden": "auth", "echo_key": "auth", "echo_masked": "request",
        "bad_utf8": "invalid", "no_json": "invalid", "no_choices": "invalid", "wrong_schema": "invalid",
        "wrong_type": "invalid", "fraction": "invalid", "out_of_range": "invalid", "below_range": "invalid",
        "duplicate_key": "invalid", "deep": "invalid", "prose": "invalid", "yes": "invalid",
        "refusal": "refusal", "empty": "empty", "no_content": "empty", "truncated": "truncated",
    }
    # What no outcome is promised for, but an end.
    OTHERS = ["redirect", "no_http", "huge", "huge_headers", "html", "error_inside", "wrong_length", "filtered",
              "tool_call", "extra_key"]

    def end(self, fault, out, *policy):
        begun = time.monotonic()
        done = throng("run", SCENARIO, "--out", out, "--quiet", "--json", "--threads", 1, *self.SMALL, *policy,
                      *settings(http_url=self.server.url, http_key_variable=KEY_VARIABLE),
                      env=self.environment(**{KEY_VARIABLE: KEY}))
        self.assertLess(time.monotonic() - begun, self.LONGEST, fault)
        self.check_no_key(out, done.stdout, done.stderr)
        return done

    def test_each_fault_ends_the_run_or_is_counted_as_its_policy_says(self):
        self.server = Server(self, "--retry-after", 0.2)
        for fault in [*self.OUTCOMES, *self.OTHERS]:
            with self.subTest(fault=fault):
                self.server.tell(faults={fault: 1.0}, clear=True)
                strict, lenient = self.folder / f"{fault} strict", self.folder / f"{fault} lenient"

                done = self.end(fault, strict)

                if done.returncode == 0:  # not a fault in the eyes of the client: then it was an answer
                    self.assertIn(fault, self.OTHERS)
                    self.assertEqual({d["rung"] for d in rows(strict, "decisions")}, {"live"})
                    continue
                self.assertEqual(done.returncode, 69, done.stderr)
                self.assertRegex(done.stderr, r"4 of 4 questions have no answer")
                self.assertRegex(done.stderr, r"age 0-64, sex female")
                self.check_outcomes(fault, ledger_lines(strict))

                done = self.end(fault, lenient, *settings(fallback=["rule"], max_degraded_share=1.0))

                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout.splitlines()[-1])["degraded_share"], 1.0)
                self.assertEqual({d["rung"] for d in rows(lenient, "decisions")}, {"rule"})
                self.check_outcomes(fault, rows(lenient, "decision_attempts"))

    def check_outcomes(self, fault, attempts):
        self.assertTrue(attempts)
        found = {a["outcome"] for a in attempts}
        if fault in self.OUTCOMES:
            if fault in ("drip", "silent"):  # which of two clocks is first
                found.discard("deadline")
            self.assertLessEqual(found, {self.OUTCOMES[fault]})
        self.assertNotIn("ok", found)
        self.assertTrue(all(a["why"] for a in attempts), "a failure without a reason")

    def test_a_fallback_is_taken_in_the_order_that_was_given(self):
        server = Server(self)
        server.tell(plan=[{"match": "In force: order", "faults": ["bad_request"] * 100}])
        out = self.folder / "out"

        run(SCENARIO, out, "--steps", 16, *settings(fallback=["last", "rule"], max_degraded_share=1.0,
                                                    http_url=server.url))

        by_epoch = {}
        for row in rows(out, "decisions"):
            by_epoch.setdefault(row["asked"], set()).add(row["rung"])
        self.assertEqual(by_epoch, {1: {"live"}, 7: {"last"}, 14: {"last"}})
        shares = {}
        for row in rows(out, "decisions"):
            shares.setdefault(row["archetype"], set()).add(row["share"])
        self.assertEqual({len(found) for found in shares.values()}, {1}, "'last' is not what was in force")

    def test_more_people_on_a_fallback_than_allowed_end_the_run(self):
        server = Server(self)
        server.tell(plan=[{"match": "65+", "faults": ["bad_request"] * 100}])
        for allowed, code in ((0.01, 69), (0.9, 0)):
            with self.subTest(allowed=allowed):
                done = throng("run", SCENARIO, "--out", self.folder / str(allowed), "--quiet", "--steps", 3,
                              *settings(fallback=["rule"], max_degraded_share=allowed, http_url=server.url),
                              check=code)
                if code != 0:
                    self.assertRegex(done.stderr, r"max_degraded_share allows 1 %")

    def test_a_budget_is_never_exceeded(self):
        server = Server(self)
        out = self.folder / "out"

        done = throng("run", SCENARIO, "--out", out, "--quiet", "--steps", 3,
                      *settings(http_url=server.url, http_max_calls=3), check=69)

        self.assertEqual(server.stats()["requests"], 3)
        self.assertRegex(done.stderr, r"calls")
        self.assertIn("budget", {a["outcome"] for a in ledger_lines(out)})

    def test_a_key_that_is_not_in_the_environment_is_asked_for_by_the_name_of_its_variable(self):
        done = throng("run", SCENARIO, "--out", self.folder / "out", "--quiet", *settings(http_key_variable=KEY_VARIABLE),
                      check=65)

        self.assertIn(KEY_VARIABLE, done.stderr)


if __name__ == "__main__":
    command.main()
