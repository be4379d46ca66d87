// What a run is asked for from outside while it goes, between two steps: to write a checkpoint, or
// to write one and stop. And the end of one that hangs.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "sim/communicator.h"

namespace throng {

struct Request {
  enum class What : u8 { nothing, checkpoint, stop };
  What what = What::nothing;
  std::string by{};  ///< "SIGTERM", "--max-walltime", the name of a file
};

/// "90" and "1:30:00" (hours) as Slurm writes them: minutes, minutes:seconds,
/// hours:minutes:seconds, days-hours[:minutes[:seconds]]; and "90s". Seconds, or nothing where it
/// is none of these.
std::optional<double> walltime_in(std::string_view text);

class Requests {
 public:
  using clock = std::chrono::steady_clock;
  /// SIGINT, SIGTERM and SIGUSR1 stop, SIGUSR2 does not; SIGINT once more ends it at once. Signals
  /// that were ignored stay so (nohup, a shell's background).
  static void note_signals();
  /// Removes files that asked a run which is over.
  static void forget(const std::filesystem::path& run);
  /// Files called "stop" and "checkpoint" in the run's folder ask too, and are removed.
  Requests(const Communicator& world, std::filesystem::path run, clock::time_point began,
           std::optional<double> max_walltime_s)
      : world_(world), run_(std::move(run)), began_(began), max_walltime_s_(max_walltime_s) {}
  /// The most any rank has been asked for. `needed_s`: what stopping takes, on rank 0. Collective.
  Request next(double needed_s);

 private:
  int asked_here(double needed_s);
  Communicator world_;
  std::filesystem::path run_;
  clock::time_point began_, looked_{};
  std::optional<double> max_walltime_s_;
};

/// Ends the process with exit code 71, saying where it is, when nothing was heard for so long.
class Watchdog {
 public:
  /// 0: never.
  explicit Watchdog(double seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  /// All is well, at this step.
  void heard(u32 step) {
    step_.store(step, std::memory_order_relaxed);
    beats_.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  void watch(double seconds);
  std::atomic<u64> beats_{0};
  std::atomic<u32> step_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace throng
