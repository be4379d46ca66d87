// Recorder of work: daily series from counts kept on change and from the markets.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "behaviors/labor/settings.h"
#include "io/results.h"
#include "sim/simulation.h"

namespace throng {

class LaborSeries final : public Recorder {
 public:
  LaborSeries(std::shared_ptr<const labor::Settings> settings, std::vector<std::string> boroughs,
              std::vector<std::string> sectors);
  void begin(Simulation& simulation) override { record(simulation); }
  void step(Simulation& simulation) override { record(simulation); }
  void keep(Keeper& keeper) override;
  /// Adds what was recorded, by borough of residence and by sector.
  void write(Results& results) const;

  struct Summary {
    i64 labor_force = 0, unemployed = 0, claims = 0, hires = 0, recalls = 0, layoffs = 0;
    /// Of the whole labor force; NaN where there is none.
    double rate = 0, peak_rate = 0;
    Step peak_step = 0;
  };
  Summary summary() const;
  /// [step]: the unemployed of all boroughs.
  std::vector<i64> unemployed() const;
  /// [step]: their share of the whole labor force; NaN where there is none.
  std::vector<double> rate() const;

 private:
  void record(Simulation& simulation);
  i64 people(std::size_t day, u32 status, u32 borough) const;
  /// The unemployed of the statistics: those on temporary layoff among them.
  i64 unemployed(std::size_t day, u32 borough) const;
  i64 labor_force(std::size_t day, u32 borough) const;
  i64 flow(std::size_t day, u32 what, u32 borough) const;

  std::shared_ptr<const labor::Settings> settings_;
  std::vector<std::string> boroughs_, sectors_;
  std::vector<std::vector<i64>> people_;             // [day][status x borough]
  std::vector<std::vector<i64>> claims_;             // [day][borough]
  std::vector<std::vector<i64>> flow_;               // [day][flow x borough], since the run began
  std::vector<std::vector<i64>> staff_, vacancies_;  // [day][sector]
};

}  // namespace throng
