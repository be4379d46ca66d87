// Somebody who answers as a test says, and remembers what was asked.
#pragma once
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/asking.h"

namespace throng {

class ScriptedAsker final : public Asker {
 public:
  using Answer = std::function<Reply(const ModelQuestion&)>;
  explicit ScriptedAsker(Answer answer) : answer_(std::move(answer)) {}

  void at(Step epoch) override { epochs.push_back(epoch); }
  u64 begin(std::vector<ModelQuestion> questions, double deadline_s) override {
    deadlines.push_back(deadline_s);
    batches.push_back(questions);
    open_.emplace(next_, std::move(questions));
    return next_++;
  }
  std::vector<Reply> finish(u64 batch) override {
    const auto taken = open_.extract(batch);
    if (taken.empty()) {
      throw std::logic_error("finished twice, or never begun");
    }
    std::vector<Reply> replies;
    for (const ModelQuestion& question : taken.mapped()) {
      replies.push_back(answer_(question));
    }
    return replies;
  }

  std::vector<Step> epochs;
  std::vector<double> deadlines;
  std::vector<std::vector<ModelQuestion>> batches;  ///< in the order they were begun

 private:
  Answer answer_;
  u64 next_ = 100;
  std::map<u64, std::vector<ModelQuestion>> open_;
};

inline Reply counted_reply(i64 count) {
  Attempt attempt;
  attempt.outcome = OutcomeClass::ok;
  attempt.count = count;
  return {"", Reply::From::live, {attempt}};
}

inline Reply failed_reply(OutcomeClass outcome, const std::string& why) {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.why = why;
  return {"", Reply::From::live, {attempt}};
}

}  // namespace throng
