// Asks a language model many questions over HTTP, on a thread of its own: within a budget, within
// rates, until a deadline, each question until it has an answer or a reason why not. No MPI: one
// rank has a broker, and tells the others.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "io/asking.h"
#include "io/broker_limits.h"
#include "io/http.h"

namespace throng {

struct BrokerState;

/// Where a model is asked.
struct Endpoint {
  std::string url;           ///< up to where "/chat/completions" follows: "https://host/v1"
  std::string key_variable;  ///< of the environment; empty: the server wants no key
  HttpSettings http;
};

struct BrokerSettings {
  Endpoint endpoint;
  Budget budget;
  Prices prices;
  i64 most_at_once = 32;           ///< requests; fewer while the server complains
  double requests_per_minute = 0;  ///< 0: without bounds
  double tokens_per_minute = 0;
  i64 max_attempts = 5;           ///< of one question
  bool ask_again = true;          ///< once, with what was wrong, after an answer of no use
  double backoff_s = 0.5;         ///< before the first retry at most; doubles with each
  double longest_backoff_s = 20;  ///< what a server asks for with Retry-After may be longer
  double retry_share = 0.5;       ///< retries per question sent, beyond the free ones
  i64 free_retries = 20;
  i64 circuit_failures = 16;  ///< in a row, until the server is left alone
  double circuit_pause_s = 5;
};

/// Every question ends in a Reply with one attempt or more; the last one says how it ended. What
/// counts toward the budget is the sum over attempts of replies that are Reply::From::live.
///
/// Each request has a header "Idempotency-Key: KEY-N". KEY is key_of(); N counts what the server
/// said to this question and is not to say again: answers of no use, and stored errors (those that
/// come with "Idempotent-Replayed: true"). So a server that keeps answers by this header hands out
/// the same one, and does not bill it twice, when a connection broke or when a run that was killed
/// asks anew; and it works again when there is reason to ask again.
///
/// What a call may have cost although no answer came is counted as if it had come at full length.
class Broker {
 public:
  /// `known`: looked into before anything is sent, and given each answer that is ok before that is
  /// used; from the broker's thread only. May be null; outlives the broker. Throws InputError.
  Broker(BrokerSettings settings, ModelSettings model, KnownAnswers* known);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  /// Cancels what is open; does not wait for answers.
  ~Broker();

  /// Begins to ask, and does not wait. Equal questions, also of other batches, are asked once: one
  /// reply is live, the others are as if from the cache. A deadline further away than a year is
  /// one. Throws InputError for what cannot be asked at all (no UTF-8, a bad schema).
  u64 begin(std::vector<ModelQuestion> questions, double deadline_s);
  /// The replies to a batch, in the order of its questions. Waits until all are there, at most
  /// until the batch's deadline (and a second for the disk). Once a batch. Throws what the known
  /// answers threw.
  std::vector<Reply> finish(u64 batch);

  Spent spent() const;
  /// What earlier segments of the run have spent. Before the first begin().
  void restore(const Spent& spent);

 private:
  std::unique_ptr<BrokerState> state_;
};

}  // namespace throng
