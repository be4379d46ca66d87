// Series of a model from its declarations: counts, tallies and sums after every step, over all
// ranks, as whole numbers.
#pragma once
#include <string>
#include <vector>

#include "scenarios/model.h"

namespace throng {

class SeriesRecorder final : public Recorder {
 public:
  explicit SeriesRecorder(std::vector<SeriesOf> wanted);
  /// Collective, as step() is.
  void begin(Simulation& simulation) override;
  void step(Simulation& simulation) override { record(simulation); }
  void keep(Keeper& keeper) override;
  /// Adds series and their dimensions.
  void write(Results& results) const;
  /// The last value of every series, one figure for each label: "cells_alive".
  std::vector<Figure> last() const;
  /// Of the first series alone, called by their labels: what fits into a line.
  std::vector<Figure> first_series() const;
  std::vector<Curve> curves() const;

 private:
  struct Recorded {
    SeriesOf what;
    std::vector<std::string> labels;       // empty: a single quantity
    i64 rows = 1;                          // of a mean
    std::vector<std::vector<i64>> values;  // [step][label], in units of what.scale
  };
  void record(Simulation& simulation);
  static bool is_whole(const SeriesOf& what);
  static double value_of(const Recorded& r, i64 counted);
  static Figure last_of(const Recorded& r, std::size_t label);
  std::vector<Recorded> all_;
};

}  // namespace throng
