#include "tests/behaviors/fixture.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/epidemic/calibration.h"
#include "behaviors/epidemic/epidemic.h"
#include "behaviors/person/columns.h"
#include "scenarios/assemble.h"
#include "scenarios/scenario_file.h"
#include "tests/behaviors/epidemic_example.h"

namespace throng::epidemic::fixture {

Model model_of(std::shared_ptr<const PopulationSource> source, Step steps) {
  Model m;
  m.settings = std::make_shared<Settings>();
  Settings& s = *m.settings;
  s.geography = geography_of(*source);
  s.shape = 0;
  s.bands = 1;
  s.susceptibility = {1};
  s.contacts.weight = {1, 1, 1, 1, 1, 1, 0};
  s.steps = steps;
  PerLayer whole;
  whole.fill(1);
  s.measures.open.assign(steps + std::size_t{1}, whole);
  m.source = std::move(source);
  return m;
}

Model well_mixed(AgentId people, Step steps) {
  return model_of(std::make_shared<Town>(TownParameters{.people = people,
                                                        .neighborhoods = 1,
                                                        .household_sizes = {1, 0, 0, 0, 0, 0, 0},
                                                        .school = false,
                                                        .work = false,
                                                        .families = false,
                                                        .uneven_contacts = false}),
                  steps);
}

Model covid(std::shared_ptr<const PopulationSource> source, Step steps) {
  const auto scenario =
      // Its 2,000 seeds are more than a town may have people; every test brings its own.
      read_scenario(example::schema(), THRONG_SOURCE_DIR "/scenarios/nyc/nyc_unmitigated.toml",
                    {.set = {"epidemic.seed=[]"}});
  Model m = model_of(std::move(source), steps);
  Settings shipped =
      settings_from(scenario.values, Calendar{scenario.values.get(scenario::run_start)}, steps,
                    m.settings->geography);
  // The largest contacts of a week stay what they are in the shipped model, so that thinning by
  // what is open is part of what is tested.
  shipped.measures.open = m.settings->measures.open;
  shipped.seeds.clear();
  shipped.steps = steps;
  *m.settings = std::move(shipped);
  m.age_bands = scenario.values.get(parameters::age_bands);
  return m;
}

Model new_york(double scale, Step steps) {
  return covid(
      std::make_shared<City>(read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables"), scale, 7),
      steps);
}

u8 stage_named(const Settings& settings, std::string_view name) {
  const auto& stages = settings.history->stages();
  const auto at =
      std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == name; });
  REQUIRE(at != stages.end());
  return static_cast<u8>(at - stages.begin());
}

void calibrate(Model& model) {
  Population population = population_of(model, 1);
  const NextGeneration next(*model.settings,
                            count_mixing(Communicator(), population, *model.settings));
  model.beta = next.beta_of(*model.settings->r0).value();
}

Seed anybody(u32 count) {
  Seed seed;
  seed.count = count;
  return seed;
}

Seed these(std::vector<AgentId> people) {
  Seed seed;
  seed.people = std::move(people);
  return seed;
}

std::shared_ptr<const NaturalHistory> sir(WholeSteps infectious) {
  std::vector<Stage> stages(3);
  stages[0].name = "susceptible";
  stages[1] = {.name = "infectious", .infectiousness = 1, .next = {{2, {}, std::move(infectious)}}};
  stages[2].name = "recovered";
  return std::make_shared<NaturalHistory>(std::move(stages), u8{1}, 1u, 0.0);
}

std::shared_ptr<const NaturalHistory> seir(WholeSteps latent, WholeSteps infectious) {
  std::vector<Stage> stages(4);
  stages[0].name = "susceptible";
  stages[1] = {.name = "exposed", .next = {{2, {}, std::move(latent)}}};
  stages[2] = {.name = "infectious", .infectiousness = 1, .next = {{3, {}, std::move(infectious)}}};
  stages[3].name = "recovered";
  return std::make_shared<NaturalHistory>(std::move(stages), u8{1}, 1u, 0.0);
}

