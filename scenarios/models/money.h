// Money beside work: from what a scenario says of it to substeps, series and figures.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "behaviors/labor/money_settings.h"
#include "behaviors/person/geography.h"
#include "scenarios/model.h"
#include "scenarios/models/money_series.h"

namespace throng {

class MoneyAssembly {
 public:
  /// Null where a scenario wants none. `bands`: age bands of person.cell. Reads the tables a
  /// scenario names. Throws InputError.
  static std::unique_ptr<MoneyAssembly> of(const Setup& setup, const Calendar& calendar,
                                           const person::Geography& geography, u32 bands);

  /// Adds the accounts, and fits pay to who works in every sector. Once, when the population
  /// stands. Collective.
  void populate(const Communicator& world, Population& population);
  /// After the substeps of work.
  void add_to(Simulation& simulation);
  void write(Results& results) const { series_->write(results); }

  std::vector<Figure> figures() const;
  std::string summary(const Outcome& outcome) const;

  const labor::MoneySettings& settings() const { return *settings_; }
  const MoneySeries& series() const { return *series_; }

 private:
  MoneyAssembly(const Setup& setup, const Calendar& calendar, const person::Geography& geography,
                u32 bands);

  std::vector<std::string> boroughs_, sectors_;
  std::vector<i64> people_of_borough_;
  std::vector<double> mean_pay_;     // [sector x (boroughs + 1)], USD a week
  std::vector<double> band_factor_;  // [income band]
  std::shared_ptr<labor::MoneySettings> settings_;
  const MoneySeries* series_ = nullptr;
};

/// Adds what a scenario may say of money.
void declare_money(Schema& schema);

}  // namespace throng
