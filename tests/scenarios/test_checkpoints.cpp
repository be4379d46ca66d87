// The folder of a run: which checkpoints are kept, what is written anew there, and what is said of
// one that is not there.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include "io/publish.h"
#include "scenarios/checkpoints.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

namespace fs = std::filesystem;

const Communicator alone;

/// A small Life and the folder of its run.
struct Life {
  Scratch scratch;
  CheckpointFolder folder{scratch.path()};
  ScenarioFile scenario = read_scenario_text(
      full_schema(), "run.model = \"life\"\nrun.steps = 60\nlife.width = 30\nlife.height = 30\n",
      "life.toml", "/");
  Run run{alone, scenario, {}};

  Checkpoints checkpoints(const CheckpointRules& rules, std::optional<Step> from = {}) const {
    return {alone, folder.run, rules, scenario.resolved, from, from};
  }
  void commit(Checkpoints& checkpoints, const std::vector<Step>& steps) {
    for (const Step step : steps) {
      while (run.simulation().now() < step) {
        run.step();
      }
      checkpoints.commit(run);
    }
  }
  fs::path segment(Step from, Step to) const { return folder.segments() / segment_name(from, to); }
  std::vector<u64> hashes_of(const Run& one) const {
    for (const Table& table : one.results(scenario).tables) {
      if (table.name == "content_hash") {
        return std::get<std::vector<u64>>(table.columns.at(1).values);
      }
    }
    return {};
  }
  /// What a run that goes on from there has recorded.
  std::vector<u64> restored() const {
    const Restart restart = folder.newest(alone);
    return hashes_of(
        Run(alone, scenario, {.past = restart.past.get(), .recorded = restart.recorded}));
  }
  std::string refusal(std::optional<Step> only = {}) const {
    try {
      folder.newest(alone, only);
      return "";
    } catch (const NoCheckpoint& error) {
      return error.what();
    }
  }
};

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t n = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("segments that were removed are made up for at the next commit", "[checkpoints]") {
  for (const bool all : {true, false}) {
    Life life;
    Checkpoints checkpoints = life.checkpoints({.keep = 100});
    life.commit(checkpoints, {0, 10, 20, 30});
    CHECK(life.restored() == life.hashes_of(life.run));
    all ? fs::remove_all(life.folder.segments()) : fs::remove(life.segment(10, 20));
    CHECK(count(life.refusal(20), "has no segment that ends at step 20") == 1);

    for (const Step step : {40, 50}) {
      life.commit(checkpoints, {step});
      INFO(step);
      CHECK(life.folder.newest(alone).step == step);
      CHECK(life.restored() == life.hashes_of(life.run));
      CHECK(life.restored().size() == step + 1u);
    }
    CHECK(fs::exists(life.segment(0, 40)));
    CHECK(fs::exists(life.segment(40, 50)));
  }
}

TEST_CASE("a segment that all checkpoints need is told of once", "[checkpoints]") {
  Life life;
  Checkpoints checkpoints = life.checkpoints({.keep = 100});
  life.commit(checkpoints, {0, 10, 20, 30});
  const std::string first = life.segment(0, 10).string(), bytes = read_file(first);

  fs::remove(first);
  CHECK(count(life.refusal(10), "has no segment that ends at step 10 (it was removed)") == 1);
  CHECK(life.folder.newest(alone).passed_over.size() == 1);
  replace_file(first, bytes.substr(1));
  const Restart restart = life.folder.newest(alone);
  CHECK(restart.step == 0);
  REQUIRE(restart.passed_over.size() == 1);
  CHECK(restart.passed_over.front().starts_with(first + ": does not match its seal"));
  replace_file(first, bytes);
  fs::remove(life.segment(0, 0));
  CHECK(count(life.refusal(), "is not the first of its run") == 1);
}

