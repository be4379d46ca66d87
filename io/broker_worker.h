// The inside of io/broker.h: what its two threads share, and what its own one does. Nothing else
// includes it.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "io/account_key.h"
#include "io/broker.h"
#include "io/chat.h"

namespace throng {

/// Seconds on a clock that only goes forward.
double now_s();

/// A question that was found fit to be asked.
struct PreparedQuestion {
  std::string key, canonical;
  ModelQuestion text;
  std::shared_ptr<const AnswerSchema> schema;
};

struct BrokerState {
  struct Inbox {
    u64 batch = 0;
    double deadline = 0;
    std::vector<PreparedQuestion> questions;
  };
  struct Batch {
    double deadline = 0;
    std::vector<Reply> replies;
    std::vector<bool> there;
    std::size_t missing = 0;
  };
  /// A place in a batch.
  struct Waiter {
    u64 batch = 0;
    std::size_t place = 0;
  };

  const BrokerSettings settings;
  const ModelSettings model;
  KnownAnswers* const known;
  const AccountKey key;
  Http http;  ///< of the broker's thread, but for wake()

  std::mutex mutex;  ///< of all below
  std::condition_variable changed;
  std::deque<Inbox> inbox;
  std::map<u64, Batch> batches;
  std::map<std::string, std::shared_ptr<const AnswerSchema>> schemas;
  Purse purse;
  u64 next_batch = 1;
  bool stop = false;
  std::exception_ptr failure;
  std::thread thread;

  BrokerState(BrokerSettings settings, ModelSettings model, KnownAnswers* known);
  /// Where the batch still waits: it may have been finished without.
  void deliver(const Waiter& waiter, Reply reply);
};

class BrokerWorker {
 public:
  explicit BrokerWorker(BrokerState& state);
  /// Until the broker is told to stop.
  void run();

 private:
  using Id = u64;
  using Waiter = BrokerState::Waiter;

  /// A question on its way, for all who asked it. The first waiter is the one who pays.
  struct Flight {
    PreparedQuestion question;
    std::vector<Waiter> waiters;
    std::vector<Attempt> attempts;
    double deadline = 0;
    Correction correction;
    bool corrected = false;
    i64 useless = 0;             ///< responses that are not to be given again: see Broker
    u64 request = 0;             ///< open; 0: none
    double sent_at = 0;          ///< the open request
    i64 reserved_prompt = 0;     ///< tokens of the open request, at most
    bool tries_circuit = false;  ///< shows whether the server is back
  };
  /// Whether a question may be sent now, later, or is over.
  struct Turn {
    enum class What : u8 { send, wait, end };
    What what = What::send;
    OutcomeClass outcome = OutcomeClass::budget;  ///< of one that is over
    std::string why = {};
  };

  bool take_inbox();
  void admit(PreparedQuestion question, Waiter waiter, double deadline);
  void send_all();
  Turn turn_of(const Flight& flight, double now);
  void send(Id id, Flight& flight, double now);
  double nap() const;
  void receive(u64 request, const HttpResponse& response);
  void settle(Flight& flight, Attempt& attempt, bool usage_unknown);
  void learn(const Flight& flight, const Attempt& attempt);
  void go_on(Id id, const Classified& result);
  void retry(Id id, Flight& flight, std::optional<double> retry_after_s);
  void add(Flight& flight, Attempt attempt) const;
  void end(Id id);
  void end(Id id, OutcomeClass outcome, const std::string& why);
  void end_waiting(OutcomeClass outcome, const std::string& why);
  void expire(double now);
  void expire_of(u64 batch);
  void give_up(Flight& flight);
  static Reply reply_of(const Flight& flight, Reply::From from);

  BrokerState& state_;
  const BrokerSettings& settings_;
  std::map<Id, Flight> flights_;
  std::map<std::string, Id> by_key_;
  std::map<u64, Id> by_request_;
  // Those below may name flights that have ended.
  std::deque<Id> ready_;
  std::multimap<double, Id> later_;
  std::multimap<double, u64> deadlines_;  ///< of batches
  Id next_ = 1;
  Rate requests_, tokens_;
  Concurrency concurrency_;
  Circuit circuit_;
  RetryBudget retries_;
  double not_before_ = 0;     ///< the server asked to be left alone until then
  double blocked_until_ = 0;  ///< nothing that is ready may be sent before
  std::mt19937_64 random_;    ///< of pauses: it moves when things happen, never what
};

}  // namespace throng
