// What became of runs of a sweep or a fit, and how far a fit is, as files say it.
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "sim/error.h"
#include "tests/io/scratch.h"
#include "tools/fit_state.h"
#include "tools/point_outcome.h"

namespace throng {
namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

PointRun run() { return {.name = "seed-7", .seed = 7}; }

/// A run whose own files say that it was completed.
void complete(const Scratch& folder, const std::string& record) {
  std::filesystem::create_directories(folder / "seed-7");
  write(folder / "seed-7/run.json", record);
  write(folder / "seed-7/results.h5", "");
}

}  // namespace

TEST_CASE("what became of a run reads back as it was noted", "[points]") {
  const Scratch folder;
  const PointOutcome failed{.over = true, .exit_code = 65, .message = "no \"such\" town"};

  write_outcome(folder / "", run(), failed);

  const PointOutcome read = outcome_of(folder / "", run());
  CHECK(read.over);
  CHECK(read.exit_code == 65);
  CHECK(read.message == failed.message);
  CHECK(read.figures.is_null());
}

TEST_CASE("of a damaged note nothing is known", "[points]") {
  for (const char* const text :
       {"", "{", "[]", R"({"exit_code": 1, "message": 1, "figures": {}})",
        R"({"exit_code": "1", "message": "", "figures": {}})", R"({"exit_code": 1, "message": ""})",
        R"({"exit_code": 0, "message": "", "figures": [1, 2]})"}) {
    const Scratch folder;
    write(folder / "seed-7.json", text);
    INFO(text);
    CHECK_FALSE(outcome_of(folder / "", run()).over);
  }
}

TEST_CASE("a run whose launcher was killed is known by its own files", "[points]") {
  const Scratch folder;
  complete(folder, R"({"status": "completed", "summary": {"deaths": 3}})");

  CHECK(outcome_of(folder / "", run()).figures["deaths"] == 3);
  CHECK(std::filesystem::exists(folder / "seed-7.json"));
}

TEST_CASE("a run's own files may be damaged, too", "[points]") {
  for (const char* const record : {R"({"status": 1, "summary": {}})", R"({"status": "running"})"}) {
    const Scratch folder;
    complete(folder, record);
    CHECK_FALSE(outcome_of(folder / "", run()).over);
  }
  const Scratch folder;
  complete(folder, R"({"status": "completed", "summary": [1]})");
  CHECK(outcome_of(folder / "", run()).figures.is_null());
}

TEST_CASE("how far a fit is reads back to the last bit", "[fit]") {
  const Scratch folder;
  FitStep prior{.ensemble = Eigen::MatrixXd(2, 3)};
  prior.ensemble << 0.1, 1.0 / 3, -2e-300, 18'300, 18'301.5, 4;
  FitStep next = prior;
  next.so_far = 0.1 + 0.2;
  next.length = 0.3;
  next.mean_misfit = 12.5;
  next.failed = 1;
  write(folder / "state.json", fit_state_text({prior, next}));

  const auto read = read_fit_state(folder / "state.json", 2, 3);

  REQUIRE(read.size() == 2);
  CHECK(read[0].ensemble == prior.ensemble);
  CHECK(read[1].so_far == next.so_far);
  CHECK(read[1].length == next.length);
  CHECK(read[1].mean_misfit == next.mean_misfit);
  CHECK(read[1].failed == 1);
}

TEST_CASE("a damaged state of a fit, or another fit's, is refused", "[fit]") {
  const std::string good =
      R"({"steps": [{"so_far": 0, "length": 0, "mean_misfit": 0, "failed": 0, "ensemble": [[1, 2], [3, 4]]}]})";
  const Scratch folder;
  const auto refused = [&](const std::string& text, Eigen::Index members) {
    write(folder / "state.json", text);
    try {
      read_fit_state(folder / "state.json", 2, members);
    } catch (const IoError&) {
      return true;
    }
    return false;
  };
  CHECK_FALSE(refused(good, 2));
  CHECK(refused(good, 3));
  for (const auto& [from, to] : {std::pair{"\"so_far\": 0", "\"so_far\": null"},
                                 {"\"failed\": 0", "\"failed\": -0.5"},
                                 {"[1, 2]", "[1, null]"},
                                 {"[3, 4]", "[3, 4, 5]"},
                                 {"[3, 4]", "7"},
                                 {"\"length\": 0, ", ""},
                                 {"}]}", "}"}}) {
    std::string text = good;
    text.replace(text.find(from), std::string(from).size(), to);
    INFO(text);
    CHECK(refused(text, 2));
  }
}

}  // namespace throng
