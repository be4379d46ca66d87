#include "scenarios/catalog.h"

#include <algorithm>

#include "behaviors/epidemic/epidemic.h"
#include "behaviors/epidemic/parameters.h"
#include "scenarios/engine_parameters.h"

namespace throng {

Catalog& Catalog::add(Domain domain) {
  const bool taken = std::any_of(domains_.begin(), domains_.end(),
                                 [&](const Domain& d) { return d.name == domain.name; });
  ensures(!taken, "a catalog holds one domain of a name");
  ensures(domain.declare && domain.add, "a domain says what it declares and what it adds");
  domains_.push_back(std::move(domain));
  return *this;
}

Schema Catalog::schema() const {
  Schema schema = engine_schema();
  for (const Domain& d : domains_) {
    d.declare(schema);
  }
  return schema;
}

Catalog builtin_catalog() {
  Catalog catalog;
  catalog.add({.name = "epidemic",
               .declare = [](Schema& schema) { epidemic::declare(schema); },
               .add = [](Simulation& simulation,
                         const Assembly& a) { epidemic::add_to(simulation, a.epidemic, a.beta); }});
  return catalog;
}

}  // namespace throng
