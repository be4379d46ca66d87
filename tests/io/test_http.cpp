#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "io/hash.h"
#include "tests/io/fault_server.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

const std::string question =
    R"({"model": "fixed", "messages": [{"role": "user", "content": "How many?"}]})";

HttpRequest post(const FaultServer& server) {
  return {HttpRequest::Method::post, server.url("/v1/chat/completions"), {}, question};
}

double seconds_of(const std::chrono::steady_clock::time_point& from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

/// Most memory that this process ever held, kB.
long peak_memory() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("an address is https, or http to this machine, and holds no secret", "[io][http]") {
  const auto good = [](const char* url) { return !problem_of_url(url, false); };

  CHECK(good("https://example.org/v1"));
  CHECK(good("http://127.0.0.1:8000/v1"));
  CHECK(good("http://localhost:8000/v1"));
  CHECK(good("http://[::1]:8000/v1"));
  CHECK_FALSE(good("http://example.org/v1"));
  CHECK_FALSE(good("http://127.0.0.1.example.org/v1"));
  CHECK_FALSE(good("http://localhost.example.org/v1"));
  CHECK_FALSE(good("https://user:password@example.org/v1"));
  CHECK_FALSE(good("https://example.org/v1?key=secret"));
  CHECK_FALSE(good("https://example.org/v1#top"));
  CHECK_FALSE(good("file:///etc/passwd"));
  CHECK_FALSE(good("ftp://127.0.0.1/"));
  CHECK_FALSE(good("example.org/v1"));
  CHECK_FALSE(good(""));
  CHECK_FALSE(problem_of_url("http://example.org/v1", true));
}

TEST_CASE("a server asks to wait in seconds or until a date", "[io][http]") {
  constexpr i64 now = 1445412470;  // Wed, 21 Oct 2015 07:27:50 GMT

  CHECK(seconds_to_wait("12", now) == 12);
  CHECK(seconds_to_wait(" 0.5 ", now) == 0.5);
  CHECK(seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT", now) == 10);
  CHECK(seconds_to_wait("Wed, 21 Oct 2015 07:27:00 GMT", now) == 0);
  CHECK_FALSE(seconds_to_wait("", now));
  CHECK_FALSE(seconds_to_wait("soon", now));
  CHECK_FALSE(seconds_to_wait("-5", now));
  CHECK_FALSE(seconds_to_wait("1.2.3", now));
}

TEST_CASE("requests are answered, many at a time", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.2"});
  Http http({});
  std::set<u64> open;
  for (int k = 0; k < 16; ++k) {
    open.insert(http.begin(post(server)));
  }

  const auto began = std::chrono::steady_clock::now();
  while (!open.empty()) {
    for (const auto& [id, response] : http.wait(10)) {
      CHECK(response.failure == HttpFailure::none);
      CHECK(response.status == 200);
      CHECK(response.header("content-type") == "application/json");
      CHECK(response.sent);
      CHECK(response.latency_us > 200'000);
      CHECK(response.body.find("choices") != std::string::npos);
      CHECK(open.erase(id) == 1);
    }
  }
  CHECK(seconds_of(began) < 2.0);  // one after the other: 3.2 s
  CHECK(http.open() == 0);
}

TEST_CASE("what goes wrong has a name, and is over in time", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  HttpSettings quick;
  quick.first_byte_s = 0.4;
  quick.total_s = 0.8;
  const auto failure = [&](const std::string& fault) {
    server.told(R"({"faults": {")" + fault + R"(": 1}})");
    const auto began = std::chrono::steady_clock::now();
    const HttpResponse response = FaultServer::ask(post(server), quick);
    CHECK(seconds_of(began) < 2.5);
    CHECK(response.sent);
    CHECK_FALSE(response.why.empty());
    return response.failure;
  };

  CHECK(failure("reset") == HttpFailure::reset);
  CHECK(failure("hang_up") == HttpFailure::reset);
  CHECK(failure("cut") == HttpFailure::cut);
  CHECK(failure("drip") == HttpFailure::time_out);
  CHECK(failure("silent") == HttpFailure::time_out);
  CHECK(failure("no_http") == HttpFailure::garbled);
  CHECK(failure("huge_headers") == HttpFailure::too_large);
}

TEST_CASE("where nobody listens there is no connection, and nothing was sent", "[io][http]") {
  const auto response =
      FaultServer::ask({HttpRequest::Method::post, "http://127.0.0.1:1/v1", {}, question});

  CHECK(response.failure == HttpFailure::connect);
  CHECK_FALSE(response.sent);
  CHECK(response.status == 0);
}

TEST_CASE("of an answer of a gigabyte no more is held than allowed", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "huge"});
  HttpSettings settings;
  settings.max_body = 1 << 20;

  const Ending ending = in_child([&] {  // whose memory was never larger than it is now
    const long before = peak_memory();
    const auto response = FaultServer::ask(post(server), settings);
    const bool as_allowed =
        response.failure == HttpFailure::too_large && response.body.size() == settings.max_body;
    return (as_allowed ? "" : "another answer ") + std::to_string(peak_memory() - before);
  });

  CHECK(ending.code == 0);
  INFO(ending.said << " kB");
  CHECK(std::stol(ending.said) < 16 << 10);  // that megabyte, and the library's own buffers
}

TEST_CASE("redirects are not followed, and proxies of the surroundings not used", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "redirect"});
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  const auto response = FaultServer::ask(post(server));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");

  CHECK(response.failure == HttpFailure::none);
  CHECK(response.status == 302);
}

