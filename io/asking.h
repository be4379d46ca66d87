// What is asked of a language model and what came of it: the words that client, ledger, cache and
// cassette share. Nothing here knows people, and nothing holds a key of an account.
#pragma once
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.h"

namespace throng {

/// How a model is asked: with the text all that a question's key depends on. No host, no account.
struct ModelSettings {
  std::string dialect = "openai";  ///< name of an entry of dialects() (io/chat.h)
  std::string model;               ///< as its server calls it
  double temperature = 0;
  double top_p = 1;
  i64 max_tokens = 64;  ///< of an answer
  std::optional<i64> seed;
};

/// One question, rendered.
struct ModelQuestion {
  std::string system, user;  ///< messages
  std::string schema;        ///< JSON Schema of the answer's content
  u32 sample = 0;            ///< which of several answers to the same text
  u32 option_order = 0;      ///< 0: options as written. 1: reversed
};

/// What came of one attempt.
enum class OutcomeClass : u8 {
  ok,
  refusal,    ///< the model declines
  empty,      ///< no content
  truncated,  ///< cut at its limit of tokens
  invalid,    ///< no JSON, against the schema, out of range, too deep, no UTF-8
  retry,      ///< 408, 409, 425, 429 of a rate, 5xx, connect, reset, time-out
  request,    ///< fatal: 400, 404, 413, 422, a 500 that says our JSON was malformed
  auth,       ///< fatal: 401, 403
  quota,      ///< fatal: 402, 429 insufficient_quota
  deadline,   ///< the epoch's time was up
  budget,     ///< calls, tokens or money were up: not sent
  circuit,    ///< the endpoint failed too often in a row: not sent
  missing,    ///< not in the cassette: not sent
};
inline constexpr std::string_view outcome_labels =
    "ok,refusal,empty,truncated,invalid,retry,request,auth,quota,deadline,budget,circuit,missing";

/// One attempt to get an answer; failed ones count.
struct Attempt {
  u32 number = 0;  ///< from 0, of one question
  OutcomeClass outcome = OutcomeClass::missing;
  i32 status = 0;   ///< of HTTP; 0: none came
  std::string why;  ///< what was wrong, in words; empty when ok
  std::string raw;  ///< content of the answer, or the beginning of the body; at most 4 KiB, UTF-8
  i64 count = -1;   ///< the answer as it was read: how many of 100; -1: none
  i64 prompt_tokens = 0,
      completion_tokens = 0;  ///< as the server counts; estimated where it does not
  i64 cost = 0;               ///< millionths of the unit of money
  i64 latency_us = 0;         ///< 0 of what was never sent
};

/// All that came of one question.
struct Reply {
  enum class From : u8 {
    live,
    cache,     ///< asked before by another run, seed or epoch
    cassette,  ///< recorded
    before,    ///< asked by this very run, which was killed before it could keep the record
  };
  std::string key;  ///< key_of()
  From from = From::live;
  std::vector<Attempt> attempts;
  bool ok() const { return !attempts.empty() && attempts.back().outcome == OutcomeClass::ok; }
};

inline constexpr std::string_view reply_from_labels = "live,cache,cassette,before";
/// Whether it is this run that paid.
constexpr bool is_paid(Reply::From from) {
  return from == Reply::From::live || from == Reply::From::before;
}

/// Canonical JSON of {dialect, model, sampling parameters, messages, schema, sample, option order}:
/// keys sorted, no spaces, numbers in the shortest form that reads back. No host, no key, no time.
std::string canonical_question(const ModelSettings& settings, const ModelQuestion& question);
/// SHA-256 of it, 64 hexadecimal digits.
std::string key_of(const ModelSettings& settings, const ModelQuestion& question);

/// Answers that are there already: a cache on disk, a cassette.
class KnownAnswers {
 public:
  virtual ~KnownAnswers() = default;
  virtual std::optional<Reply> find(const std::string& key) = 0;
  /// Called for every answer that came over the network, before it is used: durable when it
  /// returns, so that nothing is paid for twice. `canonical` is canonical_question().
  virtual void put(const std::string& canonical, const Reply& reply) = 0;
};

/// Who questions are given to: a broker of servers, a cassette, or both.
class Asker {
 public:
  virtual ~Asker() = default;
  /// The epoch that questions begun from now on are of.
  virtual void at(Step epoch) { static_cast<void>(epoch); }
  /// Takes questions, no two of one key, and returns at once with what to finish them by.
  virtual u64 begin(std::vector<ModelQuestion> questions, double deadline_s) = 0;
  /// One reply to each question, in their order; once for each begin(). Waits, but not beyond the
  /// deadline.
  virtual std::vector<Reply> finish(u64 batch) = 0;
};

}  // namespace throng
