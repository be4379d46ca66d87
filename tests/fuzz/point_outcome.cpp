// What became of a run of a sweep or a fit: the parts "json", "out" and "err" stand beside its
// folder, "run.json" and "results.h5" in it. It goes into a table.
#include "tools/point_outcome.h"

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/points_table.h"

using namespace throng;

namespace {

void offer(const fuzz::Folder& folder, const fuzz::Parts& parts, const std::string& part,
           const std::string& file) {
  if (parts.has(part)) {
    folder.write(file, parts[part]);
  } else {
    folder.remove(file);
  }
}

void check(const PointRun& run, const PointOutcome& outcome) {
  ensures(outcome.over || outcome.figures.is_null(), "what is not over has no figures");
  ensures(outcome.figures.is_null() || outcome.figures.is_object(), "figures have names");
  const std::string table = table_of({"point"}, {{.first = {run.name}, .outcome = &outcome}});
  ensures(table.starts_with("point,status,exit_code,message"), "a table has its columns");
  PointsDone done;
  done.outcomes.push_back(outcome);
  ensures(failures_of({run}, done).empty() == (!outcome.over || outcome.exit_code == 0),
          "what failed is told");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const bool made = std::filesystem::create_directories(folder / "seed-7");
  ensures(made, "the run has a folder");
  const fuzz::Parts parts(data, size);
  const PointRun run{.name = "seed-7", .seed = 7};
  for (const char* const ending : {"json", "out", "err"}) {
    offer(folder, parts, ending, std::string("seed-7.") + ending);
  }
  offer(folder, parts, "run.json", "seed-7/run.json");
  offer(folder, parts, "results.h5", "seed-7/results.h5");

  PointOutcome read;
  if (fuzz::takes([&] { read = outcome_of(folder / "", run); })) {
    check(run, read);
  }
  if (read.over) {
    write_outcome(folder / "", run, read);
    const PointOutcome again = outcome_of(folder / "", run);
    ensures(again.exit_code == read.exit_code && again.figures.size() == read.figures.size(),
            "an outcome reads back as it was");
  }
  for (const int exit_code : {0, 65, 137}) {
    const PointOutcome ended = outcome_after(folder / "", run, exit_code);
    check(run, ended);
    ensures(ended.message.size() <= 2'100, "a message is short");
  }
  return 0;
}
