// A scenario, as `throng check` and `throng run` read it: the first part is its file, "set" has the
// overrides, one a line, and the others are files it may build on.
#include "scenarios/engine_parameters.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

/// Whether its model is built in no time and reads no files of the user's.
bool small(const Values& values) {
  if (values.find_table("population") == nullptr) {
    return true;
  }
  return values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::town &&
         scenario::town_people_of(values) <= 10'000;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Schema schema = full_schema();
  static const Catalog catalog = builtin_catalog();
  const fuzz::Parts parts(data, size);
  const auto load = [&](const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    if (!parts.has(name)) {
      throw IoError(path.string() + ": No such file or directory");
    }
    return parts[name];
  };

  ScenarioFile read;
  const auto reading = [&] {
    read = read_scenario_text(schema, parts[""], "fuzz.toml", "folder",
                              {.set = parts.lines("set"), .load = load});
  };
  if (!fuzz::takes(reading)) {
    return 0;
  }
  // What is accepted is resolved to text that is accepted with equal values.
  ScenarioFile again;
  try {
    again = read_scenario_text(schema, read.resolved, "resolved.toml", "elsewhere");
  } catch (const InputError& error) {
    ensures(false, error.what());
  }
  ensures(read.values == again.values && read.resolved == again.resolved,
          "a resolved scenario reads back as it was");
  if (small(read.values)) {
    fuzz::takes([&] { check_scenario(read, catalog); });
    warnings_of(read, catalog);
  }
  return 0;
}
