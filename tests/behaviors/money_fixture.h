// People with money for tests: a small population that is a function of ids, states that a behavior
// of the test changes, and rules of 2020 written down by hand.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "behaviors/labor/money.h"
#include "behaviors/person/columns.h"
#include "sim/simulation.h"

namespace throng::labor::fixture {

inline constexpr u32 sectors = 3, boroughs = 2;
inline constexpr u32 markets = sectors * (boroughs + 1);

inline constexpr auto dead = static_cast<u8>(person::Health::dead);

/// Federal, New York State and New York City income tax of 2020 for a single person with the
/// standard deduction, and the employee's social security and Medicare taxes.
std::vector<TaxSchedule> taxes_of_2020();

/// Rules that use everything: supplements, one of them paid later, longer claims, pensions, two
/// single payments, deaths. From 2020-02-01.
MoneySettings settings(Step steps);
inline constexpr Date start = Date::from_days(18'293);  // 2020-02-01

/// Households of four by position: an adult, an adult or somebody old, a child, a child or somebody
/// of 17. Spread as told.
Population population(Partition partition, u64 seed);

/// Changes states at random: layoffs, claims, hires elsewhere, deaths; every seventh step.
std::unique_ptr<Behavior> shifts();
/// Changes what a function says: f(act, row) for every row and step.
struct Handles {
  Writes<u8> status, health;
  Writes<u16> market;
  Writes<StoredStep> since, claim_filed;
};
std::unique_ptr<Behavior> scripted(std::function<void(const ActRow&, const Handles&, Step)> script);

/// A simulation of it that has begun.
std::unique_ptr<Simulation> simulation(const Communicator& world, Partition partition, u64 seed,
                                       std::shared_ptr<const MoneySettings> settings,
                                       std::unique_ptr<Behavior> changes, bool check_order = true);

template <class C>
auto people(Simulation& simulation, const C& column) {
  return simulation.population().kind(person::kind).values(column);
}
template <class C>
auto accounts(Simulation& simulation, const C& column) {
  return simulation.population().kind(account_kind).values(column);
}
/// Everybody's money, on all ranks. [cent]
i64 all_money(Simulation& simulation);

}  // namespace throng::labor::fixture
