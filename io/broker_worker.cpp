#include "io/broker_worker.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <utility>

namespace throng {
namespace {

using Outcome = OutcomeClass;

constexpr double never_s = 1e300;
/// What a server may add to a question: the words between messages, those that tell a schema.
constexpr std::size_t most_added_bytes = 512;

std::size_t prompt_bytes(const ModelQuestion& question, const Correction& correction) {
  return question.system.size() + question.user.size() + question.schema.size() +
         2 * correction.answer.size() + correction.why.size();
}

bool is_complaint(const Attempt& attempt) {
  const bool busy = attempt.status == 429 || attempt.status == 503 || attempt.status == 529;
  return attempt.outcome == Outcome::retry && (busy || attempt.why.starts_with("time-out"));
}

/// What a server does to everybody who asks it like this.
bool is_failure_of_server(const Attempt& attempt) {
  return (attempt.outcome == Outcome::retry && attempt.status != 429) ||
         attempt.outcome == Outcome::request;
}

std::string seconds_text(double seconds) {
  return std::to_string(static_cast<i64>(std::ceil(std::min(seconds, 1e15)))) + " s";
}

}  // namespace

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

BrokerState::BrokerState(BrokerSettings s, ModelSettings m, KnownAnswers* k)
    : settings(std::move(s)),
      model(std::move(m)),
      known(k),
      key(settings.endpoint.key_variable),
      http(settings.endpoint.http),
      purse(settings.budget, settings.prices) {}

void BrokerState::deliver(const Waiter& waiter, Reply reply) {
  const std::lock_guard lock(mutex);
  const auto found = batches.find(waiter.batch);
  if (found == batches.end() || found->second.there[waiter.place]) {
    return;
  }
  Batch& batch = found->second;
  batch.replies[waiter.place] = std::move(reply);
  batch.there[waiter.place] = true;
  if (--batch.missing == 0) {
    changed.notify_all();
  }
}

BrokerWorker::BrokerWorker(BrokerState& state)
    : state_(state),
      settings_(state.settings),
      requests_(settings_.requests_per_minute),
      tokens_(settings_.tokens_per_minute),
      concurrency_(settings_.most_at_once),
      circuit_(settings_.circuit_failures, settings_.circuit_pause_s),
      retries_(settings_.retry_share, settings_.free_retries),
      random_(std::random_device()()) {}

void BrokerWorker::run() {
  while (take_inbox()) {
    expire(now_s());
    send_all();
    for (const auto& [request, response] : state_.http.wait(nap())) {
      receive(request, response);
    }
  }
}

/// False when the broker is to end.
bool BrokerWorker::take_inbox() {
  std::deque<BrokerState::Inbox> taken;
  {
    const std::lock_guard lock(state_.mutex);
    if (state_.stop) {
      return false;
    }
    taken.swap(state_.inbox);
  }
  for (auto& inbox : taken) {
    deadlines_.emplace(inbox.deadline, inbox.batch);
    for (std::size_t k = 0; k < inbox.questions.size(); ++k) {
      admit(std::move(inbox.questions[k]), {inbox.batch, k}, inbox.deadline);
    }
  }
  return true;
}

void BrokerWorker::admit(PreparedQuestion question, Waiter waiter, double deadline) {
  if (const auto found = by_key_.find(question.key); found != by_key_.end()) {
    Flight& flight = flights_.at(found->second);
    flight.waiters.push_back(waiter);
    flight.deadline = std::max(flight.deadline, deadline);
    return;
  }
  if (state_.known != nullptr) {
    if (auto known = state_.known->find(question.key); known && known->ok()) {
      known->from = known->from == Reply::From::live ? Reply::From::cache : known->from;
      state_.deliver(waiter, std::move(*known));
      return;
    }
  }
  const Id id = next_++;
  by_key_.emplace(question.key, id);
  Flight& flight = flights_[id];
  flight.question = std::move(question);
  flight.waiters = {waiter};
  flight.deadline = deadline;
  ready_.push_back(id);
}

// --- sending ------------------------------------------------------------------------------------

void BrokerWorker::send_all() {
  const double now = now_s();
  blocked_until_ = never_s;
  for (; !later_.empty() && later_.begin()->first <= now; later_.erase(later_.begin())) {
    ready_.push_front(later_.begin()->second);  // before those that were never sent
  }
  while (!ready_.empty() && static_cast<i64>(state_.http.open()) < concurrency_.window()) {
    const Id id = ready_.front();
    const auto found = flights_.find(id);
    if (found == flights_.end()) {
      ready_.pop_front();
      continue;
    }
    const Turn turn = turn_of(found->second, now);
    if (turn.what == Turn::What::wait) {
      return;
    }
    ready_.pop_front();
    if (turn.what == Turn::What::end) {
      end(id, turn.outcome, turn.why);
    } else {
      send(id, found->second, now);
    }
  }
}

/// Sets `blocked_until_` where only time has to pass.
BrokerWorker::Turn BrokerWorker::turn_of(const Flight& flight, double now) {
  using What = Turn::What;
  if (circuit_.open() && circuit_.next_at() < never_s && circuit_.next_at() >= flight.deadline) {
    return {What::end, Outcome::circuit, "not sent: the server failed too often in a row"};
  }
  if (not_before_ > now && not_before_ >= flight.deadline) {
    return {What::end, Outcome::deadline,
            "not sent: the server asks to be left alone for " + seconds_text(not_before_ - now) +
                ", until after the time for answers"};
  }
  const std::size_t bytes = prompt_bytes(flight.question.text, flight.correction);
  const auto tokens = static_cast<double>(estimated_tokens(bytes) + state_.model.max_tokens);
  const double free_at = std::max({not_before_, circuit_.next_at(), now + requests_.wait(1, now),
                                   now + tokens_.wait(tokens, now)});
  if (free_at > now + 1e-6) {
    blocked_until_ = free_at;
    return {What::wait};
  }
  const std::lock_guard lock(state_.mutex);
  const auto limit =
      state_.purse.limit_of(static_cast<i64>(bytes + most_added_bytes), state_.model.max_tokens);
  if (limit.empty()) {
    return {What::send};
  }
  if (limit != "calls" && state_.http.open() > 0) {
    return {What::wait};  // what open requests leave of their reserve may be enough
  }
  return {What::end, Outcome::budget,
          "not sent: the budget of " + std::string(limit) + " is used up"};
}

void BrokerWorker::send(Id id, Flight& flight, double now) {
  const ModelQuestion& text = flight.question.text;
  const std::size_t bytes = prompt_bytes(text, flight.correction);
  requests_.take(1);
  tokens_.take(static_cast<double>(estimated_tokens(bytes) + state_.model.max_tokens));
  flight.reserved_prompt = static_cast<i64>(bytes + most_added_bytes);
  {
    const std::lock_guard lock(state_.mutex);
    state_.purse.reserve(flight.reserved_prompt, state_.model.max_tokens);
  }
  if (flight.attempts.empty()) {
    retries_.first_sent();
  }
  HttpRequest request;
  request.url = settings_.endpoint.url + "/chat/completions";
  request.body = request_body(state_.model, text, flight.corrected ? &flight.correction : nullptr);
  request.headers = {
      "Content-Type: application/json", "Accept: application/json", "User-Agent: throng",
      "Idempotency-Key: " + flight.question.key + "-" + std::to_string(flight.useless)};
  if (auto header = state_.key.header(); !header.empty()) {
    request.headers.push_back(std::move(header));
  }
  flight.tries_circuit = circuit_.sent();
  flight.sent_at = now;
  flight.request = state_.http.begin(std::move(request));
  by_request_.emplace(flight.request, id);
}

/// Seconds until something is to be done even if no answer comes.
double BrokerWorker::nap() const {
  double next = ready_.empty() ? never_s : blocked_until_;
  next = later_.empty() ? next : std::min(next, later_.begin()->first);
  next = deadlines_.empty() ? next : std::min(next, deadlines_.begin()->first);
  return std::clamp(next - now_s(), 0.0, 60.0);
}

// --- what came back -----------------------------------------------------------------------------

void BrokerWorker::receive(u64 request, const HttpResponse& response) {
  const auto found = by_request_.find(request);
  const Id id = found->second;
  by_request_.erase(found);
  Flight& flight = flights_.at(id);
  flight.request = 0;
  Classified result = classify(response, *flight.question.schema,
                               prompt_bytes(flight.question.text, flight.correction),
                               static_cast<i64>(std::time(nullptr)));
  settle(flight, result.attempt, result.usage_unknown);
  learn(flight, result.attempt);
  const bool server_is_gone = is_failure_of_server(result.attempt) &&
                              circuit_.failed(std::exchange(flight.tries_circuit, false), now_s());
  add(flight, result.attempt);
  const bool replayed = response.header("idempotent-replayed") == "true";
  const bool whole = result.attempt.status == 200 && result.attempt.outcome != Outcome::retry;
  flight.useless += whole || replayed ? 1 : 0;
  go_on(id, result);
  if (server_is_gone) {
    end_waiting(Outcome::circuit, "not sent: the server failed too often in a row (last: " +
                                      result.attempt.why + ")");
  }
}

/// Counts what an attempt cost. Where nobody knows: as if the answer had come at full length.
void BrokerWorker::settle(Flight& flight, Attempt& attempt, bool usage_unknown) {
  if (usage_unknown) {
    attempt.prompt_tokens = estimated_tokens(prompt_bytes(flight.question.text, flight.correction));
    attempt.completion_tokens = state_.model.max_tokens;
  }
  const std::lock_guard lock(state_.mutex);
  attempt.cost = state_.purse.settle(flight.reserved_prompt, state_.model.max_tokens,
                                     attempt.prompt_tokens, attempt.completion_tokens);
}

/// What an attempt says of the server.
void BrokerWorker::learn(const Flight& flight, const Attempt& attempt) {
  const double now = now_s();
  if (is_complaint(attempt)) {
    concurrency_.congested(now);
  } else if (attempt.outcome != Outcome::retry) {
    concurrency_.succeeded(now - flight.sent_at);
  }
  if (!is_failure_of_server(attempt)) {
    circuit_.succeeded();
  }
}

/// A question after an attempt: it is done, or asked again.
void BrokerWorker::go_on(Id id, const Classified& result) {
  const Attempt& attempt = result.attempt;
  Flight& flight = flights_.at(id);
  switch (attempt.outcome) {
    case Outcome::retry:
      if (attempt.status == 429 && result.retry_after_s) {
        not_before_ = std::max(not_before_, now_s() + *result.retry_after_s);
      }
      return retry(id, flight, result.retry_after_s);
    case Outcome::invalid:
      if (settings_.ask_again && !flight.corrected) {
        flight.corrected = true;
        flight.correction = {result.said ? flight.attempts.back().raw : "",
                             flight.attempts.back().why};
        return retry(id, flight, 0.0);
      }
      return end(id);
    case Outcome::auth:
    case Outcome::quota:
      end(id);
      return end_waiting(attempt.outcome, "not sent: " + attempt.why);
    default:
      return end(id);
  }
}

void BrokerWorker::retry(Id id, Flight& flight, std::optional<double> retry_after_s) {
  const auto tried = static_cast<i64>(flight.attempts.size());
  if (tried >= settings_.max_attempts) {
    return end(id);
  }
  if (!retries_.take()) {
    flight.attempts.back().why += "; not sent again: too many questions were";
    return end(id);
  }
  const double longest = std::min(settings_.longest_backoff_s,
                                  settings_.backoff_s * std::exp2(static_cast<double>(tried - 1)));
  const bool at_once = retry_after_s && *retry_after_s <= 0;
  const double wait = retry_after_s.value_or(0) +
                      (at_once ? 0 : std::uniform_real_distribution<>(0, longest)(random_));
  const double now = now_s();
  if (now + wait >= flight.deadline) {
    return end(
        id, Outcome::deadline,
        "not sent again: it would be in " + seconds_text(wait) + ", after the time for answers");
  }
  later_.emplace(now + wait, id);
}

// --- endings ------------------------------------------------------------------------------------

void BrokerWorker::add(Flight& flight, Attempt attempt) const {
  attempt.number = static_cast<u32>(flight.attempts.size());
  attempt.raw = readable(state_.key.scrub(attempt.raw), most_raw);
  attempt.why = readable(state_.key.scrub(attempt.why), most_raw);
  flight.attempts.push_back(std::move(attempt));
}

Reply BrokerWorker::reply_of(const Flight& flight, Reply::From from) {
  return {flight.question.key, from, flight.attempts};
}

void BrokerWorker::end(Id id) {
  Flight flight = std::move(flights_.at(id));
  flights_.erase(id);
  by_key_.erase(flight.question.key);
  const Reply reply = reply_of(flight, Reply::From::live);
  if (reply.ok() && state_.known != nullptr) {
    state_.known->put(flight.question.canonical, reply);
  }
  for (std::size_t k = 0; k < flight.waiters.size(); ++k) {
    state_.deliver(flight.waiters[k], k == 0 ? reply : reply_of(flight, Reply::From::cache));
  }
}

void BrokerWorker::end(Id id, Outcome outcome, const std::string& why) {
  Attempt last;
  last.outcome = outcome;
  last.why = why;
  add(flights_.at(id), last);
  end(id);
}

/// Every question that is not open.
void BrokerWorker::end_waiting(Outcome outcome, const std::string& why) {
  std::vector<Id> waiting;
  for (const auto& [id, flight] : flights_) {
    if (flight.request == 0) {
      waiting.push_back(id);
    }
  }
  for (const Id id : waiting) {
    end(id, outcome, why);
  }
}

void BrokerWorker::expire(double now) {
  for (; !deadlines_.empty() && deadlines_.begin()->first <= now;
       deadlines_.erase(deadlines_.begin())) {
    expire_of(deadlines_.begin()->second);
  }
}

/// A batch gets no more answers. Questions that others wait for as well stay on their way.
void BrokerWorker::expire_of(u64 batch) {
  std::vector<Id> left_alone;
  for (auto& [id, flight] : flights_) {
    const auto of_batch = [batch](const Waiter& waiter) { return waiter.batch == batch; };
    if (std::all_of(flight.waiters.begin(), flight.waiters.end(), of_batch)) {
      left_alone.push_back(id);
      continue;
    }
    Attempt last;
    last.outcome = Outcome::deadline;
    last.why = "no answer in time; others still wait for one";
    last.number = static_cast<u32>(flight.attempts.size());
    Reply reply = reply_of(flight, Reply::From::cache);
    reply.attempts.push_back(last);
    for (const Waiter& waiter : flight.waiters) {
      if (waiter.batch == batch) {
        state_.deliver(waiter, reply);
      }
    }
    std::erase_if(flight.waiters, of_batch);
  }
  for (const Id id : left_alone) {
    give_up(flights_.at(id));
    end(id);
  }
}

/// The time is up for all who asked.
void BrokerWorker::give_up(Flight& flight) {
  Attempt last;
  last.outcome = Outcome::deadline;
  last.why = "not sent: the time for answers was up";
  if (flight.request != 0) {
    const bool sent = state_.http.cancel(flight.request);
    by_request_.erase(std::exchange(flight.request, 0));
    settle(flight, last, sent);
    last.why = "no answer in time";
    last.latency_us = 1 + static_cast<i64>((now_s() - flight.sent_at) * 1e6);
    if (std::exchange(flight.tries_circuit, false)) {
      circuit_.abandoned();
    }
  }
  add(flight, std::move(last));
}

}  // namespace throng
