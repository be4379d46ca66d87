// What keeps the asking of a model within bounds: money, rates, numbers at once, patience with a
// server that fails. Each is a small machine of its own; time is given to it, in seconds.
#pragma once
#include <algorithm>
#include <limits>
#include <string_view>

#include "sim/types.h"

namespace throng {

inline constexpr i64 no_limit = std::numeric_limits<i64>::max();

/// Never exceeded.
struct Budget {
  i64 calls = no_limit;   ///< requests sent, failed ones too
  i64 tokens = no_limit;  ///< of questions and answers
  i64 cost = no_limit;    ///< millionths of the unit of money
};

/// Millionths of the unit of money per million tokens: $2.50 is 2'500'000. At most 4 * 10^9.
struct Prices {
  i64 prompt = 0, completion = 0;
  /// Rounded up.
  i64 cost(i64 prompt_tokens, i64 completion_tokens) const;
};
inline constexpr i64 highest_price = 4'000'000'000;

struct Spent {
  i64 calls = 0, tokens = 0, cost = 0;         ///< settled, and calls that are open
  i64 reserved_tokens = 0, reserved_cost = 0;  ///< of calls that are open, at most
};

/// Keeps to the budget: what a call may cost is set aside before it is sent, and what it did cost
/// is counted when that is known.
class Purse {
 public:
  Purse(const Budget& budget, const Prices& prices) : budget_(budget), prices_(prices) {}
  /// The limit that a call of so many tokens would break: "calls", "tokens", "money"; empty: none.
  std::string_view limit_of(i64 prompt_tokens, i64 completion_tokens) const;
  void reserve(i64 prompt_tokens, i64 completion_tokens);
  /// Of tokens that were reserved: what they turned out to be. The call's cost.
  i64 settle(i64 reserved_prompt, i64 reserved_completion, i64 prompt, i64 completion);
  const Spent& spent() const { return spent_; }
  void restore(const Spent& spent) { spent_ = {spent.calls, spent.tokens, spent.cost, 0, 0}; }

 private:
  Budget budget_;
  Prices prices_;
  Spent spent_;
};

/// A token bucket: so many units a minute, with a sixth of a minute's (but at least one unit) in
/// store. What is taken may exceed what is there: then one waits longer after.
class Rate {
 public:
  /// 0: without bounds.
  explicit Rate(double per_minute);
  /// Seconds until `amount` may be taken, or as much of it as the store can hold.
  double wait(double amount, double now);
  void take(double amount) { level_ -= amount; }

 private:
  double per_second_, most_, level_, at_ = 0;
  bool started_ = false;
};

/// How many requests are open at once: one more with each success until the server complains, then
/// half, and from there one more a round (additive increase, multiplicative decrease).
class Concurrency {
 public:
  explicit Concurrency(i64 most) : most_(most), window_(std::min(4.0, static_cast<double>(most))) {}
  i64 window() const { return static_cast<i64>(window_); }
  void succeeded(double latency_s);
  /// Complaints of one round count once.
  void congested(double now);

 private:
  i64 most_;
  double window_, round_s_ = 0.1, cut_at_ = -1e9;
  bool first_climb_ = true;
};

/// Asks a server that failed often in a row no more, then, after a pause, once.
class Circuit {
 public:
  Circuit(i64 failures, double pause_s) : most_(failures), pause_s_(pause_s) {}
  /// When the next request may be sent; nothing may while one tries whether the server is back.
  double next_at() const { return trying_ ? 1e300 : open_ ? until_ : -1e300; }
  bool open() const { return open_; }
  /// A request is sent. Says whether it is the one that tries.
  bool sent();
  void succeeded();
  /// Says whether the server was given its chance, and failed again.
  bool failed(bool was_trying, double now);
  /// The one that tries was given up.
  void abandoned() { trying_ = false; }

 private:
  i64 most_, in_a_row_ = 0;
  double pause_s_, until_ = 0;
  bool open_ = false, trying_ = false;
};

/// Retries as a share of the questions sent, beyond some that are free: a server that fails for
/// everybody is not asked many times as often for it.
class RetryBudget {
 public:
  RetryBudget(double share, i64 free) : share_(share), free_(free) {}
  void first_sent() { ++first_; }
  bool take();

 private:
  double share_;
  i64 free_, first_ = 0, retries_ = 0;
};

}  // namespace throng
