// Requests over HTTP, many at a time, on one thread. Nothing that it does not understand is let
// through: no redirects, no proxies or cookies of the surroundings, no plain http but to this
// machine, TLS verified, sizes and times bounded. It knows no language model.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/types.h"

namespace throng {

struct HttpSettings {
  bool allow_http = false;  ///< to other machines than this one, unencrypted
  double connect_s = 10;    ///< until there is a connection
  double first_byte_s = 120;
  double total_s = 180;                ///< of one request
  std::size_t max_body = 1 << 20;      ///< bytes of an answer; what is more is not read
  std::size_t max_headers = 64 << 10;  ///< bytes of its headers
  std::string ca_file;                 ///< certificates to trust; empty: those of the system
};

struct HttpRequest {
  enum class Method : u8 { get, post };
  Method method = Method::post;
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"; never written anywhere
  std::string body;                  ///< of a post
};

/// Why there is no answer, or no whole one.
enum class HttpFailure : u8 {
  none,
  connect,    ///< no address, nobody there, no TLS
  untrusted,  ///< the certificate is not that of a server to trust
  reset,      ///< the connection broke before the answer began
  cut,        ///< and after that
  time_out,
  too_large,  ///< more bytes than allowed
  garbled,    ///< what came is no HTTP
};

struct HttpResponse {
  HttpFailure failure = HttpFailure::none;
  std::string why;  ///< of a failure, in the library's words
  /// The request was handed over whole: the server may have worked on it, whatever came back.
  bool sent = false;
  i32 status = 0;  ///< 0: none came
  /// Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;    ///< what came of it, at most HttpSettings::max_body
  i64 latency_us = 0;  ///< above 0, rounded up

  /// Value of a header; empty where there is none.
  std::string_view header(std::string_view name) const;
};

/// What `url` is missing to be asked under these settings, in words; nothing where all is well:
/// https, or http to this machine, no user, password, query or fragment.
std::optional<std::string> problem_of_url(const std::string& url, bool allow_http);

/// Seconds from `now` (of the epoch) that a Retry-After header asks to wait, given as seconds or as
/// a date; nothing where it is neither. Never below 0.
std::optional<double> seconds_to_wait(std::string_view retry_after, i64 now);

class Http {
 public:
  /// Throws IoError.
  explicit Http(HttpSettings settings);
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  /// Open requests are cancelled.
  ~Http();

  /// Begins a request; nothing is sent before wait(). Throws IoError where it cannot even begin.
  u64 begin(HttpRequest request);
  /// Forgets a request, which never comes back from wait(). Says whether it was handed over whole.
  bool cancel(u64 id);
  std::size_t open() const;
  /// Works until a request is done, wake() is called, or so many seconds have passed. Those that
  /// are done, in the order in which they were.
  std::vector<std::pair<u64, HttpResponse>> wait(double seconds);
  /// Ends a wait() early, or the next one. The only member that other threads may call.
  void wake();

 private:
  struct Transfer;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace throng
