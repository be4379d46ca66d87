// A model without a class of its own: a folder of behaviors whose functions say everything about a
// world, and the series of a run of it. What needs more is a Model (model.h).
//
//   catalog.add(small_world<voter::Settings>(
//       {.name = "voter",
//        .doc = "Everybody copies the opinion of an acquaintance.",
//        .folder = {voter::declare, voter::settings_from, voter::make_population, voter::add_to},
//        .kind = person::kind,
//        .agents = [](const voter::Settings& s) { return s.people; },
//        .series = {{.name = "voters", .doc = "People by opinion", .source =
//        voter::opinion.name}}}));
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/model.h"

namespace throng {

/// The functions of a folder of behaviors.
template <class Settings>
struct Folder {
  void (*declare)(Schema&);
  Settings (*settings_from)(const Values&);
  Population (*make_population)(const Communicator&, const Settings&, u64 seed, Spread);
  void (*add_to)(Simulation&, const Settings&);
};

template <class Settings>
struct SmallWorld {
  std::string name, doc;  ///< see ModelEntry
  Folder<Settings> folder;
  std::string_view kind;               ///< whose rows are its agents
  AgentId (*agents)(const Settings&);  ///< how many there are at the beginning
  Model::Words words = {};             ///< for them
  std::vector<SeriesOf> series = {};
  std::string example = {};  ///< see ModelEntry
};

template <class Settings>
class SmallWorldModel final : public Model {
 public:
  SmallWorldModel(const SmallWorld<Settings>& world, const Setup& setup)
      : world_(world), settings_(world.folder.settings_from(setup.values)), seed_(setup.seed) {}
  std::string_view kind() const override { return world_.kind; }
  AgentId agents() const override { return world_.agents(settings_); }
  Population populate(const Layout& layout) override {
    return world_.folder.make_population(layout.world(), settings_, seed_, layout.spread());
  }
  void add_to(Simulation& simulation) override { world_.folder.add_to(simulation, settings_); }
  std::vector<SeriesOf> series() const override { return world_.series; }
  Words words() const override { return world_.words; }

 private:
  const SmallWorld<Settings> world_;
  const Settings settings_;
  u64 seed_;
};

/// The entry of a catalog.
template <class Settings>
ModelEntry small_world(const SmallWorld<Settings>& world) {
  return {.name = world.name,
          .doc = world.doc,
          .declare = world.folder.declare,
          .make =
              [world](const Setup& setup) {
                return std::make_unique<SmallWorldModel<Settings>>(world, setup);
              },
          .example = world.example};
}

}  // namespace throng
