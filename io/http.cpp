#include "io/http.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstring>
#include <map>

#include <curl/curl.h>

#include "sim/error.h"

namespace throng {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

long milliseconds(double seconds) {
  return static_cast<long>(std::clamp(seconds * 1000, 1.0, 1e9));
}

/// Once per process, and never undone: other threads may still use the libraries beneath.
void start_library() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) {
    throw IoError(std::string("HTTP: the library cannot start (") + curl_easy_strerror(started) +
                  ").");
  }
}

HttpFailure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpFailure::none;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return HttpFailure::untrusted;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFailure::time_out;
    case CURLE_PARTIAL_FILE:
      return HttpFailure::cut;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return HttpFailure::reset;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return HttpFailure::garbled;
    default:
      return HttpFailure::connect;
  }
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// A part of an address; empty where it has none.
std::string part_of(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) {
    return {};
  }
  std::string part(text);
  curl_free(text);
  return part;
}

/// By its name: what a name server says is not trusted to stay on this machine.
bool is_this_machine(const std::string& host) {
  const bool numbers =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return numbers || host == "localhost" || host == "[::1]";
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

std::optional<std::string> problem_of_url(const std::string& address, bool allow_http) {
  start_library();
  const UrlHandle url(curl_url(), &curl_url_cleanup);
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) {
    return "is no address of a server (an example: https://host:8000/v1)";
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") {
    return "begins with '" + scheme + "://' (https:// is understood, and http:// to this machine)";
  }
  if (!part_of(url.get(), CURLUPART_USER).empty() ||
      !part_of(url.get(), CURLUPART_PASSWORD).empty()) {
    return "holds a user or password (addresses are written to files, secrets are not)";
  }
  if (!part_of(url.get(), CURLUPART_QUERY).empty() ||
      !part_of(url.get(), CURLUPART_FRAGMENT).empty()) {
    return "has a part behind '?' or '#' (paths are added at its end)";
  }
  if (scheme == "http" && !allow_http &&
      !is_this_machine(lower(part_of(url.get(), CURLUPART_HOST)))) {
    return "is unencrypted and of another machine (questions and key could be read on the way)";
  }
  return std::nullopt;
}

std::optional<double> seconds_to_wait(std::string_view retry_after, i64 now) {
  const std::string text(trimmed(retry_after));
  if (text.empty() || text.size() > 64) {
    return std::nullopt;
  }
  if (text.find_first_not_of("0123456789.") == std::string::npos) {
    char* end = nullptr;
    const double seconds = std::strtod(text.c_str(), &end);
    return *end == '\0' ? std::optional(seconds) : std::nullopt;
  }
  const time_t date = curl_getdate(text.c_str(), nullptr);
  return date < 0
             ? std::nullopt
             : std::optional(std::max(0.0, static_cast<double>(date - static_cast<time_t>(now))));
}

struct Http::Transfer {
  HttpRequest request;
  HttpResponse response;
  const HttpSettings* settings = nullptr;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  Clock::time_point began = Clock::now();
  std::size_t uploaded = 0, header_bytes = 0;
  bool answered = false;  ///< a byte came
  bool too_large = false;
  char why[CURL_ERROR_SIZE] = {};

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  bool sent() const { return uploaded == request.body.size() && (uploaded > 0 || answered); }

  static std::size_t read(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t take_header(char* from, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* from, std::size_t size, std::size_t count, void* self);
  void set_up(u64 id);
};

std::size_t Http::Transfer::read(char* to, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string& body = transfer.request.body;
  const std::size_t bytes = std::min(size * count, body.size() - transfer.uploaded);
  std::memcpy(to, body.data() + transfer.uploaded, bytes);
  transfer.uploaded += bytes;
  return bytes;
}

std::size_t Http::Transfer::take_header(char* from, std::size_t size, std::size_t count,
                                        void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line(from, size * count);
  transfer.answered = true;
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > transfer.settings->max_headers) {
    transfer.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();  // those before were of an interim answer
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers.emplace_back(lower(trimmed(line.substr(0, colon))),
                                           trimmed(line.substr(colon + 1)));
  }
  return line.size();
}

std::size_t Http::Transfer::take_body(char* from, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string& body = transfer.response.body;
  const std::size_t room = transfer.settings->max_body - body.size();
  transfer.answered = true;
  transfer.too_large = size * count > room;
  body.append(from, std::min(room, size * count));
  return transfer.too_large ? 0 : size * count;
}

/// Everything that is not set here is the library's default: no cookies, no netrc, no
/// decompression, certificate and host of TLS verified.
void Http::Transfer::set_up(u64 id) {
  const auto set = [this](CURLoption option, auto value) {
    if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
      throw IoError(std::string("HTTP: a request cannot begin (") + curl_easy_strerror(code) +
                    ").");
    }
  };
  // The number rides in the pointer: it is never followed.
  set(CURLOPT_PRIVATE, reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)));
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // also of the environment
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // who gives up does not wait for a name server that is silent
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PIPEWAIT, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings->connect_s));
  set(CURLOPT_TIMEOUT_MS, milliseconds(settings->total_s));
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, this);
  if (!settings->ca_file.empty()) {
    set(CURLOPT_CAINFO, settings->ca_file.c_str());
  }
  if (request.method == HttpRequest::Method::post) {
    // Read by a function that cannot go back: the library then sends nothing a second time when a
    // connection that it kept turns out to be broken. Sending again is an attempt, and counted.
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_READFUNCTION, &read);
    set(CURLOPT_READDATA, this);
    request.headers.emplace_back("Expect:");
  }
  for (const std::string& header : request.headers) {
    curl_slist* longer = curl_slist_append(headers, header.c_str());
    ensures(longer != nullptr, "there is memory for a header");
    headers = longer;
  }
  set(CURLOPT_HTTPHEADER, headers);
}