TEST_CASE("a step without a checkpoint is refused with those there are", "[checkpoints]") {
  Life life;
  CHECK(life.refusal(15).find("of step 15 to go on from (none was written). Run it anew.") !=
        std::string::npos);
  Checkpoints checkpoints = life.checkpoints({.keep = 100});
  life.commit(checkpoints, {10, 20, 30});

  CHECK(life.refusal(15) ==
        life.folder.run.string() +
            ": has no checkpoint of step 15 (there are 3: of steps 10, 20, 30). Choose one of "
            "those; checkpoint.keep and checkpoint.keep_every say which a run keeps.");
  life.commit(checkpoints, {31, 32, 33, 34, 35, 36, 37, 38});
  CHECK(life.refusal(15).find("there are 11: of steps 10, 20, 30, 31, 32, 33, 34, 35, 36, 37, "
                              "...)") != std::string::npos);
}

TEST_CASE("every so-manieth checkpoint is kept, by steps or by count", "[checkpoints]") {
  const std::vector<Step> first = {2, 3, 5, 8}, more = {9, 11, 14};
  for (const bool by_steps : {true, false}) {
    Life life;
    const CheckpointRules rules{
        .every_steps = static_cast<Step>(by_steps ? 1 : 0), .keep = 1, .keep_every = 3};
    Checkpoints checkpoints = life.checkpoints(rules);
    life.commit(checkpoints, first);
    Checkpoints resumed = life.checkpoints(rules, first.back());
    Restart restart = life.folder.newest(alone);
    Run on(alone, life.scenario, {.past = restart.past.get(), .recorded = restart.recorded});
    for (const Step step : more) {
      while (on.simulation().now() < step) {
        on.step();
      }
      resumed.commit(on);
    }

    CHECK(life.folder.steps() == (by_steps ? std::vector<Step>{3, 9, 14}      // multiples
                                           : std::vector<Step>{5, 11, 14}));  // third and sixth
  }
}

TEST_CASE("the checkpoint that a branch began with is kept", "[checkpoints]") {
  for (const bool branch : {true, false}) {
    Life life;
    std::ofstream(life.folder.run / "run.json")
        << R"({"format": "throng-run", "status": "running", "scenario": "a", "created": "now",
               "inputs": [], "restart_chain": [")"
        << (branch ? "parent/checkpoints/" : "") << R"(ckpt-00000010.h5", "ckpt-00000012.h5"]})";
    Checkpoints checkpoints = life.checkpoints({.keep = 1});
    life.commit(checkpoints, {10, 12, 14, 16});

    CHECK(life.folder.steps() == (branch ? std::vector<Step>{10, 16} : std::vector<Step>{16}));
  }
}

TEST_CASE("fixed columns are written until they are whole", "[checkpoints]") {
  Life life;
  const fs::path fixed = life.folder.checkpoints() / "fixed.h5";
  fs::create_directories(fixed);  // which no file can take the place of
  Checkpoints checkpoints = life.checkpoints({});
  CHECK_THROWS_AS(life.commit(checkpoints, {1}), IoError);
  CHECK_THROWS_AS(life.commit(checkpoints, {2}), IoError);
  fs::remove(fixed);
  life.commit(checkpoints, {3});
  const std::string whole = read_file(fixed.string());

  replace_file(fixed.string(), whole.substr(0, whole.size() / 2));
  Checkpoints resumed = life.checkpoints({}, Step{3});
  life.commit(resumed, {4});
  CHECK(read_file(fixed.string()) == whole);
}

TEST_CASE("minutes to the next checkpoint begin with one that failed as well", "[checkpoints]") {
  Life life;
  std::ofstream(life.folder.checkpoints()) << "no folder";
  Checkpoints checkpoints = life.checkpoints({.every_minutes = 0.01});
  CHECK_FALSE(checkpoints.due_by_time());
  std::this_thread::sleep_for(std::chrono::milliseconds(650));
  CHECK(checkpoints.due_by_time());
  CHECK_THROWS_AS(life.commit(checkpoints, {1}), IoError);
  CHECK_FALSE(checkpoints.due_by_time());
}
