#include "scenarios/models/classics.h"

#include <utility>

#include "behaviors/adoption/adoption.h"
#include "behaviors/adoption/columns.h"
#include "behaviors/bounded_confidence/bounded_confidence.h"
#include "behaviors/bounded_confidence/columns.h"
#include "behaviors/culture/columns.h"
#include "behaviors/culture/culture.h"
#include "behaviors/flocking/columns.h"
#include "behaviors/flocking/flocking.h"
#include "behaviors/person/columns.h"
#include "behaviors/predation/columns.h"
#include "behaviors/predation/predation.h"
#include "behaviors/random_walk/columns.h"
#include "behaviors/random_walk/random_walk.h"
#include "behaviors/repeated_games/columns.h"
#include "behaviors/repeated_games/imitation.h"
#include "behaviors/segregation/columns.h"
#include "behaviors/segregation/segregation.h"
#include "behaviors/sparse_life/columns.h"
#include "behaviors/sparse_life/sparse_life.h"
#include "behaviors/spatial_dilemma/columns.h"
#include "behaviors/spatial_dilemma/spatial_dilemma.h"
#include "behaviors/thresholds/columns.h"
#include "behaviors/thresholds/thresholds.h"
#include "behaviors/voter/columns.h"
#include "behaviors/voter/voter.h"

namespace throng {
namespace {

using From = SeriesOf::From;

/// The functions of a folder of behaviors, and what a run of it records.
template <class Settings>
struct SmallWorld {
  std::string name, doc;
  void (*declare)(Schema&);
  Settings (*settings_from)(const Values&);
  Population (*make_population)(const Communicator&, const Settings&, u64 seed, Spread);
  void (*add_to)(Simulation&, const Settings&);
  std::string_view kind;
  u64 (*agents)(const Settings&);
  Model::Words words;
  std::vector<SeriesOf> series;
};

template <class Settings>
class SmallWorldModel final : public Model {
 public:
  SmallWorldModel(const SmallWorld<Settings>& world, const Setup& setup)
      : world_(world), settings_(world.settings_from(setup.values)), seed_(setup.seed) {}
  std::string_view kind() const override { return world_.kind; }
  AgentId agents() const override { return static_cast<AgentId>(world_.agents(settings_)); }
  Population populate(const Layout& layout) override {
    return world_.make_population(layout.world(), settings_, seed_, layout.spread());
  }
  void add_to(Simulation& simulation) override { world_.add_to(simulation, settings_); }
  std::vector<SeriesOf> series() const override { return world_.series; }
  Words words() const override { return world_.words; }

 private:
  const SmallWorld<Settings> world_;
  const Settings settings_;
  u64 seed_;
};

template <class Settings>
ModelEntry entry(SmallWorld<Settings> world) {
  return {.name = world.name,
          .doc = world.doc,
          .declare = world.declare,
          .make = [world](const Setup& setup) {
            return std::make_unique<SmallWorldModel<Settings>>(world, setup);
          }};
}

const Model::Words people = {.one = "person", .many = "people"};
const Model::Words sites = {.one = "site", .many = "sites"};

/// Rows by label of a column, of which the summary draws one.
SeriesOf by_label(std::string name, std::string doc, std::string_view column, std::string dimension,
                  std::string curve) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .source = column,
          .dimension = std::move(dimension),
          .curve = std::move(curve)};
}

ModelEntry thresholds_model() {
  using namespace thresholds;
  return entry<Settings>({.name = "thresholds",
                          .doc = "People join when enough others have (Granovetter).",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = person::kind,
                          .agents = [](const Settings& s) { return u64{s.people}; },
                          .words = people,
                          .series = {by_label("crowd", "People by whether they joined", joined.name,
                                              "joined", "yes")}});
}

ModelEntry adoption_model() {
  using namespace adoption;
  return entry<Settings>(
      {.name = "adoption",
       .doc = "Something new spreads by trying and by imitation (Bass).",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = person::kind,
       .agents = [](const Settings& s) { return u64{s.people}; },
       .words = people,
       .series = {by_label("market", "People by whether they have it", adopted.name, "adopted", ""),
                  {.name = "adoptions",
                   .doc = "Those who took it in the step",
                   .from = From::entries,
                   .source = adopted.name,
                   .dimension = "adopted",
                   .curve = "yes"}}});
}

ModelEntry voter_model() {
  using namespace voter;
  return entry<Settings>(
      {.name = "voter",
       .doc = "Everybody copies the opinion of an acquaintance.",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = person::kind,
       .agents = [](const Settings& s) { return u64{s.people} * s.groups; },
       .words = people,
       .series = {by_label("voters", "People by opinion", opinion.name, "opinion", "yes")}});
}

ModelEntry bounded_confidence_model() {
  using namespace bounded_confidence;
  return entry<Settings>({.name = "bounded_confidence",
                          .doc = "Opinions that listen to near ones only (Deffuant; Hegselmann "
                                 "and Krause).",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = person::kind,
                          .agents = [](const Settings& s) { return u64{s.people}; },
                          .words = people,
                          .series = {{.name = "mean_opinion",
                                      .doc = "Mean of all opinions",
                                      .from = From::mean,
                                      .source = opinion.name,
                                      .kind = person::kind,
                                      .scale = 1e-9}}});
}

ModelEntry segregation_model() {
  using namespace segregation;
  return entry<Settings>(
      {.name = "segregation",
       .doc = "Households that want neighbors of their own group move to vacant sites (Schelling).",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = segregation::kind,
       .agents = [](const Settings& s) { return u64{s.width} * s.height; },
       .words = sites,
       .series = {by_label("sites", "Sites by who lives there", occupant.name, "occupant", ""),
                  {.name = "unhappy",
                   .doc = "Households that wanted to move in the step",
                   .from = From::tally_step,
                   .source = unhappy_households.name,
                   .curve = "unhappy"},
                  {.name = "moves",
                   .doc = "Households that moved in the step",
                   .from = From::tally_step,
                   .source = moves.name}}});
}

