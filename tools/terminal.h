// What a run says to a person: progress while it goes, a summary at its end.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace throng {

/// A line that renews itself on a terminal; in a batch log a plain line now and then. Rank 0 only.
class StatusLine {
 public:
  StatusLine(bool enabled, bool terminal)
      : enabled_(enabled), terminal_(terminal), began_(clock::now()), last_(began_) {}
  /// Ends the line, so that whatever is said next stands on its own.
  ~StatusLine() { end(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  /// Whether the next line would be shown; the `last` one always is.
  bool due(bool last) const;
  void show(const std::string& line);
  void end();
  double elapsed_s() const;

 private:
  using clock = std::chrono::steady_clock;
  bool enabled_, terminal_, shown_ = false;
  clock::time_point began_, last_;
};

/// How far a run is.
class Progress {
 public:
  Progress(bool enabled, bool terminal) : line_(enabled, terminal) {}
  void show(const Run& run);

 private:
  StatusLine line_;
};

/// Numbers of finished runs, over all ranks; times are sums over replicates.
struct RunFigures {
  double build_s = 0, loop_s = 0, output_s = 0, wall_s = 0;
  double checkpoint_s = 0;  ///< of the loop, spent on checkpoints
  i64 peak_bytes = 0;
  int ranks = 1, threads = 1;
};

/// The median of each quantity by itself, over those that have it; of an even number the mean of
/// the two in the middle. Seed and hash are the first one's.
Outcome median(const std::vector<Outcome>& outcomes);

/// What the model says of its outcomes, speed and memory, as lines of text; of several seeds
/// medians, and how far they spread. The curve is the last one's.
std::string summary(const Run& run, const RunFigures& figures, const std::vector<Outcome>& outcomes,
                    const std::string& content_hash);
/// The closing JSON line of --json. Of several seeds: the first seed, medians, the hash of
/// results.h5, and "replicates", one object for each.
std::string json_line(const std::string& scenario, const Run& run, const RunFigures& figures,
                      const std::vector<Outcome>& outcomes, const std::string& content_hash);
/// The same of a run that was stopped, and of one that has nothing to go on with.
std::string stopped_line(const std::string& scenario, const std::string& by, Step step);
std::string completed_line(const std::string& scenario);
/// The model's curves in characters, but those that are 0 throughout.
std::string curve(const Run& run);

}  // namespace throng
