// The models a scenario may choose from, and the domains that run beside them. Known by ordinary
// calls: a program with a model or a domain of its own takes the built-in catalog and adds one
// entry; nothing else of the engine changes.
//
//   Catalog catalog = builtin_catalog();
//   catalog.add({.name = "rumor", .declare = rumor::declare, .add = rumor::add_to});
//   const ScenarioFile scenario = read_scenario(catalog.schema(), "mine.toml");
//   Run run(world, scenario, {.catalog = catalog});
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/model.h"
#include "sim/parameter.h"
#include "sim/simulation.h"

namespace throng {

/// What a domain beside a model is put together from, once the population stands.
struct Assembly {
  const Values& values;  ///< the scenario: everything its schema declares
  Step steps = 0;
  const Model& model;  ///< that it runs beside, for domains that follow it
};

/// A domain beside a model: what a scenario may say of it, and what it adds to a run.
struct Domain {
  std::string name;
  std::string model = "epidemic";  ///< with which it runs
  /// Adds its parameters and cross-checks.
  std::function<void(Schema&)> declare;
  /// Adds its substeps, after those of the model and of the domains before it, and recorders if it
  /// has any. Throws InputError, on all ranks alike, with what only the population can show to be
  /// wrong.
  std::function<void(Simulation&, const Assembly&)> add;
};

class Catalog {
 public:
  /// ContractError where the name is taken.
  Catalog& add(ModelEntry model);
  /// ContractError where the name is taken, or no such model is there.
  Catalog& add(Domain domain);
  const std::vector<ModelEntry>& models() const { return models_; }
  const std::vector<Domain>& domains() const { return domains_; }
  /// Everything a scenario may say, by its model (run.model): the engine's declarations, the
  /// model's, and those of the domains beside it.
  Schema schema() const;
  /// The model that a scenario chose.
  const ModelEntry& model_of(const Values& values) const;

 private:
  std::vector<ModelEntry> models_;
  std::vector<Domain> domains_;
};

/// The models that come with Throng; a scenario that names none is an epidemic.
Catalog builtin_catalog();

}  // namespace throng
