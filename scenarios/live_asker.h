// Who asks a server in a run: the broker, with what is kept in the run's folder: answers as soon as
// they came, and what they cost.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/answer_cache.h"
#include "io/broker.h"
#include "io/ledger.h"
#include "io/probe.h"
#include "io/spending.h"
#include "sim/parameter.h"

namespace throng {

/// Files in a run's folder: answers that came over the network, there as soon as they came. Those
/// of a run in the mode `record` go with the run; others serve whoever asks the same there again.
inline constexpr char own_answers[] = "answers.sqlite", own_record[] = "recorded.sqlite";
inline constexpr char own_spending[] = "spent.txt";  ///< what they have cost: io/spending.h

/// Of the section [decision.NAME.http].
ModelSettings model_settings(const Values& server);
BrokerSettings broker_settings(const Values& server);
/// What the server that a section [decision.NAME] names can do, found out by asking it a small
/// question. Throws InputError.
Probe probe_server(const Values& section);

/// Known answers, where what new ones have cost is noted as they come.
class Noted final : public KnownAnswers {
 public:
  Noted(KnownAnswers* known, const Spending& spending) : known_(known), spending_(spending) {}
  std::optional<Reply> find(const std::string& key) override {
    return known_ == nullptr ? std::nullopt : known_->find(key);
  }
  void put(const std::string& canonical, const Reply& reply) override {
    spending_.add(Spending::of(reply), reply.ok() ? reply.key : std::string());
    if (known_ != nullptr) {
      known_->put(canonical, reply);
    }
  }

 private:
  KnownAnswers* known_;
  const Spending& spending_;
};

/// The broker as one who is asked. What it spends is noted in the folder of the run, which is not
/// there yet when the run is put together; without a folder in the ledger alone.
class LiveAsker final : public Asker {
 public:
  /// Where a run keeps what it spends, and for whom.
  struct Purse {
    std::string folder, decision;
    u64 seed = 0;
  };
  LiveAsker(BrokerSettings settings, ModelSettings model, KnownAnswers* known, const Purse& purse)
      : noted_(!purse.folder.empty()),
        spending_(purse.folder + "/" + own_spending, purse.decision, purse.seed),
        known_(known, spending_),
        broker_(std::move(settings), std::move(model), noted_ ? &known_ : known) {}
  void at(Step) override {}
  u64 begin(std::vector<ModelQuestion> questions, double deadline_s) override {
    if (!begun_) {
      begun_ = true;
      count_earlier();
    }
    return broker_.begin(std::move(questions), deadline_s);
  }
  std::vector<Reply> finish(u64 batch) override {
    std::vector<Reply> replies = broker_.finish(batch);
    std::set<std::string_view> counted;  // one question may stand in a batch several times
    for (Reply& reply : replies) {
      const Spending::Sum failed = Spending::of(reply);
      if (noted_ && reply.from == Reply::From::live && !reply.ok() && failed.calls > 0 &&
          counted.insert(reply.key).second) {
        spending_.add(failed, "");
      }
      // Paid by this very run, but after the checkpoint that it went on from.
      if (reply.from == Reply::From::cache && lost_.erase(reply.key) > 0) {
        reply.from = Reply::From::before;
      }
    }
    return replies;
  }
  /// What is in the ledger that the run goes on with.
  void restore(const Ledger& ledger) {
    const LedgerTotals spent = ledger.totals();
    earlier_ = {.calls = static_cast<i64>(spent.calls),
                .tokens = spent.prompt_tokens + spent.completion_tokens,
                .cost = spent.cost};
    for (const Ledger::AttemptRow& row : ledger.attempts()) {
      if (is_paid(row.from) && row.outcome == OutcomeClass::ok) {
        recorded_.emplace(ledger.key(row.question));
      }
    }
  }

 private:
  /// The ledger of a checkpoint does not know what came after it; notes do. That of a branch's
  /// parent is noted first.
  void count_earlier() {
    if (noted_) {
      const Spending::Sum noted = spending_.sum();
      if (noted.calls == 0 && earlier_.calls > 0) {
        spending_.add(earlier_, "");
      }
      lost_ = spending_.answered();
      for (const std::string& key : recorded_) {
        lost_.erase(key);
      }
      earlier_ = {.calls = std::max(earlier_.calls, noted.calls),
                  .tokens = std::max(earlier_.tokens, noted.tokens),
                  .cost = std::max(earlier_.cost, noted.cost)};
    }
    broker_.restore({.calls = earlier_.calls, .tokens = earlier_.tokens, .cost = earlier_.cost});
  }

  bool noted_, begun_ = false;
  Spending spending_;
  Noted known_;
  Spending::Sum earlier_;
  std::set<std::string> recorded_;  // keys of answers that the ledger says were paid
  std::set<std::string> lost_;      // of those that were paid and are not in it
  Broker broker_;
};

/// The cache in a run's folder, which is not there yet when the run is put together.
class OwnAnswers final : public KnownAnswers {
 public:
  explicit OwnAnswers(std::string path) : path_(std::move(path)) {}
  std::optional<Reply> find(const std::string& key) override { return cache().find(key); }
  void put(const std::string& canonical, const Reply& reply) override {
    cache().put(canonical, reply);
  }

 private:
  AnswerCache& cache() {
    if (cache_ == nullptr) {
      cache_ = std::make_unique<AnswerCache>(path_);
    }
    return *cache_;
  }
  std::string path_;
  std::unique_ptr<AnswerCache> cache_;
};

}  // namespace throng