TEST_CASE("a request on a connection that breaks is not sent twice behind our back", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  server.told(R"({"plan": [{"match": "How", "faults": [null, "hang_up", null]}]})");
  Http http({});
  const auto ask = [&] {
    http.begin(post(server));
    return http.wait(10).at(0).second;
  };

  CHECK(ask().failure == HttpFailure::none);
  CHECK(ask().failure == HttpFailure::reset);  // the connection is kept from the first one
  CHECK(server.stats().at("requests") == 2);
}

TEST_CASE("a request that was cancelled never comes back", "[io][http]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.2"});
  Http http({});
  const u64 first = http.begin(post(server));
  const u64 second = http.begin(post(server));
  CHECK(http.wait(0.1).empty());

  CHECK(http.cancel(first));  // it was sent
  CHECK_FALSE(http.cancel(first));
  const auto done = http.wait(10);
  REQUIRE(done.size() == 1);
  CHECK(done[0].first == second);
  CHECK(http.wait(0.3).empty());
}

TEST_CASE("a wait is ended from another thread", "[io][http]") {
  Http http({});
  const auto began = std::chrono::steady_clock::now();
  std::thread waker([&http] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    http.wake();
  });

  CHECK(http.wait(30).empty());
  waker.join();
  CHECK(seconds_of(began) < 5);
}

TEST_CASE("a certificate that nobody vouches for is refused", "[io][http]") {
  const Scratch scratch;
  const std::string key = scratch / "key.pem", certificate = scratch / "certificate.pem";
  const std::string make =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
      "-addext subjectAltName=IP:127.0.0.1 -keyout '" +
      key + "' -out '" + certificate + "' > /dev/null 2>&1";
  if (!can_serve() || std::system(make.c_str()) != 0) {
    WARN("No python3 or openssl: TLS is not tested");
    return;
  }
  const FaultServer server({"--tls", certificate, key}, "https");

  const auto refused = FaultServer::ask(post(server));
  CHECK(refused.failure == HttpFailure::untrusted);
  CHECK_FALSE(refused.sent);

  HttpSettings trusting;
  trusting.ca_file = certificate;
  const auto answered = FaultServer::ask(post(server), trusting);
  CHECK(answered.failure == HttpFailure::none);
  CHECK(answered.status == 200);
}
