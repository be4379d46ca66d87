#include "tools/examiner.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/error.h"
#include "sim/parallel.h"
#include "sim/sanitized.h"
#include "sim/words.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Beside what the program itself takes: a file is read in pieces, only its frame as a whole.
constexpr u64 memory_for_a_file = u64{1} << 29;
/// What a slow machine needs to read, hash and look through a whole file.
constexpr u64 seconds_for_a_file = 20, bytes_a_second = 10'000'000;
constexpr std::size_t most_said = std::size_t{1} << 28;

u64 seconds_for(u64 bytes) { return seconds_for_a_file + bytes / bytes_a_second; }

u64 size_of_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

/// Address space of this process [bytes].
u64 address_space() {
  std::ifstream statm("/proc/self/statm");
  u64 pages = 0;
  statm >> pages;
  return pages * static_cast<u64>(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource what, u64 most) {
  struct rlimit now {};
  ::getrlimit(what, &now);
  now.rlim_max = std::min<rlim_t>(now.rlim_max, most);
  now.rlim_cur = std::min<rlim_t>(now.rlim_cur, now.rlim_max);
  ::setrlimit(what, &now);
}

void limit_this_process(const fs::path& path) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  thread_count();  // of OpenMP, whose clang runtime begins by writing a file in shared memory
#ifndef THRONG_SANITIZED
  limit(RLIMIT_AS, address_space() + memory_for_a_file);
#endif
  limit(RLIMIT_CPU, seconds_for(size_of_file(path)));
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 64);
}

/// What a child printed, and how it ended.
struct Said {
  std::string text;
  int status = 0;
};

Said run_examiner(const fs::path& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw IoError(path.string() + ": cannot be examined (" + std::strerror(errno) + ").");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string name = "throng", word = examiner_word, file = path.string();
  char* const arguments[] = {name.data(), word.data(), file.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    throw IoError(path.string() + ": cannot be examined (no process can be started: " +
                  std::strerror(failed) + ").");
  }
  Said said;
  std::array<char, 65536> part;
  while (true) {
    const ssize_t n = ::read(ends[0], part.data(), part.size());
    if (n > 0) {
      said.text.append(part.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      break;
    }
    if (said.text.size() > most_said) {
      ::kill(child, SIGKILL);
      break;
    }
  }
  ::close(ends[0]);
  while (::waitpid(child, &said.status, 0) < 0 && errno == EINTR) {
  }
  return said;
}

std::optional<Json> answer_in(const Said& said) {
  if (!WIFEXITED(said.status) || WEXITSTATUS(said.status) != 0) {
    return std::nullopt;
  }
  Json answer = Json::parse(said.text, nullptr, false);
  return answer.is_object() ? std::optional(std::move(answer)) : std::nullopt;
}

/// Why there is no answer.
std::string failure_of(const Said& said, const Examined& file) {
  const int signal = WIFSIGNALED(said.status) ? WTERMSIG(said.status) : 0;
  const std::string why =
      said.text.size() > most_said ? "holds more names than any file of ours"
      : signal == SIGXCPU || signal == SIGKILL
          ? "keeps the program that reads it busy for far longer than a whole file does"
          : "crashes the program that reads it" +
                (signal != 0 ? " (" + std::string(::strsignal(signal)) + ")" : std::string());
  return file.path.string() + ": " + why + ". It is damaged, or was made to do so: leave it alone.";
}

}  // namespace

Examined examine_apart(const fs::path& path) {
  Examined file{.path = path, .bytes = size_of_file(path)};
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    const auto why = error ? error : std::make_error_code(std::errc::no_such_file_or_directory);
    file.problem = path.string() + ": is not there (" + why.message() + "). Check the path.";
    return file;
  }
  if (!fs::is_regular_file(status)) {
    file.problem =
        path.string() + ": is no file of a run (it is a folder, a pipe or a device). Name a file.";
    return file;
  }
  try {
    file.sort = sort_of_file(path);
  } catch (const IoError& refused) {
    file.problem = refused.what();
    return file;
  }
  const Said said = run_examiner(path);
  auto answer = answer_in(said);
  if (!answer) {
    file.problem = failure_of(said, file);
    return file;
  }
  if (answer->value("sort", "") == name_of(FileSort::unknown)) {
    file.sort = FileSort::unknown;
  }
  file.problem = answer->value("problem", "");
  if (answer->contains("content")) {
    file.content = std::move((*answer)["content"]);
    file.scenario_text = file.content.value("scenario_text", "");
    file.content.erase("scenario_text");
  } else if (file.problem.empty()) {
    file.problem = failure_of(said, file);
  }
  return file;
}

