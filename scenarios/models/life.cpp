#include "scenarios/models/life.h"

#include "behaviors/life/life.h"

namespace throng {
namespace {

class LifeModel final : public Model {
 public:
  explicit LifeModel(const Setup& setup)
      : settings_(life::settings_from(setup.values)), seed_(setup.seed) {}
  std::string_view kind() const override { return life::kind; }
  AgentId agents() const override { return settings_.cells(); }
  Population populate(const Layout& layout) override {
    return life::make(settings_, seed_, [&](AgentId total) { return layout.split(total); });
  }
  void add_to(Simulation& simulation) override { life::add_to(simulation, settings_); }
  std::vector<SeriesOf> series() const override {
    return {{.name = "cells",
             .doc = "Cells by state",
             .source = life::state.name,
             .dimension = "state",
             .curve = "alive"},
            {.name = "turned",
             .doc = "Cells that got the state in the step",
             .from = SeriesOf::From::entries,
             .source = life::state.name,
             .dimension = "state"}};
  }
  Words words() const override { return {.one = "cell", .many = "cells"}; }

 private:
  life::Settings settings_;
  u64 seed_;
};

}  // namespace

ModelEntry life_model() {
  return {.name = "life",
          .doc = "Conway's Game of Life: cells on a torus live and die by their neighbors.",
          .declare = life::declare,
          .make = [](const Setup& setup) { return std::make_unique<LifeModel>(setup); },
          .example = "[life]\nstart = \"glider\"\n"};
}

}  // namespace throng
