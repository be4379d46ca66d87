#include "scenarios/reference_times.h"

#include <chrono>
#include <numeric>

#include "behaviors/epidemic/columns.h"
#include "behaviors/epidemic/epidemic.h"
#include "behaviors/epidemic/reference.h"
#include "scenarios/assemble.h"
#include "sim/simulation.h"

namespace throng {
namespace {

template <class F>
double seconds_of(F&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

i64 sum(const std::vector<i64>& values) {
  return std::accumulate(values.begin(), values.end(), i64{0});
}

}  // namespace

ReferenceTimes time_reference(const PopulationSource& source,
                              std::shared_ptr<const epidemic::Settings> settings, double beta,
                              const std::vector<double>& age_bands, u64 seed) {
  const Communicator alone;
  ReferenceTimes times;
  Population population = build_by_geography(alone, source, settings->geography,
                                             {.age_bands = age_bands, .seed = seed});
  add_networks(alone, population);
  epidemic::ReferenceEpidemic reference(population, settings, beta, seed,
                                        epidemic::CommunityContacts::one_by_one);
  times.reference = seconds_of([&] {
    while (reference.now() < settings->steps) {
      reference.step();
    }
  });
  times.reference_infections = sum(reference.infections());

  Simulation engine(alone, std::move(population), {.seed = seed, .check_order = false});
  epidemic::add_to(engine, settings, beta);
  engine.start();
  times.engine = seconds_of([&] {
    while (engine.now() < settings->steps) {
      engine.step();
    }
  });
  times.engine_infections = sum(engine.tally(epidemic::infections_by_layer.name));
  return times;
}

}  // namespace throng
