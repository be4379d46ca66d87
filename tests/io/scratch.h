// What tests of files share: a folder that goes away, and a child process that may come to harm.
#pragma once
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace throng {

/// A new folder with an awkward name, removed with all it holds.
class Scratch {
 public:
  Scratch() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "throng scratch ä XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// How a child ended, and what it said.
struct Ending {
  bool exited = false;
  int code = 0;
  std::string said;
};

/// Runs `body`, which returns what it has to say, in a child process: 0 when it returned, 1 when it
/// threw.
template <class Body>
Ending in_child(Body&& body) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const int fatal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) {
      ::signal(fatal, SIG_DFL);  // Catch would report the child's crash as its own
    }
    int code = 0;
    std::string said;
    try {
      said = body();
    } catch (const std::exception& error) {
      said = error.what();
      code = 1;
    }
    code = ::write(ends[1], said.data(), said.size()) < 0 ? 2 : code;
    ::_exit(code);
  }
  ::close(ends[1]);
  Ending ending;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], block, sizeof block)) > 0;) {
    ending.said.append(block, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ending.exited = WIFEXITED(status);
  ending.code = ending.exited ? WEXITSTATUS(status) : WTERMSIG(status);
  return ending;
}

}  // namespace throng
