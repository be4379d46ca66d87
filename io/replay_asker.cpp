#include "io/replay_asker.h"

#include <utility>

#include "io/cassette.h"
#include "sim/error.h"

namespace throng {
namespace {

// Of a batch, how many questions that are missing are told apart: each is compared with all that
// were recorded, and with another template all are missing.
constexpr std::size_t told_apart = 3;

// Takes out of what was begun; each batch is finished once.
template <class Batch>
Batch taken(std::map<u64, Batch>& begun, u64 batch) {
  auto found = begun.extract(batch);
  ensures(!found.empty(), "a batch that was begun is finished once");
  return std::move(found.mapped());
}

}  // namespace

void ReplayAsker::at(Step epoch) { cassette_.at(epoch); }

u64 ReplayAsker::begin(std::vector<ModelQuestion> questions, double) {
  // Looked up now, while the cassette stands at the epoch of these questions.
  std::vector<Reply> replies;
  replies.reserve(questions.size());
  std::size_t lacking = 0;
  for (const ModelQuestion& question : questions) {
    const std::string key = key_of(settings_, question);
    std::optional<Reply> known = cassette_.find(key);
    if (!known) {
      Attempt missing;
      missing.outcome = OutcomeClass::missing;
      missing.why =
          ++lacking <= told_apart
              ? "not in the cassette. " + cassette_.nearest(canonical_question(settings_, question))
              : "not in the cassette";
      known = Reply{key, Reply::From::cassette, {std::move(missing)}};
    }
    replies.push_back(std::move(*known));
  }
  begun_.emplace(next_, std::move(replies));
  return next_++;
}

std::vector<Reply> ReplayAsker::finish(u64 batch) { return taken(begun_, batch); }

void RefreshAsker::at(Step epoch) {
  cassette_.at(epoch);
  live_.at(epoch);
}

u64 RefreshAsker::begin(std::vector<ModelQuestion> questions, double deadline_s) {
  Batch batch;
  batch.replies.resize(questions.size());
  std::vector<ModelQuestion> others;
  for (std::size_t k = 0; k < questions.size(); ++k) {
    std::optional<Reply> known = cassette_.find(key_of(settings_, questions[k]));
    if (known && known->ok()) {
      batch.replies[k] = std::move(*known);
    } else {
      batch.asked.push_back(k);
      others.push_back(std::move(questions[k]));
    }
  }
  if (!others.empty()) {
    batch.number = live_.begin(std::move(others), deadline_s);
  }
  begun_.emplace(next_, std::move(batch));
  return next_++;
}

std::vector<Reply> RefreshAsker::finish(u64 number) {
  Batch batch = taken(begun_, number);
  if (!batch.asked.empty()) {
    std::vector<Reply> others = live_.finish(batch.number);
    ensures(others.size() == batch.asked.size(), "each question has a reply");
    for (std::size_t k = 0; k < others.size(); ++k) {
      batch.replies[batch.asked[k]] = std::move(others[k]);
    }
  }
  return std::move(batch.replies);
}

}  // namespace throng
