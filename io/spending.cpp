#include "io/spending.h"

#include <fstream>
#include <limits>
#include <sstream>

#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

bool was_sent(OutcomeClass outcome) {
  return outcome != OutcomeClass::budget && outcome != OutcomeClass::circuit &&
         outcome != OutcomeClass::missing;
}

}  // namespace

Spending::Sum Spending::of(const Reply& reply) {
  Sum sum;
  for (const Attempt& a : reply.attempts) {
    const bool sent = was_sent(a.outcome);
    sum.calls += sent ? 1 : 0;
    sum.tokens += a.prompt_tokens + a.completion_tokens;
    sum.cost += a.cost;
  }
  return sum;
}

namespace {

struct Line {
  Spending::Sum sum;
  std::string decision, key;
  u64 seed = 0;
};

/// f(line) for each.
template <class F>
void for_each_line(const std::string& path, F&& f) {
  std::ifstream file(path);
  std::string text;
  while (std::getline(file, text)) {
    // What has no end was being written when the run was killed.
    if (file.eof()) {
      break;
    }
    Line line;
    std::string more;
    std::istringstream words(text);
    const bool read = static_cast<bool>(words >> line.sum.calls >> line.sum.tokens >>
                                        line.sum.cost >> line.decision >> line.seed >> line.key);
    if (!read || words >> more || line.sum.calls < 0 || line.sum.tokens < 0 || line.sum.cost < 0) {
      throw IoError(path + ": is damaged ('" + first_characters(text, 40) +
                    "' is no line of calls, tokens, cost, decision, seed and key). Run anew.");
    }
    f(line);
  }
}

void add_to(Spending::Sum& all, const Spending::Sum& one) {
  const auto plus = [](i64 a, i64 b) {
    return a > std::numeric_limits<i64>::max() - b ? std::numeric_limits<i64>::max() : a + b;
  };
  all = {.calls = plus(all.calls, one.calls),
         .tokens = plus(all.tokens, one.tokens),
         .cost = plus(all.cost, one.cost)};
}

}  // namespace

Spending::Sum Spending::sum() const {
  Sum all;
  for_each_line(path_, [&](const Line& line) {
    if (line.decision == decision_) {
      add_to(all, line.sum);
    }
  });
  return all;
}

Spending::Sum Spending::of_all(const std::string& path) {
  Sum all;
  for_each_line(path, [&](const Line& line) { add_to(all, line.sum); });
  return all;
}

std::set<std::string> Spending::answered() const {
  std::set<std::string> keys;
  for_each_line(path_, [&](const Line& line) {
    if (line.decision == decision_ && line.seed == seed_ && line.key != "-") {
      keys.insert(line.key);
    }
  });
  return keys;
}

void Spending::add(const Sum& spent, const std::string& key) const {
  std::ofstream file(path_, std::ios::app);
  file << std::to_string(spent.calls) + " " + std::to_string(spent.tokens) + " " +
              std::to_string(spent.cost) + " " + decision_ + " " + std::to_string(seed_) + " " +
              (key.empty() ? "-" : key) + "\n"
       << std::flush;
  if (!file) {
    throw IoError(path_ + ": cannot be written (the disk may be full). Make room, and resume.");
  }
}

}  // namespace throng
