// What a run says to a person: progress while it goes, a summary at its end.
#pragma once
#include <chrono>
#include <string>

#include "scenarios/run.h"

namespace throng {

/// A line that renews itself on a terminal; in a batch log a plain line now and then. Rank 0 only.
class Progress {
 public:
  Progress(bool enabled, bool terminal) : enabled_(enabled), terminal_(terminal), began_(clock::now()), last_(began_) {}
  void show(const Run& run);
  void end();

 private:
  using clock = std::chrono::steady_clock;
  bool enabled_, terminal_, shown_ = false;
  clock::time_point began_, last_;
};

/// Numbers of a finished run, over all ranks.
struct RunFigures {
  double build_s = 0, loop_s = 0, output_s = 0, wall_s = 0;
  i64 peak_bytes = 0;
  int ranks = 1, threads = 1;
};

/// Attack rate, peak, deaths, generation time, speed and memory, as lines of text.
std::string summary(const Run& run, const RunFigures& figures);
/// The closing JSON line of --json.
std::string json_line(const std::string& scenario, const Run& run, const RunFigures& figures);
/// A daily curve in characters: infections, and deaths where there are any.
std::string curve(const Run& run);

/// 8336817 -> "8,336,817".
std::string grouped(i64 n);

}  // namespace throng
