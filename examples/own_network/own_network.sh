#!/bin/sh
# SIR on a network of one's own: checks the files, then runs 200 seeds and prints their quantiles.
#   examples/own_network/own_network.sh [FOLDER FOR THE RESULTS]
# THRONG names the program where it is not the one that tools/quickstart or tools/build leaves.
set -eu
cd "$(dirname "$0")/../.."
throng="${THRONG:-build/release/throng}"
out="${1:-runs/karate_club}"

"${throng}" check examples/own_network/karate_club.toml
"${throng}" run examples/own_network/karate_club.toml --out "${out}" --replicates 200 --threads 1 \
  --quiet --overwrite
"${PYTHON:-python3}" examples/own_network/quantiles.py "${out}/results.h5"
