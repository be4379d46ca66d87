#include "io/spending.h"

#include <fstream>
#include <sstream>

#include "sim/error.h"

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

Spending::Sum Spending::sum() const {
  Sum all;
  std::ifstream file(path_);
  std::string line;
  while (std::getline(file, line)) {
    Sum one;
    std::istringstream numbers(line);
    // What has no end was being written when the run was killed.
    if (file.eof()) {
      break;
    }
    std::string more;
    if (!(numbers >> one.calls >> one.tokens >> one.cost) || numbers >> more || one.calls < 0 ||
        one.tokens < 0 || one.cost < 0) {
      throw IoError(path_ + ": is damaged ('" + line.substr(0, 40) +
                    "' is no line of calls, tokens and cost). Run anew.");
    }
    all.calls += one.calls;
    all.tokens += one.tokens;
    all.cost += one.cost;
  }
  return all;
}

void Spending::add(const Sum& spent) const {
  std::ofstream file(path_, std::ios::app);
  file << std::to_string(spent.calls) + " " + std::to_string(spent.tokens) + " " +
              std::to_string(spent.cost) + "\n"
       << std::flush;
  if (!file) {
    throw IoError(path_ + ": cannot be written (the disk may be full). Make room, and resume.");
  }
}

}  // namespace throng
