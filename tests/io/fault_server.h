// A server of language models for tests: tests/decisions/fault_server.py as a child process.
#pragma once
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "io/http.h"
#include "io/json_text.h"

namespace throng {

/// Whether there is a Python 3 to run it; says so where there is none.
inline bool can_serve() {
  static const bool there = std::system("python3 -c 'import ssl' > /dev/null 2>&1") == 0;
  if (!there) {
    WARN("No python3: what needs the server is not tested");
  }
  return there;
}

class FaultServer {
 public:
  explicit FaultServer(std::vector<std::string> options = {}, std::string scheme = "http")
      : scheme_(std::move(scheme)) {
    options.insert(
        options.begin(),
        {"python3", THRONG_SOURCE_DIR "/tests/decisions/fault_server.py", "--stop-with-stdin"});
    int in[2], out[2];
    REQUIRE(::pipe(in) == 0);
    REQUIRE(::pipe(out) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (int k = 3; k < 1024; ++k) {
        ::close(k);
      }
      std::vector<char*> arguments;
      for (std::string& option : options) {
        arguments.push_back(option.data());
      }
      arguments.push_back(nullptr);
      ::execvp("python3", arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    stdin_ = in[1];
    stdout_ = out[0];
    read_port();
  }
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;
  ~FaultServer() {
    ::close(stdin_);  // which ends it
    ::close(stdout_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  std::string url(const std::string& path = "/v1") const {
    return scheme_ + "://127.0.0.1:" + port_ + path;
  }
  /// New faults and counters, as POST /control takes them.
  void told(const std::string& json) const {
    const auto response = ask({HttpRequest::Method::post, url("/control"), {}, json});
    INFO(response.body);
    REQUIRE(response.status == 200);
  }
  nlohmann::ordered_json stats() const {
    return nlohmann::ordered_json::parse(
        ask({HttpRequest::Method::get, url("/stats"), {}, {}}).body);
  }

  /// One request, to its end.
  static HttpResponse ask(HttpRequest request, HttpSettings settings = {}) {
    Http http(std::move(settings));
    const u64 id = http.begin(std::move(request));
    while (true) {
      for (auto& done : http.wait(60)) {
        REQUIRE(done.first == id);
        return std::move(done.second);
      }
    }
  }

 private:
  void read_port() {
    char c = 0;
    std::string line;
    while (::read(stdout_, &c, 1) == 1 && c != '\n') {
      line += c;
    }
    REQUIRE(line.rfind("port ", 0) == 0);
    port_ = line.substr(5);
  }

  std::string scheme_, port_;
  pid_t child_ = -1;
  int stdin_ = -1, stdout_ = -1;
};

}  // namespace throng
