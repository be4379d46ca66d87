// What an epidemic is told before it starts: resolved, checked, in the units of the mathematics.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "behaviors/epidemic/columns.h"
#include "behaviors/epidemic/natural_history.h"
#include "behaviors/epidemic/stay_home_rule.h"
#include "behaviors/person/geography.h"
#include "sim/calendar.h"

namespace throng {
class ArchetypeDecision;
}

namespace throng::epidemic {

/// One number per layer of contact.
using PerLayer = std::array<double, layers>;

/// Who can be met, and how much a contact there weighs.
struct Contacts {
  PerLayer weight = {3.0, 0.6, 0.6, 0.3, 3.0, 1.0, 0};
  double in_class = 20;      ///< expected contacts a day with one's grade [contact/day]
  double class_share = 1;    ///< of these, with one's own class
  double in_team = 16;       ///< [contact/day]
  double in_quarters = 4.1;  ///< [contact/day]
};

/// Everything that changes with the date, by step: multipliers of contacts in [0, most].
struct Measures {
  std::vector<PerLayer> open;             ///< [step][layer]: calendar and masks
  PerLayer most = {1, 1, 1, 1, 1, 1, 1};  ///< the largest value of each over the run
  std::vector<double> schools_closed;     ///< [step]: share of classes
  /// [step x sector]: share of teams that do not meet, and of those closed by order among them.
  std::vector<double> teams_closed, sectors_closed;
  u32 sectors = 0;
  std::vector<double>
      isolation_compliance;  ///< [step]: share of those with new symptoms who isolate
  PerLayer isolated = {0.3, 0.1, 0.1, 0.1, 0.3, 0.1, 1};  ///< contacts left to the isolated
  PerLayer at_home = {1, 1, 0.2, 0.2, 1, 0.2, 1};         ///< contacts left to those who stay home
};

struct ReportRule {
  u8 stage = 0;
  std::vector<double> share;  ///< [step]
  WholeSteps delay;
};

/// People infected from outside.
struct Seed {
  Step step = 1;
  u32 count = 0;
  u32 neighborhood = no_group;  ///< anywhere when no_group
  std::vector<AgentId> people;  ///< these, when not empty
};
struct Importation {
  std::vector<double> per_day;  ///< [step]: expected arrivals
  u32 neighborhood = no_group;
};

/// Nobody decides to stay home where there is neither a provider nor a decision.
struct StayHomeSettings {
  std::shared_ptr<const CellProvider> provider;  ///< of cells: borough and age band
  std::shared_ptr<ArchetypeDecision> decision;   ///< of archetypes
  std::vector<u8> order_in_force;                ///< [step]
  u32 every = 7;                                 ///< [step]
};

/// Where people work: those who have none to go to, are ill or would not go meet nobody there.
struct WorkSettings {
  bool known = false;                        ///< person.off_work and person.health are kept
  std::shared_ptr<ArchetypeDecision> would;  ///< of who would go; null: everybody
};

struct Settings {
  std::shared_ptr<const NaturalHistory> history;
  person::Geography geography;
  std::optional<double> r0;    ///< one of r0
  std::optional<double> beta;  ///< and beta [1/contact at weight 1]
  double shape = 0.45;         ///< of individual infectiousness, Gamma with mean 1; 0: all alike
  std::vector<double> susceptibility = {0.34, 0.67, 1, 1, 1, 1, 1.24, 1.47, 1.47};  ///< by age band
  u32 bands = 9;
  Contacts contacts;
  Measures measures;
  std::vector<ReportRule> reports;
  std::vector<Seed> seeds;
  std::vector<Importation> importations;
  StayHomeSettings stay_home;
  WorkSettings work;
  /// For measuring R0: those infected from outside meet a population that stays fully susceptible,
  /// and whoever they would infect is logged.
  bool only_seeds_infect = false;
  /// Visit every infectious person every day instead of waiting for the next contact: the slow,
  /// obvious twin.
  bool daily_visits = false;
  Step steps = 0;
};

}  // namespace throng::epidemic
