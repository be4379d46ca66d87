#include "scenarios/recovery.h"

#include <cmath>
#include <limits>

#include "behaviors/person/columns.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/ask.h"
#include "sim/error.h"

namespace throng {
namespace {

const std::vector<double>& column_of(const Results& results, const std::string& table,
                                     const std::string& column) {
  for (const Table& t : results.tables) {
    for (const TableColumn& c : t.columns) {
      if (t.name == table && c.name == column) {
        return std::get<std::vector<double>>(c.values);
      }
    }
  }
  ensures(false, "a decision records its epochs");
  return std::get<std::vector<double>>(results.tables.front().columns.front().values);
}

double root_mean(double squares, double count) { return std::sqrt(squares / count); }

}  // namespace

std::vector<std::string> without_effect() {
  return {"epidemic.stay_home.contacts_left.community=1.0",
          "epidemic.stay_home.contacts_left.work=1.0"};
}

ToldShares told_shares(const ScenarioFile& scenario) {
  Run run(Communicator(), scenario, {});
  const DecisionAssembly* assembly = epidemic_of(run).decision();
  ensures(assembly != nullptr, "archetypes decide");
  const ArchetypeDecision& decision = *assembly->decision();
  const u32 lag = decision.settings().lag;
  ensures(lag < decision.settings().every, "an epoch is over before the next one is asked");
  Population& population = run.simulation().population();

  ToldShares told;
  told.questions = decision.questions_per_epoch() - decision.settings().audits;
  const Kind& people = population.kind(person::kind);
  told.archetype.resize(people.rows());
  for (Row r = 0; r < people.rows(); ++r) {
    told.archetype[people.partition().id_of(r)] = decision.archetypes().code(r);
  }
  while (!run.done()) {
    run.step();
    const Step next = run.simulation().now() + 1;
    const Step epoch = decision.epoch_in_force(next);
    if (epoch > 0 && epoch + lag == next) {
      Kind& kind = population.kind(decision.kind());
      const auto shares = kind.values(archetype_columns::share);
      told.share.emplace_back(shares.begin(), shares.end());
      told.lattice.push_back(kind.values(archetype_columns::asked_about)[told.archetype.front()]);
    }
  }
  Results results;
  run.model().write(results);
  const std::string table = decision.settings().name + "_epochs";
  told.correction = column_of(results, table, "correction");
  told.error = column_of(results, table, "error");
  told.correction.resize(told.share.size());
  told.error.resize(told.share.size());
  return told;
}

Recovery recovery(const ToldShares& archetypes, const ToldShares& everyone) {
  ensures(archetypes.lattice == everyone.lattice &&
              archetypes.archetype.size() == everyone.archetype.size(),
          "both runs were told the same of the same people");
  Recovery r;
  r.questions = archetypes.questions;
  r.epochs = static_cast<u32>(archetypes.share.size());
  const auto people = static_cast<AgentId>(archetypes.archetype.size());
  double share = 0, mean = 0, corrected = 0, stated = 0, covered = 0;
  for (std::size_t e = 0; e < r.epochs; ++e) {
    const std::size_t count = archetypes.share[e].size();
    std::vector<double> truth(count), mass(count);
    double missed = 0;
    for (AgentId i = 0; i < people; ++i) {
      const double p = everyone.of(e, i);
      truth[archetypes.archetype[i]] += p;
      mass[archetypes.archetype[i]] += 1;
      missed += (p - archetypes.of(e, i)) / people;
    }
    for (std::size_t a = 0; a < count; ++a) {
      const double error = mass[a] == 0 ? 0 : archetypes.share[e][a] * 0x1p-20 - truth[a] / mass[a];
      share += mass[a] * error * error / people;
    }
    mean += missed * missed;
    const double left = missed - archetypes.correction[e], error = archetypes.error[e];
    corrected += left * left;
    stated += error * error;
    covered += std::isnan(error) ? std::numeric_limits<double>::quiet_NaN()
                                 : double(std::abs(left) <= 1.96 * error);
  }
  r.share_error = root_mean(share, r.epochs);
  r.mean_error = root_mean(mean, r.epochs);
  r.corrected_error = root_mean(corrected, r.epochs);
  r.stated_error = root_mean(stated, r.epochs);
  r.covered = covered / r.epochs;
  return r;
}

}  // namespace throng
