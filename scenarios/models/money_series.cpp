#include "scenarios/models/money_series.h"

#include <algorithm>
#include <numeric>

#include "behaviors/labor/money_columns.h"
#include "behaviors/person/columns.h"

namespace throng {
namespace {

using labor::Transfer;

/// What a kind of payment adds to the money of people.
i64 sign_of(u32 what) {
  const auto kind = static_cast<Transfer>(what);
  return kind == Transfer::taxes || kind == Transfer::spending ? -1 : 1;
}

template <class C>
std::vector<i64> values_of(Simulation& simulation, const C& column, std::size_t first) {
  const auto values = simulation.population().kind(labor::account_kind).values(column);
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first)};
}

void name_dimension(Results& results, std::string name, std::string long_name,
                    std::vector<std::string> labels) {
  const bool known = std::any_of(results.dimensions.begin(), results.dimensions.end(),
                                 [&](const Dimension& d) { return d.name == name; });
  if (!known) {
    results.dimensions.push_back({.name = std::move(name),
                                  .unit = "label",
                                  .long_name = std::move(long_name),
                                  .values = std::move(labels)});
  }
}

}  // namespace

MoneySeries::MoneySeries(std::shared_ptr<const labor::MoneySettings> settings,
                         std::vector<std::string> boroughs, std::vector<std::string> sectors,
                         std::vector<i64> people_of_borough)
    : settings_(std::move(settings)),
      boroughs_(std::move(boroughs)),
      sectors_(std::move(sectors)),
      people_of_borough_(std::move(people_of_borough)) {}

void MoneySeries::begin(Simulation& simulation) {
  check(simulation);
  record(simulation);
}

void MoneySeries::step(Simulation& simulation) {
  if (settings_->ends_month(simulation.now())) {
    check(simulation);
  }
  record(simulation);
}

void MoneySeries::check(Simulation& simulation) const {
  const auto purses = simulation.population().kind(person::kind).values(labor::assets);
  i64 sum = std::accumulate(purses.begin(), purses.end(), i64{0});
  simulation.world().sum(std::span<i64>(&sum, 1));
  const auto balances = values_of(simulation, labor::balance, settings_->accounts());
  ensures(std::accumulate(balances.begin(), balances.end(), sum) == 0,
          "the money of people and of accounts is 0 together, to the last cent");
}

void MoneySeries::record(Simulation& simulation) {
  if (simulation.world().rank() != 0) {
    return;
  }
  const u32 accounts = settings_->accounts(), boroughs = settings_->boroughs;
  transfers_.push_back(simulation.tally(labor::transfers.name));
  balance_.push_back(values_of(simulation, labor::balance, accounts));
  paid_.push_back(values_of(simulation, labor::paid_out, accounts));
  received_.push_back(values_of(simulation, labor::taken_in, accounts));
  index_.push_back(values_of(simulation, labor::spending_index, settings_->sectors));
  const LabelCounts& counts = simulation.counts(labor::income.name);
  std::vector<i64> claims(boroughs, 0);
  const auto claim = static_cast<u32>(labor::Income::claim);
  for (u32 c = 0; c < counts.cells; ++c) {
    claims[c / settings_->cells_of_borough] += counts.count[claim * counts.cells + c];
  }
  on_claims_.push_back(std::move(claims));
}

void MoneySeries::keep(Keeper& keeper) {
  keeper.grows("money/transfers", transfers_);
  keeper.grows("money/balance", balance_);
  keeper.grows("money/paid", paid_);
  keeper.grows("money/received", received_);
  keeper.grows("money/index", index_);
  keeper.grows("money/on_claims", on_claims_);
}

i64 MoneySeries::moved(std::size_t day, u32 what, u32 borough) const {
  return transfers_[day][what * settings_->boroughs + borough];
}