int examiner_main(const char* path) {
  limit_this_process(path);
  set_thread_count(1);
  const std::string text = examine_file(path);
  const bool printed =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  // Without the goodbyes of libraries that a file may have confused.
  std::_Exit(printed ? 0 : 1);
}

std::string in_words(const Examined& file) {
  const Json& c = file.content;
  const auto number = [&](const char* name) { return std::to_string(c.value(name, u64{0})); };
  std::string words;
  switch (file.sort) {
    case FileSort::results:
      words =
          "results of " + c.value("scenario", "") + ", " +
          (c.contains("seeds") ? counted(c["seeds"].size(), "seed") : "seed " + number("seed")) +
          (c.value("complete", false) ? ", complete" : ", not complete");
      break;
    case FileSort::checkpoint:
      words = "checkpoint of step " + number("step");
      break;
    case FileSort::fixed:
      words = "columns that never change";
      break;
    case FileSort::segment:
      words = "segment of steps " + number("from") + " to " + number("to");
      break;
    case FileSort::side_file:
      words = "side file of step " + number("step");
      break;
    case FileSort::run:
      words = "run of " + c.value("scenario", "") + ", " + c.value("status", "");
      break;
    case FileSort::scenario:
      words = "scenario";
      break;
    case FileSort::outcome:
      words = "outcome of seed " + number("seed");
      break;
    case FileSort::answers:
      words = counted(c.value("answered", u64{0}), "answer") + " of a model to " +
              counted(c.value("questions", u64{0}), "question");
      if (c.value("bytes_in_log", u64{0}) > 0) {
        words += ", and a log of its last ones (the run is alive, or was killed)";
      }
      break;
    case FileSort::spending:
      words = std::string("spent on answers: ") + counted(c.value("calls", u64{0}), "call") + ", " +
              counted(c.value("tokens", u64{0}), "token");
      break;
    case FileSort::ledger:
      words = std::string("ledger of ") + counted(c.value("questions", u64{0}), "question") + ", " +
              counted(c.value("attempts", u64{0}), "attempt");
      break;
    case FileSort::unknown:
      break;
  }
  return printable(words) + ", " + grouped(static_cast<i64>(file.bytes)) + " bytes";
}

ExitCode exit_code_of(FileSort sort) {
  switch (sort) {
    case FileSort::results:
    case FileSort::run:
    case FileSort::scenario:
    case FileSort::outcome:
    case FileSort::answers:
    case FileSort::spending:
    case FileSort::ledger:
      return exit_io;
    case FileSort::checkpoint:
    case FileSort::fixed:
    case FileSort::segment:
    case FileSort::side_file:
      return exit_no_checkpoint;
    case FileSort::unknown:
      break;
  }
  return exit_bad_input;
}

ExitCode worse(ExitCode a, ExitCode b) {
  for (const ExitCode code : {exit_io, exit_no_checkpoint, exit_bad_input}) {
    if (a == code || b == code) {
      return code;
    }
  }
  return exit_done;
}

std::string printable(const std::string& text) {
  std::string all;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const auto byte = static_cast<unsigned char>(text[k]);
    // Also the second half of what controls are in UTF-8: C2 80 to C2 9F.
    const bool control = byte < 0x20 || byte == 0x7f;
    const auto next = k + 1 < text.size() ? static_cast<unsigned char>(text[k + 1]) : u8{0};
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      ++k;
      all += '?';
    } else {
      all += control ? '?' : text[k];
    }
  }
  return all;
}

}  // namespace throng
