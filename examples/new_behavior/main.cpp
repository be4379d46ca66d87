// COVID-19 in a town with word of mouth beside it: prints a line every two weeks.
//
//   word_of_mouth town.toml [section.key=value]...
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "word_of_mouth.h"

#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace {
using namespace throng;

/// The first stage with symptoms.
u8 ill(const epidemic::NaturalHistory& history) {
  const auto& stages = history.stages();
  const auto first =
      std::find_if(stages.begin(), stages.end(), [](const auto& s) { return s.symptomatic; });
  if (first == stages.end()) {
    throw InputError(
        "epidemic.stage: no stage has symptoms (word of mouth starts with them). Mark one: "
        "symptomatic = true.");
  }
  return static_cast<u8>(first - stages.begin());
}

/// What makes the new domain known: what it declares, and what it adds to a run.
void add_word_of_mouth(Simulation& simulation, const Assembly& a) {
  simulation.add_substep("word", std::make_unique<word_of_mouth::WordOfMouth>(
                                     a.values.get(word_of_mouth::willing),
                                     ill(*epidemic_of(a.model).settings().history)));
}
Catalog catalog_with_word_of_mouth() {
  const auto declare = [](Schema& schema) { schema.add(word_of_mouth::willing); };
  return builtin_catalog().add({.name = "word", .declare = declare, .add = add_word_of_mouth});
}

void run(const Communicator& world, const std::string& file, std::vector<std::string> set) {
  const Catalog catalog = catalog_with_word_of_mouth();
  const ScenarioFile scenario = read_scenario(catalog.schema(), file, {.set = std::move(set)});
  Run run(world, scenario, {.catalog = catalog});
  const auto say = [&](const auto&... what) {
    if (world.rank() == 0) {
      std::printf(what...);
    }
  };
  say("%-10s  %10s  %10s\n", "date", "infections", "aware");
  while (!run.done()) {
    run.step();
    const Step today = run.simulation().now();
    if (today % 14 == 0) {
      say("%-10s  %10lld  %10lld\n", run.when(today).c_str(),
          static_cast<long long>(epidemic_of(run).daily().summary().infections),
          static_cast<long long>(run.simulation().counts(word_of_mouth::aware.name).count_of(1)));
    }
  }
  run.simulation().finish();
  const auto total = epidemic_of(run).daily().summary();
  say("%lld infections, attack rate %.1f %%, content hash %016llx\n",
      static_cast<long long>(total.infections), 100 * total.attack_rate(),
      static_cast<unsigned long long>(run.simulation().content_hash()));
}

}  // namespace

int main(int argc, char** argv) {
  MpiSession session(&argc, &argv);
  const Communicator world = Communicator::world();
  try {
    run(world, argc > 1 ? argv[1] : "town.toml", {argv + std::min(argc, 2), argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    world.abort(1);  // the other ranks would wait for ever
  }
  return 0;
}
