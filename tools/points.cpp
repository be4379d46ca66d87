#include "tools/points.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/publish.h"
#include "io/run_directory.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/requests.h"
#include "tools/shipped.h"
#include "tools/terminal.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr auto pause = std::chrono::milliseconds(5);

// ---- children -----------------------------------------------------------------------------------

bool has_checkpoint(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder / "checkpoints", error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("ckpt-") && name.ends_with(".h5")) {
      return true;
    }
  }
  return false;
}

/// Starts this program in a process group of its own, so that Ctrl-C reaches it through us alone.
/// It is asked to stop when we are gone, however that comes.
pid_t start(const std::vector<std::string>& command, const fs::path& out, const fs::path& err) {
  std::vector<char*> words;
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  const pid_t launcher = getpid();
  const pid_t child = fork();
  if (child < 0) {
    throw IoError(command[0] + ": cannot be started (" + std::strerror(errno) +
                  "). Start fewer --jobs.");
  }
  if (child > 0) {
    return child;
  }
  // From here on only what is safe between fork and exec.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != launcher) {
    _exit(exit_stopped);
  }
  const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int printed = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  const int errors = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (none < 0 || dup2(none, 0) < 0 || dup2(printed, 1) < 0 || dup2(errors, 2) < 0) {
    _exit(exit_io);
  }
  execv("/proc/self/exe", words.data());  // this very program, even if its file was replaced
  constexpr std::string_view refused = "throng: the program cannot be started\n";
  if (write(2, refused.data(), refused.size()) < 0) {
    // The exit code has to say it.
  }
  _exit(exit_io);
}

struct AtWork {
  std::size_t run = 0;
  pid_t child = 0;
  bool resumes = false;
};

/// Many runs from their begin to their end.
class Launcher {
 public:
  Launcher(const std::vector<PointRun>& runs, const PointOptions& options)
      : runs_(runs),
        options_(options),
        requests_(Communicator(), options.root, clock::now(), options.max_walltime_s),
        line_(!options.quiet, isatty(STDERR_FILENO) != 0) {
    const int cpus = default_threads();
    jobs_ = static_cast<std::size_t>(options.jobs > 0 ? options.jobs : cpus);
    const auto shared = std::max<std::size_t>(1, std::min(jobs_, runs.size()));
    threads_ = options.threads > 0 ? options.threads : std::max(1, cpus / static_cast<int>(shared));
  }

