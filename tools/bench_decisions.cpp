#include "tools/bench_decisions.h"

#include <algorithm>
#include <string>
#include <vector>

#include "behaviors/person/columns.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/ask.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/bench_measure.h"
#include "tools/child.h"
#include "tools/shipped.h"

namespace throng {
namespace {

namespace figure {
constexpr FigureKind archetype_codes{"archetype_codes", "s", at_most(0.2),
                                     "The archetype of every New Yorker, and people by archetype."};
constexpr FigureKind decision_epoch{
    "decision_epoch", "ms", at_most(60),
    "New York decides once, at household and person correlation 0.4 together: questions, answers "
    "of "
    "the surrogate, shares in force, and what everybody does by them."};
constexpr FigureKind lasting_factors{
    "lasting_factors",
    "ms",
    {},
    "What lasts of everybody's temperament: made once for all epochs."};
constexpr FigureKind questions_per_epoch{
    "questions_per_epoch", "1", {}, "Questions of one such epoch."};
constexpr FigureKind questions_over_small{
    "questions_over_small_city", "1", at_most(1),
    "The same over those of a hundredth of New York's people."};
constexpr FigureKind archetypes_over_year{
    "nyc_archetypes_over_2020", "1", at_most(1.3),
    "nyc_2020_archetypes with its surrogate over nyc_2020, from the scenario to the written "
    "results, in pairs."};
}  // namespace figure

ScenarioFile scaled(const char* name, double scale) {
  return read_scenario(full_schema(), shipped_scenario(name),
                       {.set = {"population.scale=" + std::to_string(scale)}});
}

const ArchetypeDecision& decision_of(const Run& run) {
  const DecisionAssembly* assembly = epidemic_of(run).decision();
  ensures(assembly != nullptr, "archetypes decide in this scenario");
  return *assembly->decision();
}

/// What behaviors that ask have taken so far [s].
double asking_seconds(const Simulation& simulation) {
  double sum = 0;
  for (const Timing& t : simulation.timing()) {
    sum += t.substep == "decision" ? t.seconds : 0;
  }
  return sum;
}

/// Everybody's lasting factors, and what everybody does, by the kernels over spans.
class Everybody {
 public:
  Everybody(const Kind& people, const ArchetypeDecision& decision)
      : people_(people), decision_(decision), lasts_(people.rows()), acts_(people.rows()) {}

  void find_lasting(std::span<const u8> household_position) {
    each_slice([&](AgentId first, Row begin, std::size_t count) {
      decision_.temperament().lasting(first, household_position.subspan(begin, count),
                                      std::span(lasts_).subspan(begin, count));
    });
  }
  void act(Step epoch, std::span<const u32> share_of) {
    const std::span codes = decision_.archetypes().codes();
    each_slice([&](AgentId first, Row begin, std::size_t count) {
      decision_.temperament().act(first, epoch, codes.subspan(begin, count), share_of,
                                  std::span(lasts_).subspan(begin, count),
                                  std::span(acts_).subspan(begin, count));
    });
  }
  double share() const {
    return static_cast<double>(std::count(acts_.begin(), acts_.end(), 1)) /
           static_cast<double>(acts_.size());
  }

 private:
  template <class F>
  void each_slice(F&& f) const {
    parallel_for(people_.slices().count(), people_.rows(), [&](std::size_t s) {
      const auto [begin, end] = people_.slices().range(static_cast<u32>(s));
      if (begin < end) {
        f(people_.partition().id_of(begin), begin, end - begin);
      }
    });
  }
  const Kind& people_;
  const ArchetypeDecision& decision_;
  std::vector<float> lasts_;
  std::vector<u8> acts_;
};

template <class F>
double seconds_of(F&& work) {
  const double began = bench::seconds();
  work();
  return bench::seconds() - began;
}

std::string to_three(double value) { return formatted("%.3g", value); }

void measure_epochs(BenchSheet& sheet, const BenchArguments& arguments) {
  const ScenarioFile scenario = scaled("nyc_2020_archetypes", arguments.scale);
  Run run(Communicator(), scenario, {});
  const ArchetypeDecision& decision = decision_of(run);
  Simulation& simulation = run.simulation();
  Kind& people = simulation.population().kind(person::kind);
  const auto position = people.values(person::household_position);
  Everybody everybody(people, decision);
  everybody.find_lasting(position);  // finds memory that nobody has touched

  Sample codes, lasting, epochs, asking;
  const int epochs_measured = 3 * arguments.repeats;
  for (int k = 0; k < epochs_measured; ++k) {
    Archetypes anew(decision.archetypes().features());
    codes.values.push_back(seconds_of([&] { anew.index(simulation.world(), people); }));
    lasting.values.push_back(1e3 * seconds_of([&] { everybody.find_lasting(position); }));
  }
  double acting_share = 0;
  while (static_cast<int>(epochs.values.size()) < epochs_measured && !run.done()) {
    const double before = asking_seconds(simulation);
    Step in_force = 0;
    // From the question to the share in force.
    do {
      run.step();
      in_force = simulation.now() + 1;
    } while (decision.epoch_in_force(in_force) + decision.settings().lag != in_force);
    const double asked = 1e3 * (asking_seconds(simulation) - before);
    const auto shares =
        simulation.population().kind(decision.kind()).values(archetype_columns::share);
    const double acted =
        1e3 * seconds_of([&] { everybody.act(decision.epoch_in_force(in_force), shares); });
    asking.values.push_back(asked);
    epochs.values.push_back(asked + acted);
    acting_share = everybody.share();
  }
  sheet.add(figure::archetype_codes, codes);
  sheet.add(figure::decision_epoch, epochs,
            "of these, asking takes " + to_three(asking.median()) +
                "; share who act in the last one: " + to_three(acting_share));
  sheet.add(figure::lasting_factors, lasting);

  const Run small(Communicator(), scaled("nyc_2020_archetypes", 0.01), {});
  const auto in_large = static_cast<double>(decision.questions_per_epoch());
  const auto in_small = static_cast<double>(decision_of(small).questions_per_epoch());
  sheet.add(figure::questions_per_epoch, {{in_large}});
  sheet.add(figure::questions_over_small, {{in_large / in_small}},
            "there are " + grouped(static_cast<i64>(in_small)) + " of " + grouped(small.agents()) +
                " people");
}

void measure_whole_year(BenchSheet& sheet, const BenchArguments& arguments) {
  const ScenarioFile rule = scaled("nyc_2020", arguments.scale);
  const ScenarioFile archetypes = scaled("nyc_2020_archetypes", arguments.scale);
  ScratchFolder scratch;
  Sample ratio, by_rule, by_archetypes;
  for (int k = 0; k < arguments.repeats; ++k) {
    const auto year = [&](const ScenarioFile& scenario) {
      return seconds_of([&] { bench::run_and_write(scenario, scratch.next()); });
    };
    by_rule.values.push_back(year(rule));
    by_archetypes.values.push_back(year(archetypes));
    ratio.values.push_back(by_archetypes.values.back() / by_rule.values.back());
  }
  sheet.add(figure::archetypes_over_year, ratio,
            to_three(by_archetypes.median()) + " s over " + to_three(by_rule.median()) + " s");
}

}  // namespace

void measure_decisions(BenchSheet& sheet, const BenchArguments& arguments) {
  measure_epochs(sheet, arguments);
  measure_whole_year(sheet, arguments);
}

}  // namespace throng
