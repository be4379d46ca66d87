"""What is made of the files that runs leave: merged results, exported tables.

usage: test_tables.py THRONG MPIEXEC [CLASS]
"""
import contextlib
import csv
import io
import os
import shutil
import subprocess
import time
from pathlib import Path

import command
from command import arrays, differences, h5py, np, run, SANITIZED, status, throng
from run_files import Files, Made, seal, TOWN, unsealed, verify


class Merged(Files):
    @contextlib.contextmanager
    def hanging(self, *arguments, at=25):
        """A run that goes no further than a step, until the test is done with it."""
        out = self.folder / "out"
        process = subprocess.Popen([command.THRONG, "run", *map(str, arguments[:1]), "--out", out, "--quiet", "--threads", "1",
                                    *map(str, arguments[1:]), "--hang-at", str(at)])
        try:
            while not any(entry["event"] == "checkpoint" and entry["step"] == at // 10 * 10 for entry in self.log(out)):
                self.assertIsNone(process.poll(), "the run ended")
                time.sleep(0.02)
            yield out, process
        finally:
            process.kill()
            process.wait()

    @staticmethod
    def log(out):
        return command.log(out) if (out / "log.jsonl").exists() else []

    def check_prefix(self, file, steps, complete=0):
        """Series, logs and hashes up to a step are those of the whole run."""
        with h5py.File(file) as merged, h5py.File(Made.town() / "results.h5") as whole:
            self.assertEqual((merged.attrs["complete"], len(merged["series/time"])), (complete, steps + 1))
            compared = 0
            for name, stored in merged["series"].items():
                # What is estimated of a day depends on what was seen later.
                if "DIMENSION_LIST" in stored.attrs and stored.dtype == np.int64:
                    np.testing.assert_array_equal(stored[:], whole["series"][name][:steps + 1], name)
                    compared += 1
            self.assertGreater(compared, 5)
            hashes = merged["tables/content_hash/hash"][:]
            np.testing.assert_array_equal(hashes, whole["tables/content_hash/hash"][:steps + 1])
            self.assertEqual(merged.attrs["content_hash"], f"{hashes[-1]:016x}")
            log, of = merged["events/transmission"], whole["events/transmission"]
            rows = int((of["step"][:] <= steps).sum())
            self.assertGreater(rows, 10)
            for column in ("step", "target", "source", "layer", "place"):
                np.testing.assert_array_equal(log[column][:], of[column][:rows], column)
            snapshot = "agents/person/snapshots/00000010/epidemic.stage"
            np.testing.assert_array_equal(merged[snapshot][:], whole[snapshot][:])

    @staticmethod
    def fingerprint(out):
        return {path.relative_to(out): (path.stat().st_mtime_ns, path.read_bytes())
                for path in sorted(out.rglob("*")) if path.is_file()}

    def test_of_a_run_that_was_killed(self):
        with self.hanging(*TOWN) as (out, process):
            process.kill()
            process.wait()
        before = self.fingerprint(out)
        self.assertIn("has no results.h5", throng("export", out, check=65).stderr)

        done = throng("merge", out, check=0)

        self.assertEqual(done.stdout, f"{out}/results.h5: 20 of 30 days, complete = 0\n")
        self.check_prefix(out / "results.h5", 20)
        after = self.fingerprint(out)
        after.pop(Path("results.h5"))
        before.pop(Path("run.lock"), None)
        self.assertEqual(after, before)
        with h5py.File(out / "results.h5") as file:
            run_json = status(out)
            self.assertEqual(file.attrs["created"], run_json["created"])
            self.assertEqual(list(file["provenance/command_line"].asstr()), run_json["command_line"])
        verify(out, check=0)
        # which is what a run of so many steps gives
        run(TOWN[0], self.folder / "short", *TOWN[1:], "--steps", 20)
        self.assertEqual(differences(arrays(self.folder / "short"), arrays(out)), [])
        # on more ranks, and again: the same
        throng("merge", out, "--out", self.folder / "two.h5", ranks=2, check=0)
        first, second = (unsealed(path.read_bytes()) for path in (out / "results.h5", self.folder / "two.h5"))
        self.assertEqual(first, second)
        # and the run goes on as if nothing had been
        throng("resume", out, "--quiet", check=0)
        self.assertEqual(differences(arrays(Made.town()), arrays(out)), [])
        self.assertIn("holds the whole run", throng("merge", out, check=0).stderr)

    def test_of_a_run_that_is_alive(self):
        with self.hanging(*TOWN) as (out, process):
            before = self.fingerprint(out)
            refused = throng("merge", out, check=73)
            self.assertIn("another run is writing into it", refused.stderr)
            self.assertIn("--out", refused.stderr)
            for same in (out / "results.h5", out / "checkpoints/../results.h5"):
                self.assertEqual(throng("merge", out, "--out", same, check=73).stderr, refused.stderr)
            throng("merge", out, "--out", self.folder / "now.h5", check=0)
            verify(out, check=0)
            self.check_prefix(self.folder / "now.h5", 20)
            self.assertEqual(self.fingerprint(out), before)
            self.assertIsNone(process.poll())
            # it still holds its folder
            self.assertIn("another run is writing into it", throng("run", TOWN[0], "--out", out, *TOWN[1:], check=73).stderr)

    def test_damage_costs_the_newest_checkpoint_and_is_told(self):
        with self.hanging(*TOWN) as (out, process):
            process.kill()
            process.wait()
        with open(out / "checkpoints/ckpt-00000020.h5", "r+b") as file:
            file.write(b"\0")
        done = throng("merge", out, check=0)
        self.assertIn("An older checkpoint is taken.", done.stderr)
        self.check_prefix(out / "results.h5", 10)
        shutil.rmtree(out / "segments")
        self.assertIn("has no checkpoint to go on from", throng("merge", out, check=66).stderr)
        self.assertIn("is no run directory", throng("merge", self.folder, check=65).stderr)

    def test_what_is_there_is_not_lost(self):
        with self.hanging(*TOWN) as (out, process):
            process.kill()
            process.wait()
        throng("merge", out, check=0)
        with open(out / "checkpoints/ckpt-00000020.h5", "r+b") as file:
            file.write(b"\0")
        for arguments in ((), ("--out", out / "results.h5")):
            self.assertIn("holds more than the newest whole checkpoint", throng("merge", out, *arguments, check=73).stderr)
        before = self.fingerprint(out)
        for name in ("run.json", "log.jsonl", "checkpoints/ckpt-00000010.h5", "segments/mine.h5"):
            self.assertIn("keeps a file there", throng("merge", out, "--out", out / name, check=73).stderr)
        self.assertEqual(self.fingerprint(out), before)
        self.check_prefix(out / "results.h5", 20)
        throng("merge", out, "--out", self.folder / "less.h5", check=0)
        self.check_prefix(self.folder / "less.h5", 10)
        # but damaged ones are made again
        os.truncate(out / "results.h5", 1000)
        throng("merge", out, check=0)
        self.check_prefix(out / "results.h5", 10)

    def test_a_damaged_record_is_told_once(self):
        out = self.copy(Made.town())
        (out / "run.json").write_text("{")
        for ranks in (1, 2):
            said = throng("merge", out, ranks=ranks, check=74).stderr
            self.assertEqual(said.count("run.json: "), 1, said)
            self.assertNotIn("MPI_ABORT", said)
            self.assertNotIn("rank ", said)

    def test_of_several_seeds_those_that_are_finished(self):
        out = self.folder / "out"
        process = subprocess.Popen([command.THRONG, "run", TOWN[0], "--out", out, "--quiet", "--threads", "1",
                                    *map(str, TOWN[1:]), "--replicates", "100000"])
        try:
            while not (out / "replicates/00000001.h5").exists():
                self.assertIsNone(process.poll(), "the run ended")
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
        done = throng("merge", out, check=0)
        seeds = len(list((out / "replicates").glob("*.h5")))
        self.assertEqual(done.stdout, f"{out}/results.h5: {seeds} of 100000 seeds, complete = 0\n")
        with h5py.File(out / "results.h5") as file, h5py.File(Made.seeds() / "results.h5") as three:
            self.assertEqual(file.attrs["complete"], 0)
            np.testing.assert_array_equal(file["series/infections"][:2], three["series/infections"][:2])


class Exported(Files):
    def table(self, *arguments, check=0):
        done = throng("export", *arguments, check=check)
        return list(csv.reader(io.StringIO(done.stdout, newline="")))

    @staticmethod
    def date(first, day):
        return str(np.datetime64(first) + np.timedelta64(int(day), "D"))

    def test_series_with_dates_and_labels(self):
        out = Made.town()
        for name in ("infections", "infections_by_layer", "cohort_r"):
            with self.subTest(series=name), h5py.File(out / "results.h5") as file:
                stored = file["series"][name]
                axes = [dim[0] for dim in stored.dims]
                words = [[self.date("2020-01-01", day) for day in axes[0][:]]] + [list(a.asstr()[:]) for a in axes[1:]]
                expected = [[*(words[axis][k] for axis, k in enumerate(index)), value]
                            for index, value in np.ndenumerate(stored[:])]
                header, *rows = self.table(out, "--series", name)
                self.assertEqual(header, [*(axis.name.split("/")[-1] for axis in axes), name])
                self.assertEqual(len(rows), len(expected))
                for row, (*place, value) in zip(rows, expected):
                    self.assertEqual(row[:-1], place)
                    if np.isnan(value):
                        self.assertEqual(row[-1], "")
                    else:
                        self.assertEqual(type(value)(row[-1]), value)  # to the last bit
        self.assertIn("", [row[-1] for row in self.table(out, "--series", "cohort_r")])

    def test_every_column_of_tables_logs_and_agents(self):
        out = Made.town()
        with h5py.File(out / "results.h5") as file:
            def check(header, rows, columns, leading=()):
                self.assertEqual(header, [*leading, *(n for c in columns for n in ([c.name.split("/")[-1]] + (
                    ["date"] if c.name.endswith("/step") else [])))])
                self.assertEqual(len(rows), len(columns[0]))
                by_name = dict(zip(header, zip(*rows)))
                for column in columns:
                    labels = h5py.check_enum_dtype(column.dtype)
                    words = {value: label for label, value in (labels or {}).items()}
                    found = by_name[column.name.split("/")[-1]]
                    self.assertEqual(list(found), [words.get(v, str(v)) for v in column[:].tolist()], column.name)
                    if column.name.endswith("/step"):
                        self.assertEqual(list(by_name["date"]), [self.date("2020-01-01", s) for s in column[:]])

            def columns_of(group):
                return [column for name, column in group.items() if name not in ("row", "index")]

            for option, group in (("--table", "tables/content_hash"), ("--events", "events/transmission")):
                header, *rows = self.table(out, option, group.split("/")[1])
                check(header, rows, sorted(columns_of(file[group]), key=lambda c: header.index(c.name.split("/")[-1])))
            header, *rows = self.table(out, "--agents", "person", "--step", 10)
            agents = file["agents/person"]
            columns = columns_of(agents["snapshots/00000010"]) + columns_of(agents["static"])
            check(header, rows, sorted(columns, key=lambda c: header.index(c.name.split("/")[-1])), leading=("row",))
            self.assertEqual([row[0] for row in rows], [str(k) for k in range(2000)])
            self.assertTrue(set(dict(zip(header, zip(*rows)))["person.sex"]) <= {"female", "male", "other"})

    def test_numbers_of_a_plane_and_ids_come_back_to_the_bit(self):
        out = Made.meadow()
        header, *rows = self.table(out, "--agents", "sheep", "--step", 40)
        with h5py.File(out / "results.h5") as file:
            sheep = file["agents/sheep/snapshots/00000040"]
            self.assertEqual(header[0], "sheep.id")
            self.assertEqual([float(row[header.index("sheep.x")]) for row in rows], sheep["sheep.x"][:].tolist())
            self.assertEqual([int(row[0]) for row in rows], sheep["sheep.id"][:].tolist())
        header, *rows = self.table(out, "--series", "sheep", "--units")
        self.assertEqual((header, rows[0][0]), (["time [1]", "sheep [1]"], "0"))

    def test_of_several_seeds_all_or_one(self):
        out = Made.seeds()
        header, *rows = self.table(out, "--series", "infections")
        self.assertEqual(header, ["replicate", "time", "borough", "age_band", "infections"])
        one = self.table(out, "--series", "infections", "--replicate", 1)
        self.assertEqual(one[1:], [row for row in rows if row[0] == "1"])
        self.assertEqual(len(rows), 3 * len(one[1:]))
        header, *rows = self.table(out, "--events", "transmission")
        one = self.table(out, "--events", "transmission", "--replicate", 2)
        self.assertEqual(one[1:], [row for row in rows if row[0] == "2"])
        header, *rows = self.table(out, "--agents", "person", "--step", 10)
        self.assertEqual((header[:2], len(rows)), (["replicate", "row"], 6000))
        one = self.table(out, "--agents", "person", "--step", 10, "--replicate", 2)
        self.assertEqual(one[1:], rows[4000:])
        header, *rows = self.table(out, "--quantiles", "infections")
        self.assertEqual([header[0], rows[0][0], rows[-1][0]], ["quantile", "0.025", "0.975"])
        self.assertIn("there is no replicate 3 (the run has 3", throng("export", out, "--replicate", 3, "--table",
                                                                       "content_hash", check=65).stderr)

    def test_the_form_is_that_of_rfc_4180(self):
        out, file = Made.meadow(), self.folder / "sheep.csv"
        text = throng("export", out, "--series", "meals", check=0, encoding="utf-8").stdout
        throng("export", out, "--series", "meals", "-o", file, check=0)
        data = file.read_bytes()
        self.assertEqual(data.decode().replace("\r\n", "\n"), text.replace("\r\n", "\n"))
        self.assertEqual(data.count(b"\r\n"), data.count(b"\n"))
        self.assertTrue(data.startswith(b"time,meal,meals\r\n0,"), data[:40])
        self.assertTrue(data.endswith(b"\r\n"))

        def strange(results):
            stored = results["series/meal"]
            stored[0], stored[1] = 'a "b", c', "two\nlines"

        path = self.folder / "results.h5"
        path.write_bytes(unsealed((out / "results.h5").read_bytes()))
        with h5py.File(path, "r+") as results:
            strange(results)
        seal(path)
        rows = self.table(path, "--series", "meals")
        self.assertEqual([row[1] for row in rows[1:3]], ['a "b", c', "two\nlines"])

    def test_without_a_selection_it_lists_what_there_is(self):
        text = throng("export", Made.meadow(), check=0).stdout
        found = [line.split("  ")[1].split("   ")[0].strip() for line in text.splitlines()[1:]]
        self.assertEqual(found, ["--series sheep", "--series wolves", "--series grass", "--series meals", "--table content_hash",
                                 "--agents patch --step 20", "--agents patch --step 40",
                                 *(line for kind in ("sheep", "wolf") for line in
                                   (f"--agents {kind} --step 20", f"--agents {kind} --step 40", f"--xdmf {kind} -o FILE.xdmf"))])
        for line in (line for line in found if "--xdmf" not in line):  # tests/analysis has that
            throng("export", Made.meadow(), *line.split(), check=0)

    def test_what_is_not_there_is_named(self):
        out = Made.meadow()
        for arguments, code, words in (
                (["--series", "cows"], 65, "holds no series 'cows' (it has: 'sheep', 'wolves', 'grass', 'meals')"),
                (["--table", "cows"], 65, "holds no table 'cows'"), (["--events", "e"], 65, "holds no log 'e'"),
                (["--agents", "cow", "--step", 20], 65, "holds no agents of kind 'cow'"),
                (["--quantiles", "sheep"], 65, "holds no quantiles of 'sheep' (it has: none)"),
                (["--agents", "sheep"], 65, "(there are: 20, 40). Give one of them as --step."),
                (["--agents", "sheep", "--step", 7], 65, "no snapshot of 'sheep' after step 7 (there are: 20, 40)"),
                (["--series", "sheep", "--table", "content_hash"], 2, "--series,"), (["--step", 20], 2, "--agents"),
                (["--table", "content_hash", "-o", "/dev/null"], 65, "/dev/null: cannot be written (it is a folder"),
                (["--table", "content_hash", "-o", self.folder / "a/b.csv"], 74, "b.csv: cannot be written"),
                (["--table", "content_hash", "-o", "/dev/full"], 65, "/dev/full")):
            with self.subTest(arguments=arguments):
                self.assertIn(words, throng("export", out, *arguments, check=code).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])
        for path, words in ((self.folder / "absent", "is not there. Give"), (self.folder, "is no run directory (it has no run.json)")):
            self.assertIn(f"{path}: {words}", throng("export", path, check=65).stderr)
        with open("/dev/full", "w") as full:
            done = subprocess.run([command.THRONG, "export", out, "--table", "content_hash"], stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 74)

    def test_results_of_an_earlier_run_are_not_taken_for_those_of_the_run(self):
        out = self.overwritten()
        series = ("--series", "infections")
        said = throng("export", out, *series, check=65).stderr
        self.assertIn(f"{out}/results.h5: is an earlier run's", said)
        self.assertEqual(self.table(out / "results.h5", *series), self.table(Made.town(), *series))
        self.assertIn("is an earlier run's", throng("draw", out, "--step", 10, "-o", self.folder / "a.png", check=65).stderr)
        throng("merge", out, check=0)
        self.assertNotEqual(self.table(out, *series), self.table(Made.town(), *series)[:22])

    def test_no_file_of_a_run_is_written_over(self):
        out, alone = self.copy(Made.meadow()), self.folder / "mine.h5"
        shutil.copy(out / "results.h5", alone)
        before = Merged.fingerprint(self.folder)
        for source in (out, out / "results.h5", alone):
            for name in ("results.h5", "run.json", "scenario.toml", "log.jsonl", "checkpoints/ckpt-00000020.h5",
                         "segments/a.csv", "checkpoints/../results.h5"):
                said = throng("export", source, "--series", "sheep", "-o", out / name, check=73).stderr
                self.assertIn(f"throng: {out / name}: ", said)
        self.assertIn("is the file that is read", throng("export", alone, "--series", "sheep", "-o", alone, check=73).stderr)
        self.assertEqual(Merged.fingerprint(self.folder), before)
        throng("export", out, "--series", "sheep", "-o", out / "sheep.csv", check=0)

    def test_a_long_table_takes_little_memory(self):
        rows = 8_000_000
        path = self.folder / "results.h5"
        path.write_bytes(unsealed((Made.meadow() / "results.h5").read_bytes()))
        with h5py.File(path, "r+") as file:
            table = file.create_group("tables/long")
            for name in ("a", "b", "c"):
                table.create_dataset(name, data=np.arange(rows, dtype="u8"), chunks=(65536,), shuffle=True, compression=1)
        seal(path)
        last, lines, peak = b"", 0, 0
        with subprocess.Popen([command.THRONG, "export", path, "--table", "long"], stdout=subprocess.PIPE) as process:
            while block := process.stdout.read(1 << 20):
                last, lines = (last + block)[-100:], lines + block.count(b"\n")
                if process.poll() is None:
                    peak = max(peak, *(int(line.split()[1]) * 1024 for line in Path(f"/proc/{process.pid}/status")
                                       .read_text().splitlines() if line.startswith("VmHWM:")), 0)
        self.assertEqual((process.returncode, lines), (0, rows + 1))
        self.assertTrue(last.endswith(b"%d,%d,%d\r\n" % (rows - 1, rows - 1, rows - 1)), last)
        if not SANITIZED:
            self.assertTrue(10e6 < peak < 8 * rows, f"{peak} bytes, of {8 * rows} bytes in each of three columns")


if __name__ == "__main__":
    command.main()