i64 MoneySeries::assets(std::size_t day, u32 borough) const {
  i64 sum = 0;
  for (u32 what = 0; what < labor::transfer_kinds; ++what) {
    sum += sign_of(what) * moved(day, what, borough);
  }
  return sum;
}

MoneySeries::Summary MoneySeries::summary() const {
  Summary s;
  if (transfers_.empty()) {
    return s;
  }
  const std::size_t last = transfers_.size() - 1;
  i64 money = 0;
  for (u32 b = 0; b < settings_->boroughs; ++b) {
    const auto all = [&](Transfer what) { return moved(last, static_cast<u32>(what), b); };
    s.wages += all(Transfer::wages);
    s.taxes += all(Transfer::taxes);
    s.benefits += all(Transfer::benefits);
    s.stimulus += all(Transfer::stimulus);
    s.spending += all(Transfer::spending);
    money += assets(last, b);
  }
  const i64 people = std::accumulate(people_of_borough_.begin(), people_of_borough_.end(), i64{0});
  s.mean_assets = static_cast<double>(money) / 100 / static_cast<double>(std::max<i64>(1, people));
  return s;
}

void MoneySeries::write(Results& results) const {
  name_dimension(results, "borough", "borough of the home", boroughs_);
  name_dimension(results, "sector", "sector of work (NAICS code)", sectors_);
  std::vector<std::string> accounts = sectors_;
  accounts.insert(accounts.end(), {"government", "bank", "outside"});
  name_dimension(results, "account", "firms of a sector (NAICS code), government, bank, outside",
                 accounts);
  const std::size_t days = transfers_.size();
  const auto add = [&](std::string name, std::string unit, std::string doc, const char* along,
                       std::size_t width, auto&& value) {
    std::vector<decltype(value(std::size_t{}, u32{}))> values;
    for (std::size_t d = 0; d < days; ++d) {
      for (u32 k = 0; k < width; ++k) {
        values.push_back(value(d, k));
      }
    }
    results.series.push_back({.name = std::move(name),
                              .unit = std::move(unit),
                              .long_name = std::move(doc),
                              .dimensions = {along},
                              .values = std::move(values)});
  };
  const auto in_step = [&](const std::vector<std::vector<i64>>& since_begin) {
    return [&](std::size_t d, u32 k) {
      return since_begin[d][k] - (d == 0 ? 0 : since_begin[d - 1][k]);
    };
  };
  for (u32 what = 0; what < labor::transfer_kinds; ++what) {
    add(std::string("money_") + std::string(labor::transfer_names[what]), "cent",
        std::string(sign_of(what) < 0 ? "paid by" : "paid to") +
            " people in the step: " + std::string(labor::transfer_names[what]),
        "borough", settings_->boroughs, [&](std::size_t d, u32 b) {
          return moved(d, what, b) - (d == 0 ? 0 : moved(d - 1, what, b));
        });
  }
  add("money_mean_assets", "USD", "money of people, by their number at the start", "borough",
      settings_->boroughs, [&](std::size_t d, u32 b) {
        return static_cast<double>(assets(d, b)) / 100 /
               static_cast<double>(std::max<i64>(1, people_of_borough_[b]));
      });
  add("money_on_claims", "person", "people with a claim for benefits that was filed", "borough",
      settings_->boroughs, [&](std::size_t d, u32 b) { return on_claims_[d][b]; });
  add("money_balance", "cent", "balance of the account", "account", settings_->accounts(),
      [&](std::size_t d, u32 a) { return balance_[d][a]; });
  add("money_paid_by_sector", "cent", "wages paid in the step", "sector", settings_->sectors,
      in_step(paid_));
  add("money_spent_by_sector", "cent", "spent in the step", "sector", settings_->sectors,
      in_step(received_));
  add("money_spending_index", "1", "spent a day in the last full month, by the first one's",
      "sector", settings_->sectors,
      [&](std::size_t d, u32 k) { return static_cast<double>(index_[d][k]) * 0x1p-20; });
}

}  // namespace throng