Population population_of(const Model& model, u64 seed) {
  const Communicator alone;
  Population population = build_by_geography(alone, *model.source, model.settings->geography,
                                             {.age_bands = model.age_bands, .seed = seed});
  if (!model.edges.empty()) {
    population.add_edges(std::string(person::edge_network),
                         Edges(population.kind(person::kind), model.edges));
  }
  add_networks(alone, population);
  return population;
}

Trial::Trial(const Model& model, u64 seed, Log log) : settings_(model.settings) {
  simulation_ = std::make_unique<Simulation>(Communicator(), population_of(model, seed),
                                             SimulationOptions{.seed = seed, .check_order = false});
  add_to(*simulation_, settings_, model.beta);
  simulation_->start();
  simulation_->events(transmission.name)->want(log == Log::yes);
}

void Trial::step() {
  const i64 before = infected();
  simulation_->step();
  infections_.push_back(infected() - before);
  auto& store = dynamic_cast<EventStore<Transmission>&>(*simulation_->events(transmission.name));
  for (const Transmission& t : store.take()) {
    log_.push_back({t, simulation_->now()});
  }
}

i64 Trial::infected() const {
  const auto& by_layer = simulation_->tally(infections_by_layer.name);
  return std::accumulate(by_layer.begin(), by_layer.end(), i64{0});
}

bool Trial::over() const {
  const auto& stages = settings_->history->stages();
  i64 moving = 0;
  for (u8 s = 0; s < stages.size(); ++s) {
    moving += stages[s].next.empty() ? 0 : count_of(s);
  }
  return moving == 0;
}

void Trial::run() {
  Step last_seed = 0;
  for (const Seed& seed : settings_->seeds) {
    last_seed = std::max(last_seed, seed.step);
  }
  while (simulation_->now() < settings_->steps && (simulation_->now() < last_seed || !over())) {
    step();
  }
}

// ---- numbers ------------------------------------------------------------------------------------

Estimate estimate(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) {
    squares += (v - mean) * (v - mean);
  }
  return {values.size(), mean, std::sqrt(squares / (n - 1) / n)};
}

Estimate proportion(i64 count, i64 of) {
  const double p = static_cast<double>(count) / static_cast<double>(of);
  return {static_cast<std::size_t>(of), p, std::sqrt(p * (1 - p) / static_cast<double>(of))};
}

Estimate ratio(std::span<const double> above, std::span<const double> below) {
  const auto n = static_cast<double>(above.size());
  const double all = std::accumulate(below.begin(), below.end(), 0.0);
  const double r = std::accumulate(above.begin(), above.end(), 0.0) / all;
  double squares = 0;
  for (std::size_t k = 0; k < above.size(); ++k) {
    const double residual = above[k] - r * below[k];
    squares += residual * residual;
  }
  return {above.size(), r, std::sqrt(squares * n / (n - 1)) / all};
}

void agrees(const std::string& what, const Estimate& measured, double expected, double notices) {
  const double seen = 4 * measured.error / std::abs(expected);
  std::cout << what << ": " << measured.mean << ", expected " << expected << " (n = " << measured.n
            << ", standard error " << measured.error << ", notices " << 100 * seen << " %)\n";
  INFO(what << ": " << measured.mean << " measured, " << expected << " expected, n = " << measured.n
            << ", standard error " << measured.error);
  CHECK(std::abs(measured.mean - expected) <= 4 * measured.error);
  CHECK(seen <= notices);
}

double same_distribution(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double distance = 0;
  for (const auto* sample : {&a, &b}) {
    for (const double x : *sample) {
      const auto upto = [&](const std::vector<double>& v) {
        return static_cast<double>(std::upper_bound(v.begin(), v.end(), x) - v.begin());
      };
      distance = std::max(distance, std::abs(upto(a) / n - upto(b) / m));
    }
  }
  // Kolmogorov's series, with Stephens' correction for samples of finite size.
  const double effective = std::sqrt(n * m / (n + m));
  const double at = (effective + 0.12 + 0.11 / effective) * distance;
  double p = 0;
  for (int k = 1; k <= 100; ++k) {
    p += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * at * at);
  }
  return at < 0.3 ? 1.0 : std::clamp(p, 0.0, 1.0);
}

}  // namespace throng::epidemic::fixture
