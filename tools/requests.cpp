#include "tools/requests.h"

#include <array>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <execinfo.h>
#include <pthread.h>
#include <unistd.h>

#include "tools/commands.h"

namespace throng {
namespace {

// What is asked for is one number on each rank, of which the greatest counts: stopping before
// keeping, and then by whom.
constexpr int stops = 1000;
enum : int { by_walltime = 100, by_stop_file, by_checkpoint_file };

constexpr char stop_file[] = "stop", checkpoint_file[] = "checkpoint";

volatile std::sig_atomic_t stop_signal = 0, checkpoint_signal = 0;

void note(int number) { (number == SIGUSR2 ? checkpoint_signal : stop_signal) = number; }

std::string name_of_cause(int cause) {
  switch (cause) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    case by_walltime:
      return "--max-walltime";
    case by_stop_file:
      return "the file 'stop'";
    default:
      return "the file 'checkpoint'";
  }
}

}  // namespace

std::optional<double> walltime_in(std::string_view text) {
  double days = 0;
  bool with_days = false;
  const auto number = [](std::string_view part) -> std::optional<double> {
    if (part.empty() || part.size() > 9) {
      return std::nullopt;
    }
    double n = 0;
    for (const char c : part) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
        return std::nullopt;
      }
      n = 10 * n + (c - '0');
    }
    return n;
  };
  if (text.ends_with('s')) {
    return number(text.substr(0, text.size() - 1));
  }
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto n = number(text.substr(0, dash));
    if (!n) {
      return std::nullopt;
    }
    days = *n;
    with_days = true;
    text.remove_prefix(dash + 1);
  }
  std::vector<double> parts;
  while (true) {
    const auto colon = text.find(':');
    const auto n = number(text.substr(0, colon));
    if (!n || parts.size() == 3) {
      return std::nullopt;
    }
    parts.push_back(*n);
    if (colon == std::string_view::npos) {
      break;
    }
    text.remove_prefix(colon + 1);
  }
  // Alone it is minutes, behind days hours; two are minutes and seconds, behind days hours and
  // minutes.
  constexpr std::array<double, 3> units = {3600, 60, 1};
  const std::size_t first = with_days ? 0 : parts.size() == 3 ? 0 : 1;
  double seconds = 86'400 * days;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    seconds += parts[k] * units[first + k];
  }
  return seconds;
}

void Requests::note_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) {
      // Slurm says SIGTERM more than once, to the job, its step and its tasks.
      const bool once = number == SIGINT;
      struct sigaction noting {};
      noting.sa_handler = note;
      noting.sa_flags = SA_RESTART | (once ? static_cast<int>(SA_RESETHAND) : 0);
      sigaction(number, &noting, nullptr);
    }
  }
}

void Requests::forget(const std::filesystem::path& run) {
  for (const char* const file : {stop_file, checkpoint_file}) {
    std::error_code ignored;
    std::filesystem::remove(run / file, ignored);
  }
}

int Requests::asked_here(double needed_s) {
  int most = 0;
  const auto ask = [&](bool asked, int code) { most = asked ? std::max(most, code) : most; };
  const int stop = stop_signal, checkpoint = checkpoint_signal;
  ask(checkpoint != 0, checkpoint);
  ask(stop != 0, stops + stop);
  if (world_.rank() != 0) {
    return most;
  }
  const auto now = clock::now();
  ask(max_walltime_s_ &&
          std::chrono::duration<double>(now - began_).count() + needed_s > *max_walltime_s_,
      stops + by_walltime);
  // A look at the disk costs more than a step of a small world.
  if (now - looked_ > std::chrono::milliseconds(200)) {
    looked_ = now;
    std::error_code error;
    ask(std::filesystem::remove(run_ / checkpoint_file, error), by_checkpoint_file);
    ask(std::filesystem::remove(run_ / stop_file, error), stops + by_stop_file);
  }
  return most;
}

Request Requests::next(double needed_s) {
  const int here = asked_here(needed_s);
  const int most = world_.alone() ? here : static_cast<int>(world_.maximum(here));
  if (most == 0) {
    return {};
  }
  checkpoint_signal = 0;
  return {most >= stops ? Request::What::stop : Request::What::checkpoint,
          name_of_cause(most % stops)};
}

// ---- hangs --------------------------------------------------------------------------------------

namespace {

constexpr int say_where = 0;  // of the real-time signals

/// In the thread that hangs. Only what a signal handler may do.
void end_here(int) {
  std::array<void*, 64> frames{};
  backtrace_symbols_fd(frames.data(), backtrace(frames.data(), static_cast<int>(frames.size())),
                       STDERR_FILENO);
  _exit(exit_hang);
}

}  // namespace

Watchdog::Watchdog(double seconds) {
  if (seconds <= 0) {
    return;
  }
  // The first call loads a library, which a signal handler may not.
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);
  struct sigaction ending {};
  ending.sa_handler = end_here;
  sigaction(SIGRTMIN + say_where, &ending, nullptr);
  thread_ = std::thread([this, seconds, hanging = pthread_self()] {
    watch(seconds);
    if (!end_) {
      std::fprintf(stderr,
                   "throng: no progress for %.0f s after step %u (a rank, a disk or the network "
                   "hangs). The run ends here; 'throng resume' goes on from its last "
                   "checkpoint. Where it hangs:\n",
                   seconds, step_.load());
      pthread_kill(hanging, SIGRTMIN + say_where);
      std::this_thread::sleep_for(std::chrono::seconds(5));
      _exit(exit_hang);
    }
  });
}

void Watchdog::watch(double seconds) {
  std::unique_lock lock(mutex_);
  const std::chrono::duration<double> patience(seconds);
  u64 before = beats_.load();
  while (!ended_.wait_for(lock, patience, [&] { return end_; })) {
    const u64 now = beats_.load();
    if (now == before) {
      return;
    }
    before = now;
  }
}

Watchdog::~Watchdog() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      end_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }
}

}  // namespace throng
