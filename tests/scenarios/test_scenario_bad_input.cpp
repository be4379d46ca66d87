// Every check that a reader makes has a bad file in tests/bad_input and its exact message there.
// NAME.toml is read as a scenario, model_NAME.toml as one that chooses its model (lines "#! --set
// key=value" are overrides); people_NAME.csv, households_NAME.csv, ... together with the good
// tables, list_NAME.csv as a list of their people; NAME.expected without such a file stands for a
// file that is missing. THRONG_UPDATE_EXPECTED=1 writes the expected messages anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "io/checks.h"
#include "io/toml_file.h"
#include "scenarios/scenario_file.h"
#include "scenarios/user_files.h"
#include "scenarios/user_source.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;

const fs::path corpus = fs::path(THRONG_SOURCE_DIR) / "tests" / "bad_input";

std::vector<std::string> overrides_in(const fs::path& path) {
  std::vector<std::string> set;
  std::ifstream file(path);
  const std::string mark = "#! --set ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(mark)) {
      set.push_back(line.substr(mark.size()));
    }
  }
  return set;
}

void read_tables(const std::string& name) {
  UserFiles files{corpus / "good/people.csv", corpus / "good/households.csv",
                  corpus / "good/places.csv", corpus / "good/edges.csv"};
  const fs::path path = corpus / (name + ".csv");
  const std::string kind = name.substr(0, name.find('_'));
  if (kind == "people") {
    files.people = path;
    files.edges.reset();
  } else if (kind == "households") {
    files.households = path;
  } else if (kind == "places") {
    files.places = path;
  } else if (kind == "edges") {
    files.edges = path;
  }
  UserPopulation population = read_user_population(files);
  if (kind == "list") {
    read_people_list(path, UserSource(std::move(population)));
  }
}

bool is_table(const std::string& name) {
  for (const char* kind : {"people_", "households_", "places_", "edges_", "list_"}) {
    if (name.starts_with(kind)) {
      return true;
    }
  }
  return false;
}

std::vector<Mistake> mistakes_of(const std::string& name) {
  try {
    if (is_table(name)) {
      read_tables(name);
    } else {
      const fs::path path = corpus / (name + ".toml");
      const Schema schema = name.starts_with("model_") ? example::models() : example::schema();
      read_scenario(schema, path, {.set = overrides_in(path)});
    }
  } catch (const ReadError& error) {
    return error.mistakes();
  }
  return {};
}

// Messages as on any machine: without the folder of the sources.
std::string text_of(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    text += mistake.str() + "\n";
  }
  const std::string folder = corpus.string() + "/";
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
    text.erase(at, folder.size());
  }
  return text;
}

std::set<std::string> names_of_corpus() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.is_regular_file()) {
      names.insert(entry.path().stem().string());
    }
  }
  return names;
}
}  // namespace

TEST_CASE("every bad input has exactly its expected messages", "[scenario][bad_input]") {
  const char* update = std::getenv("THRONG_UPDATE_EXPECTED");
  for (const std::string& name : names_of_corpus()) {
    const fs::path expected = corpus / (name + ".expected");
    const std::string text = text_of(mistakes_of(name));
    if (update != nullptr) {
      std::ofstream(expected, std::ios::binary) << text;
    }
    INFO(name);
    CHECK_FALSE(text.empty());
    REQUIRE(fs::exists(expected));
    CHECK(text == read_text_file(expected));
  }
}

TEST_CASE("every check has a bad input that raises it", "[scenario][bad_input]") {
  std::set<std::string> declared, raised;
  for (const Check& check : scenario_checks) {
    declared.insert(std::string(check.id));
  }
  for (const Check& check : table_checks) {
    declared.insert(std::string(check.id));
  }
  const Schema schema = example::schema();
  for (const CrossCheck& check : schema.checks()) {
    declared.insert(check.name);
  }

  for (const std::string& name : names_of_corpus()) {
    for (const Mistake& mistake : mistakes_of(name)) {
      raised.insert(mistake.check);
    }
  }

  CHECK(raised == declared);
}

TEST_CASE("mistakes are reported in the order of their places", "[scenario][bad_input]") {
  const auto mistakes = mistakes_of("mistakes_in_base");

  REQUIRE(mistakes.size() > 2);
  for (std::size_t i = 1; i < mistakes.size(); ++i) {
    CHECK(mistakes[i - 1].place.order() <= mistakes[i].place.order());
  }
}

TEST_CASE("every check of the source stands in a list of checks", "[scenario][bad_input]") {
  // A check that is declared but not listed would escape the test above.
  const std::string text = read_text_file(fs::path(THRONG_SOURCE_DIR) / "io" / "checks.h");
  std::size_t declared = 0;
  const std::string words = "inline constexpr Check ";
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++declared;
  }

  CHECK(declared == scenario_checks.size() + table_checks.size());
}
