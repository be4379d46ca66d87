#!/bin/sh
# A language model on this machine says who stays home in a small town: runs it with live answers, then replays them
# with the server stopped.
#   examples/local_model/local_model.sh [FOLDER FOR THE RESULTS]
# THRONG names the program where it is not the one that tools/quickstart or tools/build leaves.
set -eu
cd "$(dirname "$0")/../.."
throng="${THRONG:-build/release/throng}"
out="${1:-runs/local_model}"
export throng out

tools/local_model install
# shellcheck disable=SC2016  # the variables are for the inner shell
tools/local_model run sh -c '"${throng}" run examples/local_model/local_model.toml --out "${out}" \
  --set decision.stay_home.http.url="\"${THRONG_MODEL_URL}\""'
"${throng}" run examples/local_model/local_model.toml --out "${out}_replayed" \
  --set decision.stay_home.provider='"cassette"' --set decision.stay_home.cassette="\"${out}/results.h5\""
