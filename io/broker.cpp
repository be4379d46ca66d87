#include "io/broker.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include <pthread.h>

#include "io/broker_worker.h"
#include "io/hash.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr double a_year_s = 366.0 * 86'400;
/// What finish() waits beyond the deadline, for an answer that is being written to a disk.
constexpr double grace_s = 1;

void check(const BrokerSettings& settings, const ModelSettings& model) {
  std::vector<std::string> mistakes;
  const auto need = [&mistakes](bool good, const std::string& mistake) {
    if (!good) {
      mistakes.push_back("model: " + mistake + " Correct it.");
    }
  };
  const auto price = [](i64 p) { return p >= 0 && p <= highest_price; };
  const Endpoint& endpoint = settings.endpoint;
  static_cast<void>(dialect_named(model.dialect));
  const auto problem = problem_of_url(endpoint.url, endpoint.http.allow_http);
  need(!problem, "the server's address " + problem.value_or("") + ".");
  need(price(settings.prices.prompt) && price(settings.prices.completion),
       "a price is not from 0 to 4000 per million tokens.");
  need(model.max_tokens >= 1 && model.max_tokens <= 10'000'000,
       "max_tokens is " + std::to_string(model.max_tokens) + " (1 to 10000000 are possible).");
  need(settings.most_at_once >= 1 && settings.max_attempts >= 1 && settings.circuit_failures >= 1,
       "a number of requests, attempts or failures is below 1.");
  need(settings.budget.calls >= 0 && settings.budget.tokens >= 0 && settings.budget.cost >= 0,
       "a budget is below 0.");
  if (!mistakes.empty()) {
    throw InputError(mistakes);
  }
}

/// What the thread does: signals are for those who wait for them, and what goes wrong is thrown to
/// who waits for answers.
void work(BrokerState& state) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  try {
    BrokerWorker(state).run();
  } catch (...) {
    const std::lock_guard lock(state.mutex);
    state.failure = std::current_exception();
    state.changed.notify_all();
  }
}

std::shared_ptr<const AnswerSchema> schema_of(BrokerState& state, const std::string& text) {
  const std::lock_guard lock(state.mutex);
  auto& schema = state.schemas[text];
  if (schema == nullptr) {
    try {
      schema = std::make_shared<const AnswerSchema>(text);
    } catch (...) {
      state.schemas.erase(text);
      throw;
    }
  }
  return schema;
}

/// Of a question that got nothing from the broker's thread in time.
Reply late(std::string key) {
  Attempt attempt;
  attempt.outcome = OutcomeClass::deadline;
  attempt.why = "the time for answers was up while known answers were read or written";
  return {std::move(key), Reply::From::live, {attempt}};
}

}  // namespace

Broker::Broker(BrokerSettings settings, ModelSettings model, KnownAnswers* known) {
  while (settings.endpoint.url.ends_with('/')) {
    settings.endpoint.url.pop_back();
  }
  check(settings, model);
  state_ = std::make_unique<BrokerState>(std::move(settings), std::move(model), known);
  state_->thread = std::thread([state = state_.get()] { work(*state); });
}

Broker::~Broker() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->http.wake();
  state_->thread.join();
}

u64 Broker::begin(std::vector<ModelQuestion> questions, double deadline_s) {
  BrokerState::Inbox inbox;
  BrokerState::Batch batch;
  inbox.deadline = batch.deadline = now_s() + std::clamp(deadline_s, 0.0, a_year_s);
  batch.there.resize(questions.size());
  batch.missing = questions.size();
  for (ModelQuestion& question : questions) {
    PreparedQuestion prepared;
    prepared.canonical = canonical_question(state_->model, question);
    prepared.key = sha256(prepared.canonical);
    prepared.schema = schema_of(*state_, question.schema);
    prepared.text = std::move(question);
    batch.replies.push_back({prepared.key, Reply::From::live, {}});
    inbox.questions.push_back(std::move(prepared));
  }
  u64 id = 0;
  {
    const std::lock_guard lock(state_->mutex);
    inbox.batch = id = state_->next_batch++;
    state_->batches.emplace(id, std::move(batch));
    if (!inbox.questions.empty()) {
      state_->inbox.push_back(std::move(inbox));
    }
  }
  state_->http.wake();
  return id;
}

std::vector<Reply> Broker::finish(u64 id) {
  std::unique_lock lock(state_->mutex);
  const auto found = state_->batches.find(id);
  ensures(found != state_->batches.end(), "a batch is begun, and finished once");
  BrokerState::Batch& batch = found->second;
  while (batch.missing > 0 && state_->failure == nullptr) {
    const double left = batch.deadline + grace_s - now_s();
    if (left <= 0) {
      break;
    }
    state_->changed.wait_for(lock, std::chrono::duration<double>(std::min(left, 3600.0)));
  }
  if (state_->failure != nullptr) {
    std::rethrow_exception(state_->failure);
  }
  for (std::size_t k = 0; k < batch.replies.size(); ++k) {
    if (!batch.there[k]) {
      batch.replies[k] = late(std::move(batch.replies[k].key));
    }
  }
  std::vector<Reply> replies = std::move(batch.replies);
  state_->batches.erase(found);
  return replies;
}

Spent Broker::spent() const {
  const std::lock_guard lock(state_->mutex);
  return state_->purse.spent();
}

void Broker::restore(const Spent& spent) {
  const std::lock_guard lock(state_->mutex);
  state_->purse.restore(spent);
}

}  // namespace throng
