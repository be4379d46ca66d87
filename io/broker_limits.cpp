#include "io/broker_limits.h"

namespace throng {
namespace {

/// a + b > limit, for numbers that are not negative.
bool exceeds(i64 a, i64 b, i64 limit) { return a > limit || b > limit - a; }

}  // namespace

i64 Prices::cost(i64 prompt_tokens, i64 completion_tokens) const {
  constexpr i64 per = 1'000'000;
  const auto part = [](i64 tokens, i64 price) {
    return tokens / per * price + tokens % per * price / per;
  };
  const auto rest = [](i64 tokens, i64 price) { return tokens % per * price % per; };
  const i64 remainder = rest(prompt_tokens, prompt) + rest(completion_tokens, completion);
  return part(prompt_tokens, prompt) + part(completion_tokens, completion) +
         (remainder + per - 1) / per;
}

std::string_view Purse::limit_of(i64 prompt_tokens, i64 completion_tokens) const {
  const i64 tokens = spent_.tokens + spent_.reserved_tokens;
  const i64 cost = spent_.cost + spent_.reserved_cost;
  return exceeds(spent_.calls, 1, budget_.calls)                                       ? "calls"
         : exceeds(tokens, prompt_tokens + completion_tokens, budget_.tokens)          ? "tokens"
         : exceeds(cost, prices_.cost(prompt_tokens, completion_tokens), budget_.cost) ? "money"
                                                                                       : "";
}

void Purse::reserve(i64 prompt_tokens, i64 completion_tokens) {
  ++spent_.calls;
  spent_.reserved_tokens += prompt_tokens + completion_tokens;
  spent_.reserved_cost += prices_.cost(prompt_tokens, completion_tokens);
}

i64 Purse::settle(i64 reserved_prompt, i64 reserved_completion, i64 prompt, i64 completion) {
  const i64 cost = prices_.cost(prompt, completion);
  spent_.reserved_tokens -= reserved_prompt + reserved_completion;
  spent_.reserved_cost -= prices_.cost(reserved_prompt, reserved_completion);
  spent_.tokens += prompt + completion;
  spent_.cost += cost;
  return cost;
}

Rate::Rate(double per_minute)
    : per_second_(per_minute / 60), most_(std::max(1.0, per_minute / 6)), level_(most_) {}

double Rate::wait(double amount, double now) {
  if (per_second_ <= 0) {
    return 0;
  }
  level_ = started_ ? std::min(most_, level_ + (now - at_) * per_second_) : most_;
  at_ = now;
  started_ = true;
  return std::max(0.0, (std::min(amount, most_) - level_) / per_second_);
}

void Concurrency::succeeded(double latency_s) {
  round_s_ = 0.8 * round_s_ + 0.2 * latency_s;
  window_ = std::min(static_cast<double>(most_), window_ + (first_climb_ ? 1 : 1 / window_));
}

void Concurrency::congested(double now) {
  if (now - cut_at_ >= round_s_) {
    cut_at_ = now;
    window_ = std::max(1.0, window_ / 2);
    first_climb_ = false;
  }
}

bool Circuit::sent() {
  trying_ = trying_ || open_;
  return trying_;
}

void Circuit::succeeded() {
  in_a_row_ = 0;
  open_ = trying_ = false;
}

bool Circuit::failed(bool was_trying, double now) {
  if (was_trying && open_) {
    trying_ = false;
    until_ = now + pause_s_;
    return true;
  }
  if (!open_ && ++in_a_row_ >= most_) {
    open_ = true;
    until_ = now + pause_s_;
  }
  return false;
}

bool RetryBudget::take() {
  if (static_cast<double>(retries_ + 1) >
      static_cast<double>(free_) + share_ * static_cast<double>(first_)) {
    return false;
  }
  ++retries_;
  return true;
}

}  // namespace throng
