// Many runs of one scenario, each in a folder of its own and made by a child process: a crash of
// one costs only it. What is finished is not run again; what was interrupted goes on.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/point_outcome.h"

namespace throng {

struct PointOptions {
  std::filesystem::path root;
  std::string scenario;       ///< file that all of them run
  std::string what = "runs";  ///< as the progress names them
  int jobs = 0;               ///< at once; 0: as many as there are CPUs
  int threads = 0;            ///< of each; 0: the CPUs shared among the jobs
  bool quiet = false;
  std::optional<double> max_walltime_s{};
  std::vector<std::string> more{};  ///< arguments of `throng run`
};

struct PointsDone {
  std::vector<PointOutcome> outcomes;  ///< of each run, in their order
  std::string stopped_by{};            ///< empty: nothing did
  std::size_t begun = 0;               ///< of them were run now, or went on
};

/// A folder that one launcher and its children own: a second launcher, or one after a launcher that
/// was killed while its children still end, does not disturb them. Throws CannotCreate.
class LaunchLock {
 public:
  explicit LaunchLock(const std::filesystem::path& root);
  ~LaunchLock();
  LaunchLock(const LaunchLock&) = delete;
  LaunchLock& operator=(const LaunchLock&) = delete;

 private:
  int lock_ = -1;
};

/// Runs those that are not done; those that failed are tried again. SIGINT, SIGTERM, SIGUSR1, the
/// file ROOT/stop and the wall time stop all of them with their checkpoints. Throws IoError.
PointsDone run_points(const std::vector<PointRun>& runs, const PointOptions& options);

/// "sweep 12/40 done, 4 at work, 1 failed": renewed on a terminal, now and then a line elsewhere.
std::string progress_of(const std::string& what, std::size_t all, std::size_t done,
                        std::size_t failed, std::size_t at_work, double seconds_left);

}  // namespace throng
