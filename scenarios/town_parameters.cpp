#include "scenarios/town_parameters.h"

#include "scenarios/engine_parameters.h"
#include "sim/error.h"

namespace throng {
namespace {
constexpr double seven_and_more = 7.6;  // members of the last class, on average (town.h)

double mean_of(const std::array<double, size_classes>& share) {
  double mean = 0;
  for (u32 s = 0; s < size_classes; ++s) {
    mean += share[s] * (s + 1 < size_classes ? s + 1.0 : seven_and_more);
  }
  return mean;
}

// Shares times t^s, t = u / (1 - u), written with (1 - u)^6 in front so that u may be 0 and 1.
std::array<double, size_classes> tilted(const std::array<double, size_classes>& share, double u) {
  std::array<double, size_classes> out = share;
  double sum = 0;
  for (u32 s = 0; s < size_classes; ++s) {
    for (u32 k = 1; k < size_classes; ++k) {
      out[s] *= k <= s ? u : 1 - u;
    }
    sum += out[s];
  }
  for (double& x : out) {
    x /= sum;
  }
  return out;
}
}  // namespace

std::array<double, size_classes> household_sizes_of_mean(double mean) {
  ensures(mean >= 1 && mean <= seven_and_more, "households have 1 to 7.6 members on average");
  const std::array<double, size_classes> share = TownParameters().household_sizes;
  double low = 0, high = 1;  // the mean grows with u, from 1 to 7.6
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (mean_of(tilted(share, middle)) < mean ? low : high) = middle;
  }
  return tilted(share, high);
}

TownParameters town_parameters(const Values& values) {
  const double mean = values.get(scenario::town_mean_household);
  const i64* seed = values.find(scenario::population_seed);
  TownParameters town;
  town.people = static_cast<AgentId>(scenario::town_people_of(values));
  town.neighborhoods = static_cast<u32>(values.get(scenario::town_neighborhoods));
  town.household_sizes = household_sizes_of_mean(mean);
  town.school = values.get(scenario::town_school);
  town.work = values.get(scenario::town_work);
  town.families = mean >= least_mean_of_families;
  town.seed = static_cast<u64>(seed != nullptr ? *seed : values.get(scenario::run_seed));
  return town;
}

}  // namespace throng
