// Epidemics built in code for tests: a population, settings by hand, a trial of one seed, and what
// a measured number has to do to agree with an expected one.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "behaviors/epidemic/columns.h"
#include "behaviors/epidemic/settings.h"
#include "behaviors/person/columns.h"
#include "scenarios/city/town.h"
#include "sim/simulation.h"

namespace throng::epidemic::fixture {

struct Model {
  std::shared_ptr<const PopulationSource> source;
  std::shared_ptr<Settings> settings;
  std::vector<double> age_bands = {0};
  double beta = 0;
  std::vector<Edges::Edge> edges;
};

/// Nothing closed, everybody alike: one age band, equal infectiousness and susceptibility, weight 1
/// in every layer. History, beta and seeds are the test's to set.
Model model_of(std::shared_ptr<const PopulationSource> source, Step steps);
/// People who live alone in one neighborhood and have 20 community contacts a day each: well mixed.
Model well_mixed(AgentId people, Step steps);
inline constexpr double contacts_a_day = 20;
/// The shipped model of COVID-19 in New York (nyc_unmitigated.toml) for any population, at its own
/// R0, without calendar, seeds or measures.
Model covid(std::shared_ptr<const PopulationSource> source, Step steps);
Model new_york(double scale, Step steps);
/// Sets beta to what gives the R0 of the settings.
void calibrate(Model& model);
/// The stage of a name.
u8 stage_named(const Settings& settings, std::string_view name);

/// People infected from outside on day 1.
Seed anybody(u32 count);
Seed these(std::vector<AgentId> people);

/// Susceptible, [exposed,] infectious, recovered.
std::shared_ptr<const NaturalHistory> sir(WholeSteps infectious);
std::shared_ptr<const NaturalHistory> seir(WholeSteps latent, WholeSteps infectious);

enum class Log { no, yes };

/// One run of one seed.
class Trial {
 public:
  Trial(const Model& model, u64 seed, Log log = Log::no);
  void step();
  /// Steps until nobody's stage can change any more, or until the last step.
  void run();
  bool over() const;
  /// [step]: people infected, those from outside included.
  const std::vector<i64>& infections() const { return infections_; }
  i64 infected() const;
  i64 count_of(u8 stage) const { return simulation_->counts(stage_name_).count_of(stage); }
  Simulation& simulation() { return *simulation_; }
  template <class C>
  auto values(const C& column) {
    return simulation_->population().kind(person::kind).values(column);
  }
  struct Logged : Transmission {
    Step step;
  };
  const std::vector<Logged>& log() const { return log_; }

 private:
  static constexpr std::string_view stage_name_ = stage.name;
  std::shared_ptr<const Settings> settings_;
  std::unique_ptr<Simulation> simulation_;
  std::vector<i64> infections_ = {0};
  std::vector<Logged> log_;
};

/// Population of a model on one rank, with its networks.
Population population_of(const Model& model, u64 seed);

// ---- numbers ------------------------------------------------------------------------------------

struct Estimate {
  std::size_t n = 0;
  double mean = 0, error = 0;  ///< and its standard error
};
Estimate estimate(std::span<const double> values);
Estimate proportion(i64 count, i64 of);
/// The ratio of two sums over independent units, as of infections to cases.
Estimate ratio(std::span<const double> above, std::span<const double> below);

/// Prints a line and checks that the estimate lies within 4 standard errors, and that these are at
/// most `notices` of what is expected: the smallest relative error the test is sure to notice.
void agrees(const std::string& what, const Estimate& measured, double expected, double notices);

/// Probability of a Kolmogorov-Smirnov distance at least as large as that of two samples.
double same_distribution(std::vector<double> a, std::vector<double> b);

/// The root of a function that is negative at `low` and positive at `high`.
template <class F>
double root(F&& f, double low, double high) {
  for (int k = 0; k < 100; ++k) {
    const double middle = (low + high) / 2;
    (f(middle) < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace throng::epidemic::fixture
