#include "scenarios/catalog.h"

#include <algorithm>

#include "scenarios/engine_parameters.h"
#include "scenarios/models/classics.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/models/played_games.h"

namespace throng {
namespace {

template <class Entries>
auto named(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& e) { return e.name == name; });
}

}  // namespace

Catalog& Catalog::add(ModelEntry model) {
  ensures(named(models_, model.name) == models_.end(), "a catalog holds one model of a name");
  ensures(model.declare && model.make, "a model says what it declares and how it is made");
  models_.push_back(std::move(model));
  return *this;
}

Catalog& Catalog::add(Domain domain) {
  ensures(named(domains_, domain.name) == domains_.end(), "a catalog holds one domain of a name");
  ensures(domain.declare && domain.add, "a domain says what it declares and what it adds");
  ensures(named(models_, domain.model) != models_.end(), "a domain runs beside a model there is");
  domains_.push_back(std::move(domain));
  return *this;
}

Schema Catalog::schema() const {
  std::vector<std::string> names;
  for (const ModelEntry& m : models_) {
    names.push_back(m.name);
  }
  std::vector<Schema::Variant> variants;
  for (const ModelEntry& m : models_) {
    Schema schema = engine_schema(names);
    m.declare(schema);
    for (const Domain& d : domains_) {
      if (d.model == m.name) {
        d.declare(schema);
      }
    }
    variants.push_back({m.name, std::move(schema)});
  }
  return Schema().choose_by(std::string(scenario::run_model.name), std::move(variants));
}

const ModelEntry& Catalog::model_of(const Values& values) const {
  const auto found = named(models_, values.get(scenario::run_model).word);
  ensures(found != models_.end(), "a scenario is run with the catalog whose schema it was read by");
  return *found;
}

Catalog builtin_catalog() {
  Catalog catalog;
  catalog.add(epidemic_model());
  for (ModelEntry& classic : classic_models()) {
    catalog.add(std::move(classic));
  }
  catalog.add(played_games_model());
  return catalog;
}

}  // namespace throng