ModelEntry spatial_dilemma_model() {
  using namespace spatial_dilemma;
  return entry<Settings>(
      {.name = "spatial_dilemma",
       .doc = "The prisoner's dilemma among neighbors who imitate the best (Nowak and May).",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = spatial_dilemma::kind,
       .agents = [](const Settings& s) { return u64{s.width} * s.height; },
       .words = sites,
       .series = {by_label("sites", "Sites by what they do", move.name, "move", "cooperate")}});
}

ModelEntry culture_model() {
  using namespace culture;
  return entry<Settings>({.name = "culture",
                          .doc = "Neighbors become alike the more alike they are (Axelrod).",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = culture::kind,
                          .agents = [](const Settings& s) { return u64{s.width} * s.height; },
                          .words = sites,
                          .series = {{.name = "open_pairs",
                                      .doc = std::string(open_pairs.doc),
                                      .from = From::tally_step,
                                      .source = open_pairs.name,
                                      .curve = "open_pairs"}}});
}

ModelEntry repeated_games_model() {
  using namespace repeated_games;
  return entry<Settings>(
      {.name = "repeated_games",
       .doc = "2 x 2 games played again and again, strategies with memory, imitation.",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = person::kind,
       .agents = [](const Settings& s) { return u64{s.people} * s.groups; },
       .words = people,
       .series = {by_label("players", "People by strategy", strategy.name, "strategy", "")}});
}

ModelEntry random_walk_model() {
  using namespace random_walk;
  const auto mean_of = [](std::string name, std::string doc, std::string_view column) -> SeriesOf {
    return {.name = std::move(name),
            .doc = std::move(doc),
            .unit = "meter",
            .from = From::mean,
            .source = column,
            .kind = random_walk::kind,
            .scale = 1e-6};
  };
  return entry<Settings>({.name = "random_walk",
                          .doc = "Walkers who take a step in any direction.",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = random_walk::kind,
                          .agents = [](const Settings& s) { return u64{s.walkers}; },
                          .words = {.one = "walker", .many = "walkers"},
                          .series = {mean_of("mean_x", "Mean way to the east", x.name),
                                     mean_of("mean_y", "Mean way to the north", y.name)}});
}

ModelEntry flocking_model() {
  using namespace flocking;
  const auto sum_of = [](std::string name, std::string doc, std::string_view column) -> SeriesOf {
    return {.name = std::move(name),
            .doc = std::move(doc),
            .unit = "meter/step",
            .from = From::sum,
            .source = column,
            .kind = flocking::kind,
            .scale = 1e-6};
  };
  return entry<Settings>(
      {.name = "flocking",
       .doc = "Birds that keep apart, fly alike and stay together (Reynolds).",
       .declare = declare,
       .settings_from = settings_from,
       .make_population = make_population,
       .add_to = add_to,
       .kind = flocking::kind,
       .agents = [](const Settings& s) { return u64{s.birds}; },
       .words = {.one = "bird", .many = "birds"},
       .series = {sum_of("velocity_x", "Sum of all speeds to the east", velocity_x.name),
                  sum_of("velocity_y", "Sum of all speeds to the north", velocity_y.name)}});
}

ModelEntry predation_model() {
  using namespace predation;
  return entry<Settings>({.name = "predation",
                          .doc = "Wolves eat sheep, sheep eat grass.",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = sheep_kind,
                          .agents = [](const Settings& s) { return u64{s.sheep.count}; },
                          .words = {.one = "sheep", .many = "sheep"},
                          .series = {{.name = "sheep",
                                      .doc = "How many sheep there are",
                                      .from = From::rows,
                                      .kind = sheep_kind,
                                      .curve = "sheep"},
                                     {.name = "wolves",
                                      .doc = "How many wolves there are",
                                      .from = From::rows,
                                      .kind = wolf_kind,
                                      .curve = "wolves"},
                                     {.name = "grass",
                                      .doc = "Patches whose grass is grown",
                                      .from = From::sum,
                                      .source = portions.name,
                                      .kind = patch_kind},
                                     {.name = "meals",
                                      .doc = "Patches grazed and sheep eaten in the step",
                                      .from = From::tally_step,
                                      .source = meals.name,
                                      .dimension = "meal",
                                      .labels = {"grass", "sheep"}}}});
}

ModelEntry sparse_life_model() {
  using namespace sparse_life;
  return entry<Settings>({.name = "sparse_life",
                          .doc = "Conway's Game of Life on a plane without borders.",
                          .declare = declare,
                          .settings_from = settings_from,
                          .make_population = make_population,
                          .add_to = add_to,
                          .kind = sparse_life::kind,
                          .agents = [](const Settings& s) { return u64{first_cells(s)}; },
                          .words = {.one = "cell", .many = "cells"},
                          .series = {{.name = "alive",
                                      .doc = "Living cells",
                                      .from = From::rows,
                                      .kind = sparse_life::kind,
                                      .curve = "alive"}}});
}

}  // namespace

std::vector<ModelEntry> classic_models() {
  return {
      thresholds_model(),  adoption_model(),        voter_model(),     bounded_confidence_model(),
      segregation_model(), spatial_dilemma_model(), culture_model(),   repeated_games_model(),
      random_walk_model(), flocking_model(),        predation_model(), sparse_life_model()};
}

}  // namespace throng
