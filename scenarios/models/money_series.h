// Recorder of money: what moved by borough and by account, and the check that nothing was lost.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "behaviors/labor/money_settings.h"
#include "io/results.h"
#include "sim/simulation.h"

namespace throng {

class MoneySeries final : public Recorder {
 public:
  MoneySeries(std::shared_ptr<const labor::MoneySettings> settings,
              std::vector<std::string> boroughs, std::vector<std::string> sectors,
              std::vector<i64> people_of_borough);
  /// Throws ContractError where the money of people and accounts is not 0 together: at the
  /// beginning, and on the last day of every month.
  void begin(Simulation& simulation) override;
  void step(Simulation& simulation) override;
  void keep(Keeper& keeper) override;
  /// Adds what was recorded: by borough of the home, by account and by sector.
  void write(Results& results) const;

  struct Summary {
    i64 wages = 0, taxes = 0, benefits = 0, stimulus = 0, spending = 0;  ///< [cent]
    double mean_assets = 0;  ///< of everybody, after the last step [USD]
  };
  Summary summary() const;

 private:
  void record(Simulation& simulation);
  void check(Simulation& simulation) const;
  i64 moved(std::size_t day, u32 what, u32 borough) const;
  i64 assets(std::size_t day, u32 borough) const;

  std::shared_ptr<const labor::MoneySettings> settings_;
  std::vector<std::string> boroughs_, sectors_;
  std::vector<i64> people_of_borough_;
  std::vector<std::vector<i64>> transfers_;  // [day][kind x borough], since the run began
  std::vector<std::vector<i64>> balance_, paid_, received_;  // [day][account]
  std::vector<std::vector<i64>> index_;                      // [day][sector], 2^-20
  std::vector<std::vector<i64>> on_claims_;                  // [day][borough]
};

}  // namespace throng