  PointsDone go() {
    Requests::forget(options_.root);
    Requests::note_signals();
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      done_.outcomes.push_back(outcome_of(options_.root, runs_[i]));
      if (done_.outcomes.back().done()) {
        ++finished_;
      } else {
        done_.outcomes.back() = {};
        waiting_.push_back(i);
      }
    }
    std::reverse(waiting_.begin(), waiting_.end());
    before_ = finished_;
    while (!at_work_.empty() || (!waiting_.empty() && done_.stopped_by.empty())) {
      while (done_.stopped_by.empty() && !waiting_.empty() && at_work_.size() < jobs_) {
        begin(waiting_.back());
        waiting_.pop_back();
      }
      collect();
      const Request request = requests_.next(0);
      if (request.what == Request::What::stop && done_.stopped_by.empty()) {
        done_.stopped_by = request.by;
        for (const AtWork& working : at_work_) {
          kill(working.child, SIGTERM);
        }
      }
      show(false);
      std::this_thread::sleep_for(pause);
    }
    show(true);
    return std::move(done_);
  }

 private:
  void begin(std::size_t i, bool anew = false) {
    const PointRun& run = runs_[i];
    const fs::path folder = options_.root / run.name;
    fs::create_directories(folder.parent_path());
    const bool resumes = !anew && has_checkpoint(folder);
    std::vector<std::string> command = {program_path().string()};
    if (resumes) {
      command.insert(command.end(), {"resume", folder.string()});
    } else {
      command.insert(command.end(), {"run", options_.scenario, "--out", folder.string(),
                                     "--overwrite", "--seed", std::to_string(run.seed)});
      for (const std::string& set : run.set) {
        command.insert(command.end(), {"--set", set});
      }
      command.insert(command.end(), options_.more.begin(), options_.more.end());
    }
    command.insert(command.end(), {"--threads", std::to_string(threads_), "--quiet", "--json"});
    remove_quietly(point_file(options_.root, run, ".json").string());
    at_work_.push_back({.run = i,
                        .child = start(command, point_file(options_.root, run, ".out"),
                                       point_file(options_.root, run, ".err")),
                        .resumes = resumes});
    ++done_.begun;
  }

  void collect() {
    for (std::size_t k = 0; k < at_work_.size();) {
      int status = 0;
      const pid_t ended = waitpid(at_work_[k].child, &status, WNOHANG);
      if (ended == 0 || (ended < 0 && errno == EINTR)) {
        ++k;
        continue;
      }
      const AtWork working = at_work_[k];
      at_work_.erase(at_work_.begin() + static_cast<std::ptrdiff_t>(k));
      const int code = ended < 0           ? int{exit_io}
                       : WIFEXITED(status) ? WEXITSTATUS(status)
                                           : 128 + WTERMSIG(status);
      end(working, code);
    }
  }

  void end(const AtWork& working, int code) {
    const PointRun& run = runs_[working.run];
    const bool stopping = !done_.stopped_by.empty();
    if (working.resumes && code == exit_no_checkpoint && !stopping) {
      begin(working.run, true);  // what it had kept is damaged
      --done_.begun;
      return;
    }
    // One that was asked to stop before it could keep anything is ended by the signal.
    if (code == exit_stopped || (stopping && code == 128 + SIGTERM)) {
      return;
    }
    PointOutcome outcome = outcome_after(options_.root, run, code);
    ++(outcome.done() ? finished_ : failed_);
    write_outcome(options_.root, run, outcome);
    done_.outcomes[working.run] = std::move(outcome);
  }

  void show(bool last) {
    if (!line_.due(last)) {
      return;
    }
    const auto now = static_cast<double>(finished_ + failed_ - before_);
    const auto left = static_cast<double>(waiting_.size() + at_work_.size());
    line_.show(progress_of(options_.what, runs_.size(), finished_, failed_, at_work_.size(),
                           now > 0 ? line_.elapsed_s() / now * left : -1));
  }

  const std::vector<PointRun>& runs_;
  const PointOptions& options_;
  Requests requests_;
  StatusLine line_;
  std::size_t jobs_ = 1, finished_ = 0, failed_ = 0, before_ = 0;
  int threads_ = 1;
  std::vector<std::size_t> waiting_;  // the next one last
  std::vector<AtWork> at_work_;
  PointsDone done_;
};

}  // namespace

LaunchLock::LaunchLock(const fs::path& root) {
  const fs::path file = root / "launch.lock";
  // Children inherit it: it is held as long as one of them lives.
  lock_ = open(file.c_str(), O_RDWR | O_CREAT, 0666);
  if (lock_ < 0) {
    throw CannotCreate(file.string() + ": cannot be made (" + std::strerror(errno) +
                       "). Make the folder writable, or name another one.");
  }
  const auto patience = clock::now() + std::chrono::seconds(60);
  while (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return;  // a file system without locks
    }
    char text[32] = {};
    const ssize_t size = pread(lock_, text, sizeof text - 1, 0);
    const pid_t owner = size > 0 ? static_cast<pid_t>(std::atol(text)) : 0;
    if ((owner > 0 && kill(owner, 0) == 0) || clock::now() > patience) {
      close(lock_);
      throw CannotCreate(root.string() +
                         ": cannot be worked in (another command has runs at work in it). Wait for "
                         "its end, or name another folder.");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the launcher is gone
  }
  const std::string self = std::to_string(getpid()) + "\n";
  if (ftruncate(lock_, 0) != 0 || pwrite(lock_, self.data(), self.size(), 0) < 0) {
    // Only the words of a refusal depend on it.
  }
}

LaunchLock::~LaunchLock() {
  if (lock_ >= 0) {
    close(lock_);
  }
}

PointsDone run_points(const std::vector<PointRun>& runs, const PointOptions& options) {
  return Launcher(runs, options).go();
}

std::string progress_of(const std::string& what, std::size_t all, std::size_t done,
                        std::size_t failed, std::size_t at_work, double seconds_left) {
  std::string line = what + " " + std::to_string(done) + "/" + std::to_string(all) + " done";
  if (at_work > 0) {
    line += ", " + std::to_string(at_work) + " at work";
  }
  if (failed > 0) {
    line += ", " + std::to_string(failed) + " failed";
  }
  return line + (at_work > 0 && seconds_left >= 0 ? formatted(", %.0f s left", seconds_left) : "");
}

}  // namespace throng