struct Http::State {
  HttpSettings settings;
  CURLM* multi = nullptr;
  u64 next = 1;
  std::atomic<bool> woken = false;
  std::map<u64, std::unique_ptr<Transfer>> transfers;
  std::vector<std::pair<u64, HttpResponse>> done;

  ~State() {
    for (auto& transfer : transfers) {
      curl_multi_remove_handle(multi, transfer.second->easy);
    }
    transfers.clear();
    curl_multi_cleanup(multi);
  }
  void finish(u64 id, HttpFailure failure, const std::string& why);
  void collect();
  void end_silent();
};

void Http::State::finish(u64 id, HttpFailure failure, const std::string& why) {
  const auto found = transfers.find(id);
  Transfer& transfer = *found->second;
  HttpResponse& response = transfer.response;
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(multi, transfer.easy);
  response.status = static_cast<i32>(status);
  response.sent = transfer.sent();
  response.latency_us = 1 + static_cast<i64>(seconds_since(transfer.began) * 1e6);
  response.failure = transfer.too_large ? HttpFailure::too_large : failure;
  response.why = transfer.too_large ? "more bytes than an answer may have" : why;
  done.emplace_back(id, std::move(response));
  transfers.erase(found);
}

void Http::State::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const CURLcode code = message->data.result;
    void* id = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &id);
    const u64 number = reinterpret_cast<std::uintptr_t>(id);
    const char* detail = transfers.at(number)->why;
    finish(number, failure_of(code),
           code == CURLE_OK  ? std::string()
           : *detail != '\0' ? std::string(detail)
                             : std::string(curl_easy_strerror(code)));
  }
}

/// Those who should have begun to answer by now.
void Http::State::end_silent() {
  std::vector<u64> silent;
  for (const auto& [id, transfer] : transfers) {
    if (!transfer->answered && seconds_since(transfer->began) > settings.first_byte_s) {
      silent.push_back(id);
    }
  }
  for (const u64 id : silent) {
    finish(id, HttpFailure::time_out, "no answer began in time");
  }
}

Http::Http(HttpSettings settings) : state_(std::make_unique<State>()) {
  start_library();
  state_->settings = std::move(settings);
  state_->multi = curl_multi_init();
  if (state_->multi == nullptr) {
    throw IoError("HTTP: the library cannot start (no memory).");
  }
  curl_multi_setopt(state_->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, 256L);
}

Http::~Http() = default;

u64 Http::begin(HttpRequest request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->settings = &state_->settings;
  transfer->easy = curl_easy_init();
  if (transfer->easy == nullptr) {
    throw IoError("HTTP: a request cannot begin (no memory).");
  }
  const u64 id = state_->next++;
  transfer->set_up(id);
  if (const CURLMcode code = curl_multi_add_handle(state_->multi, transfer->easy);
      code != CURLM_OK) {
    throw IoError(std::string("HTTP: a request cannot begin (") + curl_multi_strerror(code) + ").");
  }
  state_->transfers.emplace(id, std::move(transfer));
  return id;
}

bool Http::cancel(u64 id) {
  const auto found = state_->transfers.find(id);
  if (found == state_->transfers.end()) {
    return false;
  }
  const bool sent = found->second->sent();
  curl_multi_remove_handle(state_->multi, found->second->easy);
  state_->transfers.erase(found);
  return sent;
}

std::size_t Http::open() const { return state_->transfers.size(); }

std::vector<std::pair<u64, HttpResponse>> Http::wait(double seconds) {
  const auto began = Clock::now();
  // A look at the clock for answers that do not begin, often enough.
  const double patience = std::clamp(state_->settings.first_byte_s / 10, 0.01, 0.5);
  while (true) {
    int running = 0;
    CURLMcode code = curl_multi_perform(state_->multi, &running);
    state_->collect();
    state_->end_silent();
    const double left = seconds - seconds_since(began);
    if (!state_->done.empty() || left <= 0) {
      return std::exchange(state_->done, {});
    }
    if (state_->woken.exchange(false)) {
      return {};
    }
    const double nap = running > 0 ? std::min(left, patience) : left;
    if (code == CURLM_OK) {
      code =
          curl_multi_poll(state_->multi, nullptr, 0, static_cast<int>(milliseconds(nap)), nullptr);
    }
    if (code != CURLM_OK) {
      throw IoError(std::string("HTTP: cannot wait for answers (") + curl_multi_strerror(code) +
                    ").");
    }
  }
}

void Http::wake() {
  state_->woken = true;
  curl_multi_wakeup(state_->multi);
}

}  // namespace throng
