#!/bin/sh
# COVID-19 in a made-up town of 20,000 people: runs it and opens its results.
#   examples/first_run/first_run.sh [FOLDER FOR THE RESULTS]
# THRONG names the program where it is not the one that tools/quickstart or tools/build leaves.
set -eu
cd "$(dirname "$0")/../.."
out="${1:-runs/first_run}"

"${THRONG:-build/release/throng}" run scenarios/first_run/first_run.toml --out "${out}"
"${PYTHON:-python3}" examples/first_run/look.py "${out}/results.h5"
