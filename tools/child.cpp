#include "tools/child.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/error.h"

namespace throng {

namespace fs = std::filesystem;

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& t : texts) {
    all.push_back(t.data());
  }
  all.push_back(nullptr);
  return all;
}

/// This process's environment, but for what `settings` say.
std::vector<std::string> environment_with(const std::vector<std::string>& settings) {
  std::vector<std::string> all = settings;
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string entry = *e;
    const std::string start = entry.substr(0, entry.find('=') + 1);
    const auto same = [&](const std::string& s) { return s.rfind(start, 0) == 0; };
    if (std::find_if(settings.begin(), settings.end(), same) == settings.end()) {
      all.push_back(entry);
    }
  }
  return all;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string last_line(const std::string& text) {
  std::istringstream lines(text);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    last = line.empty() ? last : line;
  }
  return last;
}

/// Starts it with both outputs in files, and waits.
int spawn_and_wait(std::vector<std::string> command, std::vector<std::string> environment,
                   const fs::path& out, const fs::path& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, 0600);
  pid_t child = 0;
  const int failed = posix_spawn(&child, command[0].c_str(), &actions, nullptr,
                                 pointers(command).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw IoError(command[0] + ": cannot be started (" + std::strerror(failed) +
                  "). Check that it is a program.");
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& settings) {
  ScratchFolder scratch;
  const fs::path out = scratch.next();
  const fs::path err = scratch.next();
  ChildResult result;
  result.exit_code = spawn_and_wait(command, environment_with(settings), out, err);
  result.last_line = last_line(text_of(out));
  result.errors = text_of(err);
  return result;
}

std::optional<fs::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder) / name;
    if (access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate)) {
      return candidate;
    }
  }
  return std::nullopt;
}

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "throng-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw IoError(name + ": a temporary folder cannot be made (" + std::strerror(errno) +
                  "). Point TMPDIR at a folder that can be written.");
  }
  folder_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path ScratchFolder::next() { return folder_ / std::to_string(given_++); }

}  // namespace throng
