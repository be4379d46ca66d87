"""tools/check_layers finds what it is there to find, and lets everything else pass."""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "check_layers")


def check(files):
    """Exit status and output of the script over a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        run = subprocess.run(
            [sys.executable, SCRIPT, root], capture_output=True, text=True, check=False
        )
        return run.returncode, run.stdout


class Layers(unittest.TestCase):
    def test_a_tree_in_order_passes_in_silence(self):
        status, output = check(
            {
                "sim/types.h": "#pragma once\n#include <vector>\n",
                "sim/communicator.cpp": "#include <mpi.h>\n",
                "sim/parallel.cpp": "#include <omp.h>\n#pragma omp parallel for\n",
                "io/h5.cpp": '#include <hdf5.h>\n#include <mpi.h>\n#include "sim/types.h"\n',
                "io/toml_file.cpp": "#include <toml++/toml.h>\n",
                "behaviors/epidemic/a.h": '#include "behaviors/person/columns.h"\n',
                "behaviors/catalog.cpp": '#include "behaviors/epidemic/a.h"\n',
                "scenarios/run.cpp": '#include "io/h5.h"\n#include "behaviors/catalog.h"\n',
                "tests/sim/a.cpp": '#include "tests/b.h"\n#include <catch2/catch.hpp>\n',
            }
        )
        self.assertEqual((status, output), (0, ""))

    def test_each_planted_violation_is_found_at_its_line(self):
        planted = {
            "sim/a.cpp": '#include "io/h5.h"',
            "behaviors/epidemic/a.cpp": '#include "io/h5.h"',
            "io/a.cpp": '#include "behaviors/catalog.h"',
            "scenarios/a.cpp": '#include "tools/main.h"',
            "tools/a.cpp": '#include "tests/a.h"',
            "behaviors/labor/a.cpp": '#include "behaviors/epidemic/a.h"',
            "sim/b.cpp": '#include "types.h"',
            "behaviors/epidemic/b.cpp": "#include <mpi.h>",
            "sim/c.cpp": "#include <omp.h>",
            "sim/d.cpp": "  #pragma omp parallel for",
            "scenarios/b.cpp": "#include <tbb/parallel_sort.h>",
            "scenarios/c.cpp": "#include <oneapi/tbb/task.h>",
            "io/b.cpp": "#include <hdf5.h>",
            "io/c.cpp": "#include <H5Cpp.h>",
            "scenarios/d.cpp": "#include <toml++/toml.h>",
            "scenarios/e.cpp": "#include <curl/curl.h>",
            "io/d.cpp": "#include <sqlite3.h>",
            "sim/e.cpp": "#include <nlohmann/json.hpp>",
            "scenarios/f.cpp": "#include <CLI/CLI.hpp>",
            "tools/b.cpp": "#include <cairo.h>",
            "tools/points.cpp": "#include <boost/random/sobol.hpp>",
            "scenarios/h.cpp": "#include <Eigen/Core>",
            "scenarios/g.cpp": "#include <cairo-svg.h>",
            "sim/f.cpp": "#include <catch2/catch.hpp>",
        }
        for path, line in planted.items():
            with self.subTest(path=path, line=line):
                status, output = check({"sim/types.h": "", path: f"// two\n{line}\n"})
                self.assertEqual(status, 1)
                self.assertTrue(output.startswith(f"{path}:2: "), output)
                self.assertEqual(output.count("\n"), 1, output)

    def test_a_folder_without_sources_is_refused(self):
        status, output = check({"docs/a.txt": "text"})
        self.assertEqual(status, 2)
        self.assertIn("no sources", output)


if __name__ == "__main__":
    unittest.main()
