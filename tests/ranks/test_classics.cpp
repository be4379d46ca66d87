// Every classic on all ranks, blocks and scattered, rows and messages shuffled: the content of one
// rank alone after every step.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/adoption/adoption.h"
#include "behaviors/bounded_confidence/bounded_confidence.h"
#include "behaviors/culture/culture.h"
#include "behaviors/flocking/flocking.h"
#include "behaviors/predation/predation.h"
#include "behaviors/random_walk/random_walk.h"
#include "behaviors/repeated_games/imitation.h"
#include "behaviors/segregation/segregation.h"
#include "behaviors/sparse_life/sparse_life.h"
#include "behaviors/spatial_dilemma/spatial_dilemma.h"
#include "behaviors/thresholds/thresholds.h"
#include "behaviors/voter/voter.h"
#include "io/checkpoint.h"
#include "io/publish.h"
#include "tests/io/scratch.h"

namespace throng {
namespace {

struct Classic {
  std::string name;
  std::function<Population(const Communicator&, u64 seed, Spread)> population;
  std::function<void(Simulation&)> add;
};

constexpr u64 seed = 9;
constexpr Step steps = 25;

/// Content hash after every step.
std::vector<u64> hashes_of(const Classic& classic, const Communicator& world, Spread spread,
                           u64 shuffle_messages) {
  Simulation s(world, classic.population(world, seed, spread),
               {.seed = seed, .check_order = true, .shuffle_messages = shuffle_messages});
  classic.add(s);
  s.start();
  std::vector<u64> hashes = {s.content_hash()};
  while (s.now() < steps) {
    s.step();
    hashes.push_back(s.content_hash());
  }
  CHECK(s.full_hash() == s.content_hash());
  return hashes;
}

/// A domain's functions, with settings.
template <class Settings>
Classic classic(std::string name, Settings settings,
                Population (*make)(const Communicator&, const Settings&, u64, Spread),
                void (*add)(Simulation&, const Settings&)) {
  return {std::move(name),
          [=](const Communicator& world, u64 luck, Spread spread) {
            return make(world, settings, luck, spread);
          },
          [=](Simulation& s) { add(s, settings); }};
}

std::vector<Classic> classics() {
  const bounded_confidence::Settings pairs{.people = 400};
  bounded_confidence::Settings everybody{.people = 60};
  everybody.meeting = bounded_confidence::Meeting::everybody;
  const predation::Settings predators{.side = 19};
  predation::Settings mixed{.side = 23, .grass = false};
  mixed.sheep.hungry = false;
  mixed.movement = predation::Movement::mixed;
  return {
      classic("thresholds", thresholds::Settings{.people = 100}, thresholds::make_population,
              thresholds::add_to),
      classic("adoption", adoption::Settings{.people = 500, .steps_a_year = 5},
              adoption::make_population, adoption::add_to),
      classic("voters on rings", voter::Settings{.people = 61, .groups = 7, .yes = 30},
              voter::make_population, voter::add_to),
      classic("voters on wheels",
              voter::Settings{.people = 40, .groups = 5, .graph = voter::Graph::wheel, .yes = 20},
              voter::make_population, voter::add_to),
      classic("pairs", pairs, bounded_confidence::make_population, bounded_confidence::add_to),
      classic("everybody", everybody, bounded_confidence::make_population,
              bounded_confidence::add_to),
      classic("segregation",
              segregation::Settings{.width = 23, .height = 19, .density = 0.8, .wanted = 0.6},
              segregation::make_population, segregation::add_to),
      classic("spatial dilemma", spatial_dilemma::Settings{.width = 31, .height = 17},
              spatial_dilemma::make_population, spatial_dilemma::add_to),
      classic("culture", culture::Settings{.width = 13, .height = 21, .features = 6, .traits = 5},
              culture::make_population, culture::add_to),
      classic("repeated games",
              repeated_games::Settings{.people = 9, .groups = 30, .mutant_count = 4},
              repeated_games::make_population, repeated_games::add_to),
      classic("random walk", random_walk::Settings{.walkers = 300}, random_walk::make_population,
              random_walk::add_to),
      classic("flocking", flocking::Settings{.birds = 300}, flocking::make_population,
              flocking::add_to),
      classic("predation", predators, predation::make_population, predation::add_to),
      classic("mixed predation", mixed, predation::make_population, predation::add_to),
      classic("life", sparse_life::Settings{.side = 64}, sparse_life::make_population,
              sparse_life::add_to)};
}

}  // namespace

TEST_CASE("every classic is the same on all ranks, however rows and messages stand", "[classics]") {
  const Communicator world = Communicator::world();
  for (const Classic& c : classics()) {
    INFO(c.name);
    const std::vector<u64> alone = hashes_of(c, {}, {}, 0);
    CHECK(alone.front() != alone.back());
    for (const auto over : {Spread::Over::blocks, Spread::Over::scatter}) {
      for (const u64 shuffle : {0, 7}) {
        CHECK(hashes_of(c, world, {.over = over, .shuffle = shuffle}, shuffle) == alone);
      }
    }
  }
}

TEST_CASE("every classic goes on from a checkpoint, on all ranks or one", "[classics]") {
  const Communicator world = Communicator::world();
  std::optional<Scratch> scratch;
  if (world.rank() == 0) {
    scratch.emplace();
  }
  const std::filesystem::path folder = world.broadcast(scratch ? scratch->path() : std::string());
  constexpr Step middle = 12;
  const auto made = [&](const Classic& c, const Communicator& on, Spread spread) {
    auto s = std::make_unique<Simulation>(on, c.population(on, seed, spread),
                                          SimulationOptions{.seed = seed});
    c.add(*s);
    return s;
  };
  for (const Classic& c : classics()) {
    INFO(c.name);
    const std::vector<u64> alone = hashes_of(c, {}, {}, 0);
    const auto write = [&](const Communicator& on, Spread spread, const std::string& name) {
      auto s = made(c, on, spread);
      s->start();
      while (s->now() < middle) {
        s->step();
      }
      const Unchanging what = unchanging(on, s->population(), "no scenario", seed);
      const CheckpointInfo written = write_checkpoint(on, folder / name, *s, what);
      CHECK(written.content_hash == alone[middle]);
    };
    // What a run of this program leaves does not tell how many ranks it had.
    const Spread scattered{.over = Spread::Over::scatter, .shuffle = 7};
    write(world, {}, "blocks.h5");
    write(world, scattered, "scattered.h5");
    if (world.rank() == 0) {
      write({}, {}, "alone.h5");
      const std::string bytes = read_file((folder / "alone.h5").string());
      CHECK(read_file((folder / "blocks.h5").string()) == bytes);
      CHECK(read_file((folder / "scattered.h5").string()) == bytes);
    }
    world.barrier();
    const auto goes_on = [&](const Communicator& on, Spread spread, const std::string& name) {
      const Checkpoint past(on, folder / name);
      auto s = made(c, on, spread);
      past.compare(on, s->population());
      s->start(&past);
      CHECK(s->content_hash() == alone[middle]);
      CHECK(s->full_hash() == alone[middle]);
      while (s->now() < steps) {
        s->step();
        REQUIRE(s->content_hash() == alone[s->now()]);
      }
    };
    goes_on(world, {}, "blocks.h5");
    goes_on(world, scattered, "blocks.h5");
    goes_on(world, {}, "scattered.h5");
    if (world.rank() == 0) {
      goes_on({}, {}, "scattered.h5");
    }
    world.barrier();
  }
}

TEST_CASE("worlds with fewer rows than ranks, and with none, are the same on all", "[classics]") {
  const Communicator world = Communicator::world();
  const auto everybody = [] {
    bounded_confidence::Settings s{.people = 2};
    s.meeting = bounded_confidence::Meeting::everybody;
    return s;
  }();
  predation::Settings no_wolves{.side = 3}, no_sheep{.side = 3}, nobody{.side = 3};
  no_wolves.sheep.count = 1;
  no_wolves.wolves.count = 0;
  no_sheep.sheep.count = 0;
  no_sheep.wolves.count = 1;
  nobody.sheep.count = nobody.wolves.count = 0;
  const std::vector<Classic> small = {
      classic("thresholds", thresholds::Settings{.people = 1}, thresholds::make_population,
              thresholds::add_to),
      classic("adoption", adoption::Settings{.people = 1}, adoption::make_population,
              adoption::add_to),
      classic("voter", voter::Settings{.people = 6, .degree = 4, .yes = 3}, voter::make_population,
              voter::add_to),
      classic("pairs", bounded_confidence::Settings{.people = 2},
              bounded_confidence::make_population, bounded_confidence::add_to),
      classic("everybody", everybody, bounded_confidence::make_population,
              bounded_confidence::add_to),
      classic("segregation", segregation::Settings{.width = 3, .height = 3, .density = 0.5},
              segregation::make_population, segregation::add_to),
      classic("spatial dilemma", spatial_dilemma::Settings{.width = 3, .height = 3},
              spatial_dilemma::make_population, spatial_dilemma::add_to),
      classic("culture", culture::Settings{.width = 3, .height = 3}, culture::make_population,
              culture::add_to),
      classic("repeated games", repeated_games::Settings{.people = 2, .groups = 1},
              repeated_games::make_population, repeated_games::add_to),
      classic("random walk", random_walk::Settings{.walkers = 1}, random_walk::make_population,
              random_walk::add_to),
      classic("one bird", flocking::Settings{.birds = 1}, flocking::make_population,
              flocking::add_to),
      classic("two birds in a narrow sky", flocking::Settings{.birds = 2, .width = 1, .height = 60},
              flocking::make_population, flocking::add_to),
      classic("no wolves", no_wolves, predation::make_population, predation::add_to),
      classic("no sheep", no_sheep, predation::make_population, predation::add_to),
      classic("nobody", nobody, predation::make_population, predation::add_to)};
  for (const Classic& c : small) {
    INFO(c.name);
    const std::vector<u64> alone = hashes_of(c, {}, {}, 0);
    for (const auto over : {Spread::Over::blocks, Spread::Over::scatter}) {
      for (const u64 shuffle : {0, 7}) {
        CHECK(hashes_of(c, world, {.over = over, .shuffle = shuffle}, shuffle) == alone);
      }
    }
  }
}

}  // namespace throng
