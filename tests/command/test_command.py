"""The command as a user meets it: exit codes, what it prints, what it leaves on disk.

usage: test_command.py THRONG MPIEXEC [CLASS]
"""
import fcntl
import json
import os
import pty
import re
import resource
import shlex
import signal
import struct
import subprocess
import termios
import time
import tomllib
from pathlib import Path

import command
from command import HERE, SOURCE, arrays, differences, h5py, log, np, run, status, throng

TOWN = HERE / "town.toml"
SMALL = ("--set", "population.town.people=2000", "--steps", "20", "--set", "output.snapshots=[]")


def said(done):
    """What stands below the first line of an error."""
    return done.stderr.split("\n", 1)[1]


class ExitCodes(command.Folder):
    def test_a_run_that_ends_gives_0(self):
        out = self.folder / "out"

        run(TOWN, out, *SMALL)

        self.assertEqual(status(out)["status"], "completed")
        self.assertEqual(sorted(p.name for p in out.iterdir()),
                         ["log.jsonl", "results.h5", "run.json", "scenario.toml"])

    def test_wrong_usage_gives_2_and_one_message(self):
        for arguments in (["run"], ["run", TOWN], ["walk"], [], ["run", TOWN, "--out", self.folder / "o", "--seed", "x"],
                          ["run", TOWN, "--out", self.folder / "o", "--seed", "-1"],
                          ["run", TOWN, "--out", self.folder / "o", "--steps", "-5"],
                          ["run", TOWN, "--out", self.folder / "o", "--replicates", "0"],
                          ["run", TOWN, "--out", self.folder / "o", "--nonsense"]):
            with self.subTest(arguments=arguments):
                throng(*arguments, check=2)
        self.assertEqual(list(self.folder.iterdir()), [])
        done = throng("run", ranks=3, check=2)
        self.assertEqual(done.stderr.count("is missing"), 1, done.stderr)

    def test_usage_messages_say_place_problem_and_what_to_do(self):
        out = self.folder / "o"
        for arguments, wanted in (
                (["runn"], "throng: runn: is not a command (there are run, resume, branch, compare, score, check, "
                           "describe, schema, fit-report, ask, trace, draw, verify, inspect, merge, export, report, watch, distill, sweep, fit, bench). Did you mean 'run'? 'throng --help' tells more.\n"),
                ([], "throng: a command is missing (there are run, "),
                (["run", TOWN], "throng: --out: is missing (the command needs it). 'throng run --help' tells more.\n"),
                (["run", TOWN, "--out"], "throng: --out: its value is missing (one has to follow it)."),
                (["run", TOWN, "--out", out, "--sed", 1], "throng: --sed: is not an option of 'throng run'. Did you mean '--seed'?"),
                (["run", TOWN, "--out", out, "--threads", 4096], "throng: --threads: Value 4096 not in range")):
            with self.subTest(arguments=arguments):
                said = throng(*arguments, check=2).stderr
                self.assertTrue(said.startswith(wanted), said)

    def test_of_two_values_the_last_counts(self):
        out = self.folder / "out"
        line = run(TOWN, out, *SMALL, "--threads", "2", "--seed", "5", "--threads", "1", "--seed", "6")
        self.assertEqual((line["threads"], line["seed"]), (1, 6))

    def test_files_that_cannot_be_read_are_named_with_their_place(self):
        based = self.folder / "based.toml"
        based.write_text('base = "nope.toml"\n')
        pipe, csv = self.folder / "pipe.toml", self.folder / "csv"
        os.mkfifo(pipe)
        csv.mkdir()
        scenario = command.own_network(csv)
        (csv / "edges.csv").unlink()
        os.mkfifo(csv / "edges.csv")
        no_file = "it is a pipe or a device, not a file"
        for path, wanted in (("nope.toml", "nope.toml: cannot be read (No such file or directory). Check the path"),
                             ("/", "/: cannot be read (Is a directory). Check the path"),
                             (based, f"{based}:1:8: base 'nope.toml' cannot be read (No such file or directory). Check"),
                             (pipe, f"{pipe}: cannot be read ({no_file})."),
                             ("/dev/zero", f"/dev/zero: cannot be read ({no_file})."),
                             (scenario, f"{csv}/edges.csv: cannot be read ({no_file}).")):
            with self.subTest(path=path):
                for arguments in (["check", path], ["run", path, "--out", self.folder / "o"]):
                    self.assertIn(wanted, throng(*arguments, check=65).stderr)
        said = throng("run", TOWN, "--out", self.folder / "o", "--seed", str(2**63), check=65).stderr
        self.assertIn(f"--seed {2**63}: ", said)
        self.assertNotIn("--set", said)
        self.assertFalse((self.folder / "o").exists())

    def test_help_and_version_give_0(self):
        self.assertIn("--replicates", throng("run", "--help", check=0).stdout)
        self.assertRegex(throng("--version", check=0).stdout, r"^throng \d+\.\d+\.\d+ \(")

    def test_bad_input_gives_65_with_all_mistakes_and_makes_nothing(self):
        out = self.folder / "new" / "out"
        bad = self.folder / "bad.toml"
        bad.write_text("""[run]
stepz = 10
seed = "one"

[population]
kind = "village"
scale = 100

[[epidemic.stage]]
name = "susceptible"
infectiousnes = 1
""")
        expected = ["bad.toml:2:1: run has no parameter 'stepz'. Did you mean 'steps'?",
                    "bad.toml:3:8: run.seed is the text 'one'", "bad.toml:6:8: population.kind cannot be 'village'",
                    "bad.toml:7:9: population.scale = 100.0 is out of range",
                    "has no parameter 'infectiousnes'. Did you mean 'infectiousness'?"]
        for ranks in (1, 3):
            with self.subTest(ranks=ranks):
                done = throng("run", bad, "--out", out, ranks=ranks, check=65)
                self.assertFalse(out.parent.exists())
                self.assertEqual(done.stdout, "")
                # once, whatever the number of ranks
                self.assertEqual(done.stderr.count("mistakes in the input"), 1, done.stderr)
                self.assertRegex(done.stderr, r"throng: \d+ mistakes in the input\n")
                for wanted in expected:
                    self.assertEqual(done.stderr.count(wanted), 1, done.stderr)

    def test_every_kind_of_bad_input_gives_65_and_makes_nothing(self):
        scenario = command.own_network(self.folder)
        nobody = self.folder / "nobody.toml"
        nobody.write_text(scenario.read_text().replace("seeds.csv", "absent.csv"))
        not_text = self.folder / "bytes.toml"
        not_text.write_bytes(b"\xff\xfe\x00")
        cases = {
            "no such file": [self.folder / "absent.toml"],
            "a folder": [self.folder],
            "not text": [not_text],
            "no such file of seeds": [nobody],
            "no tables": [HERE / "new_york.toml", "--set", f"population.tables={self.folder}"],
            "a length of nothing": [TOWN, "--steps", "0"],
            "a wrong override": [TOWN, "--set", "epidemic.rO=2"],
            "an override without a value": [TOWN, "--set", "epidemic.r0"],
            "a seed too large": [TOWN, "--seed", str(2**63)],
            "an unknown neighborhood": [HERE / "new_york.toml", "--set", 'epidemic.seed=[{count=1,neighborhood="XX"}]'],
            "r0 on edges": [scenario, "--set", "epidemic.r0=2"],
        }
        for name, arguments in cases.items():
            with self.subTest(name):
                out = self.folder / "out"
                done = throng("run", *arguments, "--out", out, check=65)
                self.assertRegex(done.stderr, r"^throng: \d+ mistakes? in the input\n.+")
                self.assertFalse(out.exists())
                if "--steps" not in arguments and "--seed" not in arguments:
                    self.assertIn(said(done), said(throng("check", *arguments, check=65)))

    def test_replicates_without_seeds_left_give_65(self):
        out = self.folder / "out"
        last = 2**63 - 1
        done = throng("run", TOWN, "--out", out, *SMALL, "--seed", last - 3, "--replicates", 5, check=65)
        self.assertIn(f"run.seed = {last - 3} leaves no seeds for 5 replicates", done.stderr)
        self.assertFalse(out.exists())
        line = run(TOWN, out, *SMALL, "--seed", last - 1, "--replicates", 2)
        self.assertEqual([replicate["seed"] for replicate in line["replicates"]], [last - 1, last])

    def test_what_another_rank_alone_meets_ends_the_run_and_is_kept(self):
        # The people of the second half live on rank 1; the last of them has a contact that is none.
        scenario = command.own_network(self.folder)
        command.write(self.folder / "people.csv", "id,neighborhood",
                      [f"{k},{'a' if k < 300 else 'b'}" for k in range(600)])
        command.write(self.folder / "edges.csv", "source,target,weight", ["598,599,1e9"])
        command.write(self.folder / "seeds.csv", "id", [598])
        for file in ("households", "places"):
            scenario.write_text("\n".join(line for line in scenario.read_text().splitlines()
                                          if f"{file}.csv" not in line) + "\n")
        out = self.folder / "out"
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                done = throng("run", scenario, "--out", out, "--threads", 1, "--quiet", ranks=ranks, check=65)
                self.assertIn("candidate transmissions on one day", done.stderr)
                told = status(out)
                self.assertEqual(told["status"], "failed")
                self.assertIn("candidate transmissions on one day", told["summary"]["error"])
                self.assertEqual(told["summary"]["error"].startswith("rank "), ranks > 1)
                self.assertEqual([e["event"] for e in log(out)].count("failed"), 1)
                self.assertFalse((out / "results.h5").exists())

    def test_a_file_that_is_wrong_on_one_machine_alone_is_told(self):
        for machine in ("one", "two"):
            (self.folder / machine).mkdir()
            command.own_network(self.folder / machine)
        people = self.folder / "two" / "people.csv"
        people.write_text(people.read_text().replace(",male,", ",mail,", 1))
        out = self.folder / "out"
        arguments = [Path(command.THRONG).resolve(), "run", "own_network.toml", "--out", str(out), "--threads", "1"]
        done = subprocess.run([command.MPIEXEC, "--bind-to", "none",
                               "-n", "1", "--wdir", str(self.folder / "one"), *arguments, ":",
                               "-n", "1", "--wdir", str(self.folder / "two"), *arguments],
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertRegex(done.stderr, r"rank 1: .*/two/people.csv:\d+:\d+: ")
        self.assertFalse(out.exists())

    def test_a_folder_that_cannot_be_made_gives_73(self):
        file = self.folder / "file"
        file.write_text("mine")
        foreign = self.folder / "foreign"
        foreign.mkdir()
        (foreign / "thesis.tex").write_text("mine")
        for out, why in ((file, "cannot be a run directory"), (file / "below", "cannot be a run directory"),
                         (foreign, "it holds other files")):
            for ranks in (1, 2):
                with self.subTest(out=out, ranks=ranks):
                    done = throng("run", TOWN, "--out", out, *SMALL, ranks=ranks, check=73)
                    self.assertEqual(done.stderr.count(why), 1, done.stderr)
        self.assertEqual((file.read_text(), (foreign / "thesis.tex").read_text()), ("mine", "mine"))
        self.assertEqual([p.name for p in foreign.iterdir()], ["thesis.tex"])

    def test_a_folder_in_which_another_run_is_alive_gives_73(self):
        out = self.folder / "out"
        run(TOWN, out, *SMALL)
        before = arrays(out)
        with open(out / "run.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = throng("run", TOWN, "--out", out, *SMALL, check=73)
        self.assertIn("another run is writing into it", done.stderr)
        self.assertEqual(differences(before, arrays(out)), [])

    def test_results_are_replaced_only_when_that_is_asked_for(self):
        out = self.folder / "out"
        run(TOWN, out, *SMALL, "--seed", "5")
        files = lambda folder: {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
        before = files(out)

        for ranks in (1, 2):
            done = throng("run", out / "scenario.toml", "--out", out, "--overwrite", ranks=ranks, check=73)
            self.assertIn("scenario.toml, which it would replace", done.stderr)
            self.assertEqual(before, files(out))
            done = throng("run", TOWN, "--out", out, *SMALL, "--seed", "5", ranks=ranks)
            self.assertEqual(done.stderr.count("held an earlier run"), 1)
            self.assertEqual(before, files(out / f"earlier-{ranks}"))
            before = files(out)
            self.assertEqual(status(out)["status"], "completed")

        # one that fails leaves the results of the one before
        throng("run", TOWN, "--out", out, "--set", "output.snapshots=[2020-01-05]", "--steps", "20", "--overwrite",
               check=74, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)))
        self.assertEqual((out / "results.h5").read_bytes(), before["results.h5"])
        self.assertEqual(status(out)["status"], "failed")

        line = run(TOWN, out, *SMALL, "--seed", "6", "--overwrite")

        self.assertEqual((status(out)["seed"], line["seed"]), (6, 6))
        self.assertEqual([entry["event"] for entry in log(out)].count("start"), 1)

    def test_a_full_disk_gives_74_and_leaves_no_half_results(self):
        # Files of at most 40 kB: enough for scenario.toml and run.json, too little for results.
        # One rank: the limit would also keep ranks from sharing memory.
        limit = 40_000
        out = self.folder / "out"
        done = throng("run", TOWN, "--out", out, "--set", "output.snapshots=[2020-01-05]", "--steps", "20", check=74,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        lines = [line for line in done.stderr.splitlines() if "results.h5" in line]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn("File too large", lines[0])
        self.assertIn(" kB needed, 40 kB is the limit of a file's size). Raise", lines[0])
        self.assertLess(len(lines[0]), 300 + len(str(out)))
        self.assertEqual(sorted(p.name for p in out.iterdir()), ["log.jsonl", "run.json", "scenario.toml"])
        self.assertEqual(status(out)["status"], "failed")
        self.assertIn("results.h5", status(out)["summary"]["error"])
        self.assertEqual(log(out)[-1]["severity"], "error")

    def test_a_full_disk_gives_74_on_any_ranks(self):
        disk = self.folder / "disk"
        disk.mkdir()
        for kilobytes in (0, 12, 64):
            size = max(kilobytes, 4)
            if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk],
                              capture_output=True).returncode != 0:
                self.skipTest("no disk could be mounted (that takes root): a full one was NOT tried")
            try:
                if kilobytes == 0:
                    (disk / "filling").write_bytes(4096 * b"x")
                for ranks in (0, 1, 2):  # 0: one, without the launcher
                    with self.subTest(kilobytes=kilobytes, ranks=ranks):
                        out = disk if kilobytes == 0 else disk / f"out{ranks}"
                        if kilobytes == 0:
                            (disk / "filling").rename(disk / "run.json.tmp")
                        start = [] if ranks == 0 else [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks)]
                        done = subprocess.run([*start, command.THRONG, "run", SOURCE / "scenarios/first_run/first_run.toml",
                                               "--out", out, "--threads", "1", "--quiet"],
                                              capture_output=True, text=True, timeout=100)
                        self.assertEqual(done.returncode, 74, done.stderr)
                        self.assertEqual(done.stderr.count("No space left on device"), 1, done.stderr)
                        self.assertIn("Free space, or choose another folder.", done.stderr)
                        self.assertFalse((out / "results.h5").exists())
                        if kilobytes == 64:
                            self.assertRegex(done.stderr, r" \d+ kB needed, [1-9]\d kB free\)\.")
                            self.assertEqual(status(out)["status"], "failed")
                            for file in out.iterdir():
                                file.unlink()
                        if kilobytes == 0:
                            break
            finally:
                subprocess.run(["umount", disk], check=True)

    def stopped(self, number, ranks, out, *arguments, seeds=0, times=1):
        """Starts a long run, sends the signal to it, or to its launcher, once it runs and has made so many seeds."""
        start = [] if ranks == 1 else [command.MPIEXEC, "--bind-to", "none", "-n", str(ranks)]
        process = subprocess.Popen([*start, command.THRONG, "run", TOWN, "--out", out, "--threads", "1", *arguments],
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                   env=self.environment(OMPI_MCA_odls_base_sigkill_timeout="4"))
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if status(out)["status"] == "running" and [e["event"] for e in log(out)].count("simulated") >= seeds:
                    break
            except (OSError, ValueError):
                pass
            time.sleep(0.02)
        time.sleep(1)  # some steps more
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.001)
        said = process.communicate(timeout=60)[1]
        return process.returncode, said

    def test_sigterm_again_and_again_is_sigterm(self):
        """Batch systems send it to the job, to its step, to its tasks."""
        # Steps of some milliseconds: it is not over by the second one.
        large = ("--steps", "60000", "--set", "population.town.people=1000000", "--set", "output.snapshots=[]",
                 "--set", "run.start=1800-01-01")

        code, said = self.stopped(signal.SIGTERM, 1, self.folder / "out", *large, times=3)

        self.assertEqual((code, status(self.folder / "out")["status"]), (75, "stopped"), said)

    def test_a_signal_stops_a_run_and_keeps_what_it_has(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for ranks in (1, 2):
                with self.subTest(signal=number.name, ranks=ranks):
                    out = self.folder / f"{number.name}{ranks}"
                    code, said = self.stopped(number, ranks, out, "--steps", "60000", "--set", "output.snapshots=[]",
                                              "--set", "run.start=1800-01-01")
                    told = status(out)
                    self.assertEqual(told["status"], "stopped", said)
                    event = log(out)[-1]
                    self.assertEqual((event["event"], event["severity"]), ("stopped", "warning"))
                    with h5py.File(out / "results.h5") as file:
                        self.assertEqual(file.attrs["complete"], 0)
                        days = len(file["series/infections"])
                    self.assertEqual(days, event["step"] + 1)
                    self.assertGreater(days, 1)
                    if ranks == 1:  # the launcher has a code of its own, and only tells that it ended the job
                        self.assertEqual(code, 75)
                        self.assertEqual(event["stopped_by"], number.name)
                        self.assertRegex(said, f"stopped by {number.name} after step {days - 1} of 60000")
                        self.assertIn("throng resume", said)
                    self.assertEqual(sorted(p.name for p in out.iterdir()),
                                     ["checkpoints", "log.jsonl", "results.h5", "run.json", "scenario.toml",
                                      "segments"])

    def test_replicates_that_were_finished_are_kept_when_stopped(self):
        out = self.folder / "out"
        code, said = self.stopped(signal.SIGTERM, 1, out, *SMALL, "--replicates", "50000", seeds=2)
        self.assertEqual((code, status(out)["status"]), (75, "stopped"), said)
        finished = log(out)[-1]["replicates_finished"]
        self.assertGreater(finished, 1)
        self.assertIn(f"holds {finished} of 50000 seeds", said)
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(file.attrs["complete"], 0)
            self.assertEqual(file["series/infections"].shape[:2], (finished, 21))

    def test_standard_output_that_is_full_gives_74(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([command.THRONG, "schema"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 74)
        self.assertIn("standard output cannot be written", done.stderr)

    def test_a_read_only_folder_gives_73(self):
        if os.geteuid() == 0:
            self.skipTest("root may write anywhere: a read-only folder was NOT tried")
        self.folder.chmod(0o500)
        self.addCleanup(self.folder.chmod, 0o700)
        throng("run", TOWN, "--out", self.folder / "out", *SMALL, check=73)

    def test_other_languages_and_odd_paths_change_nothing(self):
        names = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
        german = next((n for n in names if n.lower().replace("-", "") == "de_de.utf8"), None)
        if german is None:
            print("SKIPPED: this machine has no locale de_DE.UTF-8; only its name was set", flush=True)
        odd = self.folder / "Ergebnisse für 'Zoë' 东京 & more"
        run(TOWN, self.folder / "plain", *SMALL)
        run(TOWN, odd, *SMALL, env=self.environment(LC_ALL=german or "de_DE.UTF-8"))
        self.assertEqual(differences(arrays(self.folder / "plain"), arrays(odd)), [])
        self.assertEqual((self.folder / "plain/scenario.toml").read_text(), (odd / "scenario.toml").read_text())
        throng("trace", odd, "--person", "1", check=0)


class Output(command.Folder):
    def test_the_closing_json_line(self):
        out = self.folder / "out"

        line = run(TOWN, out, *SMALL)

        types = {"scenario": str, "seed": int, "agents": int, "steps": int, "ranks": int, "threads": int,
                 "content_hash": str, "attack_rate": float, "infections": int, "deaths": int, "build_s": float,
                 "loop_s": float, "wall_s": float, "peak_rss_bytes": int}
        self.assertEqual({name: type(line[name]) for name in types}, types)
        self.assertEqual((line["scenario"], line["seed"], line["agents"], line["steps"]), ("town", 7, 2000, 20))
        self.assertRegex(line["content_hash"], "^[0-9a-f]{16}$")
        self.assertAlmostEqual(line["attack_rate"], line["infections"] / 2000)
        self.assertGreater(line["infections"], 0)
        self.assertGreater(line["peak_rss_bytes"], 2_000_000)
        self.assertLess(line["loop_s"] + line["build_s"], line["wall_s"])
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(file.attrs["content_hash"], line["content_hash"])
            self.assertEqual(file.attrs["complete"], 1)
            self.assertEqual(int(file["series/infections"][()].sum()), line["infections"])

    def test_seed_steps_and_set_are_what_the_scenario_says(self):
        run(TOWN, self.folder / "a", *SMALL, "--seed", "42", "--set", "epidemic.isolation.compliance=0.9")
        with open(self.folder / "a/scenario.toml", "rb") as file:
            resolved = tomllib.load(file)
        self.assertEqual((resolved["run"]["seed"], resolved["run"]["steps"]), (42, 20))
        self.assertEqual(resolved["epidemic"]["isolation"]["compliance"], 0.9)
        # the resolved scenario is a scenario, and the same run
        run(self.folder / "a/scenario.toml", self.folder / "b")
        self.assertEqual(differences(arrays(self.folder / "a"), arrays(self.folder / "b")), [])

    def test_replicates_are_single_runs_with_their_quantiles(self):
        four = run(TOWN, self.folder / "four", *SMALL, "--replicates", "4")
        text = throng("run", TOWN, "--out", self.folder / "text", *SMALL, "--replicates", "4", check=0).stdout
        for name in ("attack_rate", "infections", "deaths", "reported_cases", "peak_infections", "beta",
                     "generation_time_days", "presymptomatic_share"):
            values = [r[name] for r in four["replicates"] if r[name] is not None]
            self.assertAlmostEqual(four[name], float(np.median(values)), msg=name)
        self.assertGreater(len({r["infections"] for r in four["replicates"]}), 1)
        self.assertNotIn("peak_date", four)
        self.assertIn(f"content hash         {four['content_hash']}\n", text)
        self.assertRegex(text, r"medians over 4 seeds, from 7 on\n")

        line = run(TOWN, self.folder / "all", *SMALL, "--replicates", "3")
        with h5py.File(self.folder / "all/results.h5") as file:
            self.assertEqual(file.attrs["content_hash"], line["content_hash"])

        seeds = [r["seed"] for r in line["replicates"]]
        self.assertEqual(seeds, [7, 8, 9])
        self.assertEqual(len({r["content_hash"] for r in line["replicates"]}), 3)
        self.assertEqual(line["attack_rate"], float(np.median([r["attack_rate"] for r in line["replicates"]])))
        every = arrays(self.folder / "all", ("series", "quantiles", "tables"))
        for k, seed in enumerate(seeds):
            single = run(TOWN, self.folder / f"one{k}", *SMALL, "--seed", seed)
            self.assertEqual(single["content_hash"], line["replicates"][k]["content_hash"])
            one = arrays(self.folder / f"one{k}")
            for name in ("infections", "people_by_stage", "infections_by_layer"):
                np.testing.assert_array_equal(every[f"series/{name}"][k], one[f"series/{name}"])
            mine = every["tables/content_hash/replicate"] == k
            np.testing.assert_array_equal(every["tables/content_hash/hash"][mine], one["tables/content_hash/hash"])
        np.testing.assert_allclose(every["quantiles/infections"],
                                   np.quantile(every["series/infections"], [0.025, 0.25, 0.5, 0.75, 0.975], axis=0),
                                   rtol=1e-12, atol=1e-12)

    def test_quiet_prints_nothing(self):
        done = throng("run", TOWN, "--out", self.folder / "out", *SMALL, "--quiet", "--threads", "64",
                      "--set", "checkpoint.every_steps=5", check=0)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_a_batch_log_has_plain_lines_and_a_summary(self):
        done = throng("run", TOWN, "--out", self.folder / "out", *SMALL, check=0)
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertRegex(done.stderr, r"town: 2000 people, 20 days from 2020-01-01, 1 ranks x \d+ threads, built in ".replace("2000", "2,000"))
        self.assertRegex(done.stderr, r"2020-01-21  day 20/20  .*ns/agent-day")
        for part in ("attack rate", "peak  ", "deaths", "time by behavior", "ns per agent-day", "bytes per person",
                     "content hash", "results.h5"):
            self.assertIn(part, done.stdout)

    def test_a_terminal_has_one_line_that_renews_itself(self):
        width = 60
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen([command.THRONG, "run", TOWN, "--out", self.folder / "out", "--steps", "60",
                                    "--set", "output.snapshots=[]", "--set", "population.town.people=200000"],
                                   stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side is gone
                break
            if not part:
                break
            text += part
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        said = text.decode().replace("\r\n", "\n")
        # one line for the start, one that is renewed in place and ends
        self.assertEqual(said.count("\n"), 2, said)
        renewed = said.split("\n")[1].split("\r\x1b[K")[1:]
        self.assertGreaterEqual(len(renewed), 1)
        self.assertIn("day 60/60", renewed[-1])
        self.assertLess(max(map(len, renewed)), width)

    def test_checkpoints_are_logged_and_change_nothing(self):
        out = self.folder / "out"

        done = throng("run", TOWN, "--out", out, *SMALL, "--set", "checkpoint.every_steps=5", check=0)

        self.assertNotIn("checkpoint", done.stderr)
        written = [entry["step"] for entry in log(out) if entry["event"] == "checkpoint"]
        self.assertEqual(written, [5, 10, 15, 20])
        self.assertEqual(sorted(file.name for file in (out / "checkpoints").glob("ckpt-*")),
                         ["ckpt-00000015.h5", "ckpt-00000015.json", "ckpt-00000020.h5", "ckpt-00000020.json"])
        throng("run", TOWN, "--out", self.folder / "other", *SMALL, check=0)
        self.assertEqual(list((self.folder / "other").glob("checkpoints")), [])
        with h5py.File(out / "results.h5") as one, h5py.File(self.folder / "other" / "results.h5") as other:
            self.assertEqual(one.attrs["content_hash"], other.attrs["content_hash"])

    def test_a_run_without_infections_has_no_peak(self):
        done = throng("run", TOWN, "--out", self.folder / "out", *SMALL, "--set", "epidemic.seed=[]", "--set",
                      "epidemic.importation=[]", "--json", check=0)
        line = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((line["infections"], line["peak_infections"], line["peak_date"]), (0, 0, None))
        self.assertNotIn("peak   ", done.stdout)

    def test_the_log_tells_the_story_of_the_run(self):
        run(TOWN, self.folder / "out", *SMALL)
        entries = log(self.folder / "out")
        self.assertEqual([e["event"] for e in entries], ["start", "built", "simulated", "end"])
        self.assertEqual((entries[1]["people"], entries[1]["steps"]), (2000, 20))
        spent = [value for key, value in entries[2].items() if key.startswith("seconds.contact.")]
        self.assertGreater(len(spent), 1)
        self.assertTrue(0 < sum(spent) < entries[2]["loop_s"], entries[2])
        for entry in entries:
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_provenance_is_complete(self):
        scenario = command.own_network(self.folder)
        run(scenario, self.folder / "out", ranks=3)
        with h5py.File(self.folder / "out/results.h5") as file:
            p = file["provenance"]
            self.assertEqual(p["hosts"].asstr()[:].tolist(), 3 * [os.uname().nodename])
            self.assertEqual((file.attrs["n_ranks"], file.attrs["threads"]), (3, 1))
            self.assertIn("--out", p["command_line"].asstr()[:].tolist())
            self.assertEqual(p["scenario"].asstr()[()], (self.folder / "out/scenario.toml").read_text())
            read = [Path(name).name for name in p["inputs/path"].asstr()[:]]
            self.assertEqual(sorted(read), ["edges.csv", "households.csv", "own_network.toml", "people.csv",
                                            "places.csv", "seeds.csv"])
            sizes = [Path(n).stat().st_size for n in p["inputs/path"].asstr()[:]]
            self.assertEqual(p["inputs/bytes"][:].tolist(), sizes)
        libraries = status(self.folder / "out")["libraries"]
        for name in ("MPI", "oneTBB", "Eigen", "HDF5"):
            self.assertIn(name, libraries)


class Explained(command.Folder):
    def test_describe_leaves_nothing_undocumented(self):
        described = json.loads(throng("describe", "--json", check=0).stdout)
        names = {behavior["name"] for behavior in described["behaviors"]}
        self.assertLessEqual({"epidemic.transmit", "epidemic.infect", "epidemic.progress", "epidemic.notice"}, names)
        self.assertGreater(len(described["columns"]), 20)
        self.assertGreater(len(described["parameters"]), 60)
        for behavior in described["behaviors"]:
            self.assertTrue(behavior["doc"].strip().endswith("."), behavior)
        for column in described["columns"]:
            for part in ("unit", "default", "range", "doc"):
                self.assertTrue(column[part], (part, column))
        for parameter in described["parameters"]:
            self.assertTrue(parameter["doc"], parameter)
            if parameter["type"] != "list of tables":  # what stands in them is described by itself
                for part in ("type", "unit", "default", "source"):
                    self.assertTrue(parameter[part], (part, parameter))
            if parameter["type"] in ("number", "whole number", "timeline"):
                self.assertTrue(parameter["range"], parameter)

    def test_describe_as_text_has_what_json_has(self):
        text = throng("describe", check=0).stdout
        for parameter in json.loads(throng("describe", "--json", check=0).stdout)["parameters"]:
            self.assertIn(f"parameter {parameter['name']}  (", text)
            self.assertIn(parameter["source"], text)
        for column in json.loads(throng("describe", "--json", check=0).stdout)["columns"]:
            at = text.index(f"column {column['name']}  ({column['kind']}, ")
            told = text[at:text.index("\n\n", at)]
            self.assertIn(f"unit {column['unit']}, default {column['default']}, ", told)
            self.assertIn(column["doc"], told)
            self.assertIn(", ".join(column["labels"]), told)
            self.assertEqual("source: " in told, column["source"] != "")
            self.assertIn(column["source"], told)
        self.assertIn("labels: household, school, work, community, quarters, edges, outside, none",
                      throng("describe", "infected_in", check=0).stdout)
        self.assertIn("default none, ", throng("describe", "infected_in", check=0).stdout)
        self.assertIn("  source: definition of the model", throng("describe", "epidemic.infectiousness", check=0).stdout)
        self.assertIn("parameter epidemic.isolation.compliance", throng("describe", "isolation", check=0).stdout)
        self.assertIn("nothing has 'zzz' in its name", throng("describe", "zzz", check=65).stderr)

    def test_describe_finds_every_key_of_every_shipped_scenario(self):
        known = {p["name"] for p in json.loads(throng("describe", "--json", check=0).stdout)["parameters"]}
        folders = (SOURCE / "scenarios", HERE)
        files = [path for folder in folders for path in folder.rglob("*.toml")
                 if not re.search(r"^(user|scenario) = ", path.read_text(), re.M)]  # questions, designs
        self.assertGreater(len(files), 5)
        for path in files:
            with open(path, "rb") as file:
                for key in keys(tomllib.load(file), "", known):
                    self.assertIn(key, known, path)

    def test_every_shipped_scenario_is_good(self):
        shipped = command.shipped_scenarios()
        self.assertGreaterEqual(len(shipped), 4)
        for path in shipped:
            with self.subTest(path.name):
                self.assertIn(": good: ", throng("check", path, check=0).stdout)

    def test_the_committed_schema_is_that_of_the_program(self):
        # After a change: throng schema > scenarios/scenario.schema.json
        schema = throng("schema", check=0).stdout
        self.assertEqual((SOURCE / "scenarios/scenario.schema.json").read_text(), schema)
        self.assertIn("epidemic", json.loads(schema)["properties"])


def keys(table, prefix, known):
    """Dotted names of the values in a table; [] behind lists of tables, KEY for free ones."""
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if name == "base":
            continue
        if isinstance(value, dict):
            yield from keys(value, name, known)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and name not in known and \
                f"{prefix}.KEY" not in known:
            for item in value:
                yield from keys(item, name + "[]", known)
        else:
            yield f"{prefix}.KEY" if f"{prefix}.KEY" in known else name


class Traced(command.Folder):
    def trace_the_infected(self, scenario, *arguments):
        """Traces somebody infected by another person; gives what was printed, and that row of the log."""
        out = self.folder / "out"
        line = run(scenario, out, *arguments)
        found = arrays(out)
        event = {c: found[f"events/transmission/{c}"] for c in ("step", "target", "source")}
        people = set(event["target"].tolist())
        row = next(k for k in range(len(event["step"]) - 1, -1, -1) if int(event["source"][k]) in people)
        person, source, step = (int(event[c][row]) for c in ("target", "source", "step"))
        text = throng("trace", out, "--person", person, check=0).stdout
        self.assertIn(f"the content hash after step {line['steps']} is {line['content_hash']}", text)
        infection = [t for t in text.splitlines() if "epidemic.infected_on: never -> " in t]
        self.assertEqual(len(infection), 1, text)
        self.assertIn(f"(step {step})", infection[0])
        self.assertRegex(text, rf"\(step {step}\) .* epidemic.infector: nobody -> person {source}\n")
        return text, person, source, step

    def test_a_trace_shows_the_infection_of_the_log(self):
        text, person, source, step = self.trace_the_infected(TOWN, *SMALL)
        self.assertRegex(text, r"draw .* = 0\.\d+")
        self.assertIn("person.age = ", text)
        # a trace that ends early tells the same, as far as it goes
        short = throng("trace", self.folder / "out", "--person", person, "--steps", step, check=0).stdout
        self.assertEqual(short.splitlines()[:-1], text.splitlines()[:len(short.splitlines()) - 1])

    def test_people_of_ones_own_files_keep_their_ids(self):
        scenario = command.own_network(self.folder)
        self.trace_the_infected(scenario)
        with open(self.folder / "people.csv") as file:
            ids = sorted(int(line.split(",")[0]) for line in file.readlines()[1:])
        found = arrays(self.folder / "out")
        self.assertLessEqual(set(found["events/transmission/target"].tolist()), set(ids))
        self.assertEqual(sorted(found["agents/person/static/person.id"].tolist()), ids)
        seeds = [int(line) for line in (self.folder / "seeds.csv").read_text().split()[1:]]
        outside = found["events/transmission/source"] == -1
        self.assertEqual(sorted(found["events/transmission/target"][outside].tolist()), sorted(seeds))

    def test_nobody_of_that_id_gives_65(self):
        run(TOWN, self.folder / "out", *SMALL)
        self.assertIn("ids go from 0 to 1999", throng("trace", self.folder / "out", "--person", 2000, check=65).stderr)
        throng("trace", self.folder / "out", "--person", -1, check=65)
        throng("trace", self.folder / "out", "--person", 1, "--replicate", 1, check=65)
        self.assertIn("not the directory of a run", throng("trace", self.folder, "--person", 1, check=65).stderr)
        throng("trace", self.folder / "out", check=2)

    def test_a_replay_that_differs_is_said(self):
        scenario = command.own_network(self.folder)
        run(scenario, self.folder / "out")
        edges = self.folder / "edges.csv"
        edges.write_text("\n".join(edges.read_text().splitlines()[:-1000]) + "\n")
        person = int((self.folder / "seeds.csv").read_text().split()[1])
        self.assertIn("the replay differs", throng("trace", self.folder / "out", "--person", person, check=70).stderr)

    def test_a_branch_is_replayed_from_where_it_began(self):
        parent, out = self.folder / "parent", self.folder / "branch"
        run(TOWN, parent, *SMALL, "--set", "checkpoint.every_steps=10")
        branch = ("branch", parent, "--at", 10, "--set", "epidemic.r0=6", "--quiet", "--out")
        throng(*branch, out, check=0)
        found = arrays(out)
        late = found["events/transmission/step"] > 12
        person, step = (int(found[f"events/transmission/{c}"][late][0]) for c in ("target", "step"))
        for stop in (False, True):
            with self.subTest(stopped=stop):
                if stop:
                    throng(*branch, out, "--overwrite", "--stop-at", 18, check=75)
                text = throng("trace", out, "--person", person, check=0).stdout
                self.assertRegex(text, rf"\(step {step}\) .* epidemic.infected_on: never -> ")
                self.assertEqual([t for t in range(10) if f"(step {t})" in text], [])
                self.assertIn("\na branch: what it did itself begins after step 10\n", text)
                self.assertIn(f"the content hash after step 20 is {found['tables/content_hash/hash'][20]:016x}", text)
        self.assertIn("began as a branch after step 10", throng("trace", out, "--person", 1, "--steps", 9, check=65).stderr)
        for file in (out / "checkpoints").glob("ckpt-00000010.*"):
            file.unlink()
        said = throng("trace", out, "--person", person, check=66)
        self.assertIn(f"it began as a branch with {parent}/checkpoints/ckpt-00000010.h5", said.stderr)
        self.assertEqual(said.stdout, "")

    def test_a_replicate_is_traced_by_its_number(self):
        line = run(TOWN, self.folder / "out", *SMALL, "--replicates", 2)
        text = throng("trace", self.folder / "out", "--person", 1, "--replicate", 1, check=0).stdout
        self.assertIn(line["replicates"][1]["content_hash"], text)


class Invariants(command.Folder):
    @classmethod
    def setUpClass(cls):
        import tempfile
        cls.results = tempfile.TemporaryDirectory(prefix="throng results ")
        cls.addClassCleanup(cls.results.cleanup)
        cls.line = run(HERE / "new_york.toml", cls.results.name)
        cls.found = arrays(cls.results.name)
        with h5py.File(Path(cls.results.name) / "results.h5") as file:
            cls.stages = file["series/stage"].asstr()[:].tolist()
            cls.layers = file["series/layer"].asstr()[:].tolist()

    def series(self, name):
        return self.found[f"series/{name}"]

    def by_stage(self, stage):
        return self.series("people_by_stage")[:, self.stages.index(stage)].sum(axis=(1, 2))

    def test_stages_add_up_to_the_population_on_every_day(self):
        people = self.series("people_by_stage").sum(axis=(1, 2, 3))
        self.assertEqual(set(people.tolist()), {self.line["agents"]})
        # and each borough and age band keeps its people
        groups = self.series("people_by_stage").sum(axis=1)
        self.assertTrue((groups == groups[0]).all())

    def test_the_dead_stay_dead(self):
        dead = self.by_stage("dead")
        self.assertTrue((np.diff(dead) >= 0).all())
        self.assertEqual(dead[-1], self.series("deaths").sum())
        self.assertEqual(dead[-1], self.line["deaths"])
        self.assertGreater(dead[-1], 0)

    def test_everybody_infected_has_left_the_susceptible_for_good(self):
        infected = self.series("infections").sum(axis=(1, 2)).cumsum()
        np.testing.assert_array_equal(self.by_stage("susceptible"), self.line["agents"] - infected)
        by_layer = self.series("infections_by_layer").sum(axis=1)
        np.testing.assert_array_equal(by_layer.cumsum(), infected)

    def test_the_log_is_the_series(self):
        step, target, source, layer = (self.found[f"events/transmission/{c}"]
                                       for c in ("step", "target", "source", "layer"))
        days = len(self.series("infections"))
        self.assertEqual(len(set(target.tolist())), len(target), "nobody is infected twice")
        np.testing.assert_array_equal(np.bincount(step, minlength=days), self.series("infections").sum(axis=(1, 2)))
        for number, name in enumerate(self.layers):
            np.testing.assert_array_equal(np.bincount(step[layer == number], minlength=days),
                                          self.series("infections_by_layer")[:, number], name)
        infected_on = dict(zip(target.tolist(), step.tolist()))
        for t, s, day in zip(target.tolist(), source.tolist(), step.tolist()):
            if s != 2**32 - 1:
                self.assertLess(infected_on[s], day, f"{s} infects {t} before being infected")
        offsets = self.found["events/transmission/index/step_offset"]
        self.assertEqual((offsets[0], offsets[-1], len(offsets)), (0, len(step), days + 1))

    def test_reproduction_numbers_are_those_of_the_log(self):
        step, target, source = (self.found[f"events/transmission/{c}"] for c in ("step", "target", "source"))
        infected_on = dict(zip(target.tolist(), step.tolist()))
        inside = source != 2**32 - 1
        day, born = step[inside], np.array([infected_on[s] for s in source[inside].tolist()])
        days = len(self.series("infections"))
        cases, local = np.bincount(step, minlength=days), np.bincount(day, minlength=days)

        # By cohort: whom those infected on a day came to infect, where the run follows them to the end.
        offspring, cohort = np.bincount(born, minlength=days), self.series("cohort_r")
        followed = ~np.isnan(cohort)
        self.assertGreater(followed.sum(), 30)
        np.testing.assert_allclose(cohort[followed], offspring[followed] / cases[followed], rtol=1e-12)

        # Of a day: its infections over past ones, weighted by the generation times of the run.
        weight = np.bincount(day - born, minlength=days) / len(day)
        pressure = np.array([sum(weight[g] * cases[d - g] for g in range(d + 1)) for d in range(days)])
        instantaneous = self.series("instantaneous_r")
        known = ~np.isnan(instantaneous)
        np.testing.assert_array_equal(known, pressure > 0)
        self.assertGreater(known.sum(), days - 10)
        np.testing.assert_allclose(instantaneous[known], local[known] / pressure[known], rtol=1e-9)

    def test_beds_hold_those_who_were_admitted(self):
        in_bed = self.by_stage("severe") + self.by_stage("critical")
        np.testing.assert_array_equal(self.series("hospital_beds").sum(axis=(1, 2)), in_bed)
        np.testing.assert_array_equal(self.series("critical_beds").sum(axis=(1, 2)), self.by_stage("critical"))
        self.assertGreater(in_bed.max(), 0)

    def test_snapshots_are_the_series_of_their_day(self):
        import pandas  # noqa: F401 (xarray reads with it)
        import xarray
        for step in (0, 30):
            stage = self.found[f"agents/person/snapshots/{step:08d}/epidemic.stage"]
            self.assertEqual(len(stage), self.line["agents"])
            np.testing.assert_array_equal(np.bincount(stage, minlength=len(self.stages)),
                                          self.series("people_by_stage")[step].sum(axis=(1, 2)))
        infected_on = self.found["agents/person/snapshots/00000030/epidemic.infected_on"]
        step, target = (self.found[f"events/transmission/{c}"] for c in ("step", "target"))
        early = step <= 30
        np.testing.assert_array_equal(infected_on[target[early]], step[early])
        self.assertEqual((infected_on != 65535).sum(), early.sum())
        path = f"{self.results.name}/results.h5"
        with xarray.open_dataset(path, engine="h5netcdf", group="series") as data:
            self.assertEqual(str(data.time.values[-1])[:10], "2020-04-30")
            self.assertEqual(data.infections.dims, ("time", "borough", "age_band"))
            self.assertEqual(int(data.infections.sum()), self.line["infections"])


class Resumed(command.Folder):
    def test_ranks_agree_that_the_checkpoint_they_come_from_is_there(self):
        """It is due at the step where they begin, and not written once more."""
        every = ("--set", "checkpoint.every_steps=5")
        throng("run", TOWN, "--out", self.folder / "out", *SMALL, *every, "--hang-at", "10", "--watchdog", "1",
               "--threads", 1, ranks=2)

        throng("resume", self.folder / "out", "--threads", 1, ranks=2, check=0)

        self.assertEqual(status(self.folder / "out")["restart_chain"], ["ckpt-00000010.h5"])
        run(TOWN, self.folder / "undisturbed", *SMALL)
        self.assertEqual(differences(arrays(self.folder / "undisturbed"), arrays(self.folder / "out")), [])


class Readme(command.Folder):
    def test_its_commands_run_in_a_clean_environment(self):
        # shorter and with fewer people than on the page; set-up and checks are left out
        text = (SOURCE / "README.md").read_text()
        lines = [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M) for line in block.splitlines()
                 if re.match("build/release/throng|mpirun", line)]
        self.assertGreater(len(lines), 5)
        self.assertTrue(any(line.startswith("mpirun") for line in lines))
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/throng").symlink_to(Path(command.THRONG).resolve())
        (self.folder / "scenarios").symlink_to(SOURCE / "scenarios")
        clean = {name: value for name, value in os.environ.items()
                 if name in ("PATH", "HOME") or name.endswith("SAN_OPTIONS")}
        as_root = re.search(r"`(export OMPI_[^`]*)`", text)[1]
        for line in lines:
            with self.subTest(line):
                if " run " in line and "/classics/" not in line:
                    line += " --steps 80" if "checkpoint." in line else " --steps 20"
                    line = re.sub("population.scale=[0-9.]+", "population.scale=0.01", line)
                    if "/nyc/" in line and "population.scale" not in line:
                        line += " --set population.scale=0.01"
                if line.startswith("mpirun") and os.geteuid() == 0:
                    line = f"{as_root}\n{line}"
                if line.startswith("mpirun") or "\nmpirun" in line:
                    line = line.replace("mpirun", shlex.quote(command.MPIEXEC), 1)
                    if len(os.sched_getaffinity(0)) < 2:
                        line = line.replace(" --bind-to", " --oversubscribe --bind-to", 1)
                done = subprocess.run(["bash", "-ec", line], cwd=self.folder, env=clean, capture_output=True, text=True,
                                      timeout=1200)
                # two runs of different scenarios differ, and that is what is said
                self.assertEqual(done.returncode, 1 if " compare --bits " in line else 0, done.stderr)
        self.assertEqual(status(self.folder / "runs/two")["ranks"], 2)

    def test_quickstart_refuses_a_wrong_option_before_it_builds(self):
        for arguments, wanted in ((["--thread", "1"], "--thread: is not an option of 'throng run'"),
                                  (["--seed"], "--seed: its value is missing"), (["x"], "x: is not an option")):
            done = subprocess.run([SOURCE / "tools/quickstart", *arguments], capture_output=True, text=True, timeout=10)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(wanted, done.stderr)


class FirstRun(command.Folder):
    def test_the_first_run_takes_about_a_second(self):
        path = SOURCE / "scenarios/first_run/first_run.toml"
        line = run(path, self.folder / "out")
        self.assertGreater(line["attack_rate"], 0.05)
        if "Release" in os.environ.get("THRONG_TEST_BUILD", ""):
            self.assertLess(line["wall_s"], 5, "about a second on a machine that has nothing else to do")


if __name__ == "__main__":
    command.main()
