// The domains a run is made of. Known by ordinary calls: a program with a domain of its own takes
// the built-in catalog and adds one entry; nothing else of the engine changes.
//
//   Catalog catalog = builtin_catalog();
//   catalog.add({.name = "rumor", .declare = rumor::declare, .add = rumor::add_to});
//   const ScenarioFile scenario = read_scenario(catalog.schema(), "mine.toml");
//   Run run(world, scenario, {.catalog = catalog});
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "sim/calendar.h"
#include "sim/parameter.h"
#include "sim/simulation.h"

namespace throng {

/// What a domain is put together from, once the population stands.
struct Assembly {
  const Values& values;  ///< the scenario: everything its schema declares
  const Calendar& calendar;
  Step steps = 0;
  /// The epidemic of the run, for domains that follow it; it also holds the geography.
  std::shared_ptr<const epidemic::Settings> epidemic;
  double beta = 0;  ///< rate of infection per contact-day at weight 1
};

/// A domain: what a scenario may say of it, and what it adds to a run.
struct Domain {
  std::string name;
  /// Adds its parameters and cross-checks.
  std::function<void(Schema&)> declare;
  /// Adds its substeps, after those of the domains before it, and recorders if it has any. Throws
  /// InputError, on all ranks alike, with what only the population can show to be wrong.
  std::function<void(Simulation&, const Assembly&)> add;
};

class Catalog {
 public:
  /// ContractError where the name is taken.
  Catalog& add(Domain domain);
  const std::vector<Domain>& domains() const { return domains_; }
  /// Everything a scenario may say: the engine's declarations and every domain's.
  Schema schema() const;

 private:
  std::vector<Domain> domains_;
};

/// The domains that come with Throng: the epidemic.
Catalog builtin_catalog();

}  // namespace throng
