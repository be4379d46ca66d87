// Mistakes in what a scenario says about an epidemic: each file of bad_input has its exact
// messages. THRONG_UPDATE_EXPECTED=1 writes them anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <catch2/catch.hpp>

#include "io/toml_file.h"
#include "tests/behaviors/epidemic_example.h"

using namespace throng;
using namespace throng::epidemic;

namespace {
namespace fs = std::filesystem;

const fs::path corpus = fs::path(THRONG_SOURCE_DIR) / "tests" / "behaviors" / "bad_input";

// Three boroughs, so that 120 age bands are too many.
std::vector<Mistake> mistakes_of(const fs::path& path) {
  person::Geography geography = example::geography();
  geography.boroughs = {"A", "B", "C"};
  // And a park, in which nobody lives.
  geography.neighborhoods.push_back("park");
  geography.borough_of.push_back(0);
  geography.first_person.push_back(geography.first_person.back());
  try {
    const Values values = read_scenario(example::schema(), path).values;
    settings_from(values, Calendar{values.get(scenario::run_start)},
                  static_cast<Step>(values.get(scenario::run_steps)), geography);
  } catch (const ReadError& error) {
    return error.mistakes();
  }
  return {};
}

// As on any machine: without the folder of the sources.
std::string text_of(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    text += mistake.str() + "\n";
  }
  for (const std::string& folder : {corpus.string() + "/", std::string(THRONG_SOURCE_DIR) + "/"}) {
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
      text.erase(at, folder.size());
    }
  }
  return text;
}

std::set<fs::path> bad_inputs() {
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() == ".toml") {
      paths.insert(entry.path());
    }
  }
  return paths;
}
}  // namespace

TEST_CASE("every bad epidemic has exactly its expected messages", "[epidemic][bad_input]") {
  const bool update = std::getenv("THRONG_UPDATE_EXPECTED") != nullptr;
  const auto paths = bad_inputs();
  REQUIRE(paths.size() >= 11);
  for (const fs::path& path : paths) {
    const fs::path expected = fs::path(path).replace_extension(".expected");
    const std::string text = text_of(mistakes_of(path));
    if (update) {
      std::ofstream(expected, std::ios::binary) << text;
    }
    INFO(path.filename());
    CHECK_FALSE(text.empty());
    REQUIRE(fs::exists(expected));
    CHECK(text == read_text_file(expected));
  }
}

TEST_CASE("every check of an epidemic has a bad input that raises it", "[epidemic][bad_input]") {
  std::set<std::string> declared = {"epidemic.cells",          "epidemic.sector",
                                    "epidemic.neighborhood",   "epidemic.seed_date",
                                    "epidemic.seed_count",     "epidemic.importation_nobody",
                                    "epidemic.r0_out_of_reach"};
  Schema schema;
  declare(schema);
  for (const CrossCheck& check : schema.checks()) {
    declared.insert(check.name);
  }
  std::set<std::string> raised;
  for (const fs::path& path : bad_inputs()) {
    for (const Mistake& mistake : mistakes_of(path)) {
      raised.insert(mistake.check);
    }
  }

  CHECK(raised == declared);
}

TEST_CASE("a natural history put together in code is checked like one of a file", "[epidemic]") {
  std::vector<Stage> stages(3);
  stages[0].name = "susceptible";
  stages[1] = {.name = "severe",
               .infectiousness = 1,
               .role = StageRole::hospital,
               .next = {{2, {}, WholeSteps::constant(5)}}};
  stages[2] = {.name = "carrier", .infectiousness = 1, .next = {}};

  try {
    const NaturalHistory history(stages, 1, 1, 0);
    FAIL("accepted");
  } catch (const InputError& error) {
    REQUIRE(error.messages().size() == 2);
    CHECK(error.messages()[0] ==
          "epidemic.stage 'severe' is infectious but its role is 'hospital' (people in that role "
          "meet nobody). Set infectiousness = 0.");
    CHECK(error.messages()[1] ==
          "epidemic.stage 'carrier' is infectious and final (a case that never ends has no R0). "
          "Add where it leads in 'next'.");
  }
}
