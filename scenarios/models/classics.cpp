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
#include "behaviors/life/life.h"
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
#include "scenarios/small_world.h"

namespace throng {
namespace {

using From = SeriesOf::From;

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

ModelEntry life_model() {
  using namespace life;
  return small_world<Settings>(
      {.name = "life",
       .doc = "Conway's Game of Life: cells on a torus live and die by their neighbors.",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = life::kind,
       .agents = [](const Settings& s) { return s.cells(); },
       .words = {.one = "cell", .many = "cells"},
       .series = {by_label("cells", "Cells by state", state.name, "state", "alive"),
                  {.name = "turned",
                   .doc = "Cells that got the state in the step",
                   .from = From::entries,
                   .source = state.name,
                   .dimension = "state"}},
       .example = "[life]\nstart = \"glider\"\n"});
}

ModelEntry thresholds_model() {
  using namespace thresholds;
  return small_world<Settings>({.name = "thresholds",
                                .doc = "People join when enough others have (Granovetter).",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = person::kind,
                                .agents = [](const Settings& s) { return s.people; },
                                .words = people,
                                .series = {by_label("crowd", "People by whether they joined",
                                                    joined.name, "joined", "yes")}});
}

ModelEntry adoption_model() {
  using namespace adoption;
  return small_world<Settings>(
      {.name = "adoption",
       .doc = "Something new spreads by trying and by imitation (Bass).",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = person::kind,
       .agents = [](const Settings& s) { return s.people; },
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
  return small_world<Settings>(
      {.name = "voter",
       .doc = "Everybody copies the opinion of an acquaintance.",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = person::kind,
       .agents = [](const Settings& s) { return s.people * s.groups; },
       .words = people,
       .series = {by_label("voters", "People by opinion", opinion.name, "opinion", "yes")}});
}

ModelEntry bounded_confidence_model() {
  using namespace bounded_confidence;
  return small_world<Settings>({.name = "bounded_confidence",
                                .doc =
                                    "Opinions that listen to near ones only (Deffuant; Hegselmann "
                                    "and Krause).",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = person::kind,
                                .agents = [](const Settings& s) { return s.people; },
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
  return small_world<Settings>(
      {.name = "segregation",
       .doc = "Households that want neighbors of their own group move to vacant sites (Schelling).",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = segregation::kind,
       .agents = [](const Settings& s) { return s.width * s.height; },
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
  return small_world<Settings>(
      {.name = "spatial_dilemma",
       .doc = "The prisoner's dilemma among neighbors who imitate the best (Nowak and May).",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = spatial_dilemma::kind,
       .agents = [](const Settings& s) { return s.width * s.height; },
       .words = sites,
       .series = {by_label("sites", "Sites by what they do", move.name, "move", "cooperate")}});
}

ModelEntry culture_model() {
  using namespace culture;
  return small_world<Settings>({.name = "culture",
                                .doc = "Neighbors become alike the more alike they are (Axelrod).",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = culture::kind,
                                .agents = [](const Settings& s) { return s.width * s.height; },
                                .words = sites,
                                .series = {{.name = "open_pairs",
                                            .doc = std::string(open_pairs.doc),
                                            .from = From::tally_step,
                                            .source = open_pairs.name,
                                            .curve = "open_pairs"}}});
}

ModelEntry repeated_games_model() {
  using namespace repeated_games;
  return small_world<Settings>(
      {.name = "repeated_games",
       .doc = "2 x 2 games played again and again, strategies with memory, imitation.",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = person::kind,
       .agents = [](const Settings& s) { return s.people * s.groups; },
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
  return small_world<Settings>({.name = "random_walk",
                                .doc = "Walkers who take a step in any direction.",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = random_walk::kind,
                                .agents = [](const Settings& s) { return s.walkers; },
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
  return small_world<Settings>(
      {.name = "flocking",
       .doc = "Birds that keep apart, fly alike and stay together (Reynolds).",
       .folder = {declare, settings_from, make_population, add_to},
       .kind = flocking::kind,
       .agents = [](const Settings& s) { return s.birds; },
       .words = {.one = "bird", .many = "birds"},
       .series = {sum_of("velocity_x", "Sum of all speeds to the east", velocity_x.name),
                  sum_of("velocity_y", "Sum of all speeds to the north", velocity_y.name)}});
}

ModelEntry predation_model() {
  using namespace predation;
  return small_world<Settings>({.name = "predation",
                                .doc = "Wolves eat sheep, sheep eat grass.",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = sheep_kind,
                                .agents = [](const Settings& s) { return s.sheep.count; },
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
  return small_world<Settings>({.name = "sparse_life",
                                .doc = "Conway's Game of Life on a plane without borders.",
                                .folder = {declare, settings_from, make_population, add_to},
                                .kind = sparse_life::kind,
                                .agents = first_cells,
                                .words = {.one = "cell", .many = "cells"},
                                .series = {{.name = "alive",
                                            .doc = "Living cells",
                                            .from = From::rows,
                                            .kind = sparse_life::kind,
                                            .curve = "alive"}}});
}

}  // namespace

std::vector<ModelEntry> classic_models() {
  return {life_model(),
          thresholds_model(),
          adoption_model(),
          voter_model(),
          bounded_confidence_model(),
          segregation_model(),
          spatial_dilemma_model(),
          culture_model(),
          repeated_games_model(),
          random_walk_model(),
          flocking_model(),
          predation_model(),
          sparse_life_model()};
}

}  // namespace throng
