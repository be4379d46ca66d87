// What a run says to a person: progress while it goes, a summary at its end.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace throng {

/// A line that renews itself on a terminal; in a batch log a plain line now and then. Rank 0 only.
class Progress {
 public:
  Progress(bool enabled, bool terminal)
      : enabled_(enabled), terminal_(terminal), began_(clock::now()), last_(began_) {}
  /// Ends the line, so that whatever is said next stands on its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(const Run& run);

 private:
  using clock = std::chrono::steady_clock;
  bool enabled_, terminal_, shown_ = false;
  clock::time_point began_, last_;
};

/// Numbers of finished runs, over all ranks; times are sums over replicates.
struct RunFigures {
  double build_s = 0, loop_s = 0, output_s = 0, wall_s = 0;
  i64 peak_bytes = 0;
  int ranks = 1, threads = 1;
};

/// What became of one seed.
struct Outcome {
  u64 seed = 0;
  std::string content_hash;
  double attack_rate = 0;
  i64 infections = 0, deaths = 0;
};
/// The middle of each quantity by itself; of an even number the lower of the two in the middle.
Outcome median(const std::vector<Outcome>& outcomes);

/// Attack rate, peak, deaths, generation time, speed and memory, as lines of text; of several seeds
/// the last one, and the spread over all.
std::string summary(const Run& run, const RunFigures& figures,
                    const std::vector<Outcome>& outcomes);
/// The closing JSON line of --json. Of several seeds: medians, the hash of results.h5, and
/// "replicates", one object for each. What is told of one run alone (peak, generation time) is then
/// the last one's.
std::string json_line(const std::string& scenario, const Run& run, const RunFigures& figures,
                      const std::vector<Outcome>& outcomes, const std::string& content_hash);
/// A daily curve in characters: infections, and deaths where there are any.
std::string curve(const Run& run);

/// 8336817 -> "8,336,817".
std::string grouped(i64 n);

}  // namespace throng
