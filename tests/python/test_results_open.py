"""Results open in h5py, pandas, xarray and h5dump, with units, dates and labels.

usage: test_results_open.py WRITE_SAMPLE_RESULTS     (tests/python/write_sample.cpp)

Exits 77, saying why, when one of the tools is absent: ctest then reports the test as skipped.
"""
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings

FOLDER = None


def skip(reason):
    print(f"SKIPPED: {reason}. Results were NOT opened as users open them.", flush=True)
    sys.exit(77)


def needed(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        skip(f"the Python package '{name}' cannot be imported ({error})")


np, h5py, pd, xr = (needed(name) for name in ("numpy", "h5py", "pandas", "xarray"))
needed("h5netcdf")
if shutil.which("h5dump") is None:
    skip("the program 'h5dump' is absent (package hdf5-tools)")


def results(name="results.h5"):
    return h5py.File(f"{FOLDER}/{name}", "r")


class H5py(unittest.TestCase):
    def test_the_root_says_what_the_file_is(self):
        with results() as file:
            self.assertEqual(file.attrs["format"], "throng-run")
            self.assertEqual(file.attrs["format_version"].tolist(), [1, 0])
            self.assertEqual(file.attrs["format_version"].dtype, np.int32)
            self.assertEqual(file.attrs["software"], "Throng")
            self.assertEqual(file.attrs["seed"], 7)
            self.assertEqual(file.attrs["seed"].dtype, np.uint64)
            self.assertEqual((file.attrs["n_ranks"], file.attrs["threads"]), (2, 4))
            self.assertEqual(file.attrs["created"], "2026-03-01T12:00:00Z")
            self.assertEqual(file.attrs["content_hash"], "00ff7")
            for name in ("version", "git_commit", "scenario", "rng"):
                self.assertIsInstance(file.attrs[name], str)
                self.assertTrue(file.attrs[name])

    def test_groups_keep_the_order_of_writing(self):
        with results() as file:
            log = h5py.h5g.open(file.id, b"events/transmission")
            names = []
            log.links.iterate(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
            self.assertEqual(names, [b"row", b"step", b"target", b"source", b"layer", b"index"])

    def test_labels_are_enums_with_flags_beside_them(self):
        with results() as file:
            layer = file["events/transmission/layer"]
            self.assertEqual(h5py.check_enum_dtype(layer.dtype), {"household": 0, "work place": 1})
            self.assertEqual(layer.attrs["flag_values"].tolist(), [0, 1])
            self.assertEqual(layer.attrs["flag_values"].dtype, np.uint8)
            self.assertEqual(layer.attrs["flag_meanings"], "household work_place")
            self.assertEqual(layer[:].tolist(), [0, 1, 0, 1, 1])

    def test_offsets_find_the_rows_of_a_step(self):
        with results() as file:
            log = file["events/transmission"]
            first, end = log["index/step_offset"][2:4]
            self.assertEqual(log["step"][first:end].tolist(), [2, 2, 2])
            self.assertEqual(log["target"][first:end].tolist(), [1, 2, 3])

    def test_agents_are_columns_by_kind_and_step(self):
        with results() as file:
            person = file["agents/person"]
            self.assertEqual(person["static/age"][:].tolist(), [70, 8, 33])
            self.assertEqual(person["static/age"].attrs["units"], "year")
            self.assertEqual(person["snapshots/00000002"].attrs["step"], 2)
            self.assertEqual(person["snapshots/00000002/stage"][:].tolist(), [0, 1, 1])

    def test_provenance_and_schema_are_text(self):
        with results() as file:
            provenance = file["provenance"]
            self.assertEqual(provenance["scenario"].asstr()[()], "[run]\nseed = 7  # «seven»\n")
            self.assertEqual(provenance["command_line"].asstr()[:].tolist(),
                             ["throng", "run", "my town.toml"])
            self.assertEqual(provenance["inputs/sha256"].asstr()[0], 64 * "a")
            self.assertEqual(provenance["inputs/bytes"][0], 120)
            schema = json.loads(file["schema"].asstr()[()])
            step = schema["events"]["transmission"][0]
            self.assertEqual((step["name"], step["dtype"], step["unit"]), ("step", "uint32", "day"))
            self.assertEqual(schema["tables"]["fit"][0]["labels"], ["age", "household size"])

    def test_texts_are_a_column_of_strings(self):
        with results() as file:
            text = file["tables/question/text"]
            self.assertEqual(text.asstr()[:].tolist(), ["«Would you, or not?»\n", "", "no"])
            schema = json.loads(file["schema"].asstr()[()])
            self.assertEqual(schema["tables"]["question"][0]["dtype"], "string")

    def test_columns_are_chunked_shuffled_and_deflated(self):
        with results() as file:
            target = file["events/transmission/target"]
            self.assertEqual((target.compression, target.compression_opts, target.shuffle),
                             ("gzip", 1, True))


class Pandas(unittest.TestCase):
    def test_a_log_becomes_a_frame_with_categories(self):
        with results() as file:
            log = file["events/transmission"]
            frame = pd.DataFrame({n: log[n][:] for n in ("step", "target", "source", "layer")})
            names = list(h5py.check_enum_dtype(log["layer"].dtype))
            frame["layer"] = pd.Categorical.from_codes(frame["layer"], names)
        self.assertEqual(frame.groupby("step").size().to_dict(), {1: 2, 2: 3})
        self.assertEqual((frame.layer == "work place").sum(), 3)

    def test_a_series_becomes_a_frame_over_dates(self):
        with xr.open_dataset(f"{FOLDER}/results.h5", engine="h5netcdf", group="series") as data:
            frame = data.infections.to_dataframe()
        self.assertEqual(frame.index[2], pd.Timestamp("2020-03-03"))
        self.assertEqual(frame.infections.tolist(), [0, 1, 7])


class Xarray(unittest.TestCase):
    def open(self, group="series", name="results.h5"):
        data = xr.open_dataset(f"{FOLDER}/{name}", engine="h5netcdf", group=group)
        self.addCleanup(data.close)
        return data

    def test_time_is_dates_and_labels_are_coordinates(self):
        data = self.open()
        self.assertEqual(data.persons.dims, ("time", "stage", "borough"))
        self.assertEqual(str(data.time.values[0])[:10], "2020-03-01")
        self.assertEqual(data.stage.values.tolist(), ["susceptible", "infectious"])
        # rows of day 2: susceptible 7 and 18, infectious 3 and 2
        day = data.persons.sel(time="2020-03-03")
        self.assertEqual(int(day.sel(stage="infectious", borough="Staten Island")), 2)
        self.assertEqual(int(day.sel(stage="susceptible").sum()), 25)

    def test_units_and_long_names_stand_beside_values(self):
        data = self.open()
        self.assertEqual(data.persons.attrs["units"], "person")
        self.assertEqual(data.infections.attrs["units"], "person/day")
        self.assertEqual(data.infections.attrs["long_name"], "new infections")
        self.assertEqual(data.age.attrs["units"], "year")
        self.assertEqual(data.age.values.tolist(), [0, 65])

    def test_a_missing_value_is_nan(self):
        values = self.open().r_cohort.values
        self.assertEqual(values[0].tolist(), [1.5, 0.5])
        self.assertTrue(np.isnan(values[2, 1]))

    def test_a_table_with_texts_becomes_a_frame(self):
        frame = self.open("tables/question").to_dataframe()
        self.assertEqual(frame.text.tolist(), ["«Would you, or not?»\n", "", "no"])
        self.assertEqual(frame[frame.text == "no"].asked.tolist(), [2])

    def test_tables_and_logs_are_one_frame_each(self):
        for group, columns in (("events/transmission", ["step", "target", "source", "layer"]),
                               ("tables/fit", None), ("agents/person/static", None),
                               ("agents/person/snapshots/00000002", None)):
            with self.subTest(group), warnings.catch_warnings():
                warnings.simplefilter("error")
                data = self.open(group)
                self.assertEqual(set(data.sizes), {"row"})
                frame = data.to_dataframe()
                with results() as file:
                    stored = {name: item[()] for name, item in file[group].items()
                              if name not in ("row", "index")}
                self.assertEqual(len(frame), data.sizes["row"])
                self.assertEqual(set(frame.columns), set(columns or stored))
                for name, values in stored.items():
                    self.assertEqual(frame[name].tolist(), values.tolist())
        self.assertEqual(self.open("events/transmission/index").step_offset.values.tolist(), [0, 0, 2, 5])

    def test_replicates_lead_and_quantiles_are_those_of_numpy(self):
        data = self.open(name="replicates.h5")
        self.assertEqual(data.infections.dims, ("replicate", "time"))
        self.assertEqual(data.seed.values.tolist(), [7, 3, 11])
        self.assertEqual(data.infections.values[:, 2].tolist(), [7, 3, 11])
        quantiles = self.open("quantiles", "replicates.h5").infections
        self.assertEqual(quantiles["quantile"].values.tolist(), [0.025, 0.25, 0.5, 0.75, 0.975])
        expected = np.quantile([3, 7, 11], [0.025, 0.25, 0.5, 0.75, 0.975])
        np.testing.assert_allclose(quantiles.values[:, 2], expected, rtol=1e-15)


class H5dump(unittest.TestCase):
    def test_every_byte_is_readable_text(self):
        dump = subprocess.run(["h5dump", f"{FOLDER}/results.h5"], capture_output=True, text=True)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        self.assertIn('"days since 2020-03-01"', dump.stdout)
        self.assertIn('"household"', dump.stdout)
        self.assertIn("work place", dump.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="throng results ä ") as FOLDER:
        subprocess.run([sys.argv.pop(1), FOLDER], check=True)
        unittest.main(exit=True)
