#include "io/model_provider.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <tuple>
#include <utility>

#include "io/ledger.h"
#include "sim/ask.h"
#include "sim/error.h"

namespace throng {
namespace {

// What rank 0 tells the others: a failure that is no answer's, or all answers.
void put_number(std::string& text, u32 number) {
  for (int shift = 0; shift < 32; shift += 8) {
    text += static_cast<char>(number >> shift & 0xFF);
  }
}

void put_words(std::string& text, std::string_view words) {
  put_number(text, static_cast<u32>(words.size()));
  text += words;
}

class Received {
 public:
  explicit Received(std::string text) : text_(std::move(text)) {}
  u32 number() {
    u32 number = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      number |= u32{static_cast<unsigned char>(text_.at(at_++))} << shift;
    }
    return number;
  }
  std::string words() {
    const u32 size = number();
    at_ += size;
    return text_.substr(at_ - size, size);
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

RenderedQuestions rendered(const ModelDecision& about, const Questions& questions) {
  RenderedQuestions made;
  std::map<std::tuple<u32, std::string, std::string>, std::size_t> known;
  made.text_of.reserve(questions.count() * about.elicitation.orders());
  for (std::size_t k = 0; k < questions.count(); ++k) {
    for (u32 order = 0; order < about.elicitation.orders(); ++order) {
      ModelQuestion text = about.prompt.render(about.features, questions.of(k), order);
      const auto [at, is_new] =
          known.try_emplace({order, text.system, text.user}, made.texts.size());
      made.text_of.push_back(at->second);
      if (is_new) {
        made.texts.push_back(std::move(text));
      }
    }
  }
  return made;
}

ModelProvider::ModelProvider(const Communicator& world, ModelDecision about, Asker* asker,
                             Ledger* ledger)
    : world_(world), about_(std::move(about)), asker_(asker), ledger_(ledger) {
  ensures(world_.rank() != 0 || asker_ != nullptr, "rank 0 has somebody to ask");
  about_.prompt.check(about_.features, about_.elicitation.both_orders);
  about_.elicitation.calibration.check(about_.model.model, about_.prompt.hash(),
                                       about_.elicitation.both_orders);
  if (world_.rank() == 0 && ledger_ != nullptr) {
    ledger_->declare(about_.decision, about_.features);
  }
}

template <class Work>
ModelProvider::Failure ModelProvider::failure_of(Work&& work) {
  try {
    work();
    return {};
  } catch (const InputError& error) {
    return {Failure::Kind::input, error.what()};
  } catch (const ContractError& error) {
    return {Failure::Kind::contract, error.what()};
  } catch (const UnansweredError& error) {
    return {Failure::Kind::unanswered, error.what()};
  } catch (const std::exception& error) {
    return {Failure::Kind::io, error.what()};
  }
}

void ModelProvider::begin(const Questions& questions) {
  ensures(questions.features.size() == about_.features.size(),
          "questions mention the features that the provider was made with");
  Batch batch{{questions.values.begin(), questions.values.end()}, rendered(about_, questions)};
  asker_->at(questions.step);
  batch.number = asker_->begin(batch.rendered.texts, about_.deadline_s);
  begun_.insert_or_assign(questions.step, std::move(batch));
}

void ModelProvider::prepare(const Questions& questions) {
  if (world_.rank() == 0 && failure_.kind == Failure::Kind::none) {
    failure_ = failure_of([&] { begin(questions); });
  }
}

void ModelProvider::finish(const Questions& questions, std::span<Answer> answers) {
  if (!begun_.contains(questions.step)) {
    begin(questions);
  }
  const Batch batch = std::move(begun_.extract(questions.step).mapped());
  ensures(std::equal(batch.values.begin(), batch.values.end(), questions.values.begin(),
                     questions.values.end()),
          "what is answered is what was prepared");
  const std::vector<Reply> replies = asker_->finish(batch.number);
  ensures(replies.size() == batch.rendered.texts.size(), "each text has a reply");
  const std::size_t orders = about_.elicitation.orders();
  std::vector<const Reply*> of_one(orders);
  for (std::size_t k = 0; k < questions.count(); ++k) {
    for (std::size_t order = 0; order < orders; ++order) {
      const std::size_t text = batch.rendered.text_of[k * orders + order];
      of_one[order] = &replies[text];
      if (ledger_ != nullptr) {
        ledger_->asked(subject_of(questions, k), about_.model, batch.rendered.texts[text],
                       replies[text]);
      }
    }
    answers[k] = elicited(about_.elicitation, of_one);
  }
  refuse_missing(questions.step, replies);
}

/// No fallback stands in for what a cassette lacks: a replay is the recorded run or none.
void ModelProvider::refuse_missing(Step step, const std::vector<Reply>& replies) const {
  std::size_t missing = 0;
  std::string why;
  for (const Reply& reply : replies) {
    if (!reply.attempts.empty() && reply.attempts.back().outcome == OutcomeClass::missing) {
      why = ++missing == 1 ? reply.attempts.back().why : why;
    }
  }
  if (missing > 0) {
    throw UnansweredError("decision." + about_.decision + ", step " + std::to_string(step) + ": " +
                          std::to_string(missing) + " of " + std::to_string(replies.size()) +
                          " questions have no answer in the cassette (a replay asks nobody).\n  " +
                          why +
                          "\nReplay under the settings of the record, or ask for what is missing "
                          "(provider = \"http\", mode = \"refresh\").");
  }
}

void ModelProvider::tell_all(Failure failure, std::span<Answer> answers) const {
  std::string text;
  if (world_.rank() == 0) {
    put_number(text, static_cast<u32>(failure.kind));
    put_words(text, failure.what);
    const bool good = failure.kind == Failure::Kind::none;
    for (const Answer& answer : good ? answers : std::span<Answer>()) {
      put_number(text, answer.share);
      put_number(text, static_cast<u32>(answer.rung));
      put_words(text, answer.why);
    }
  }
  Received told(world_.broadcast(std::move(text)));
  failure.kind = static_cast<Failure::Kind>(told.number());
  failure.what = told.words();
  switch (failure.kind) {
    case Failure::Kind::none:
      break;
    case Failure::Kind::input:
      throw InputError(failure.what);
    case Failure::Kind::io:
      throw IoError(failure.what);
    case Failure::Kind::contract:
      throw ContractError(failure.what);
    case Failure::Kind::unanswered:
      throw UnansweredError(failure.what);
  }
  for (Answer& answer : answers) {
    const u32 share = told.number();
    const Rung rung = static_cast<Rung>(told.number());
    answer = {share, rung, told.words()};
  }
}

void ModelProvider::answer(const Questions& questions, std::span<Answer> answers) {
  ensures(answers.size() == questions.count(), "one answer to each question");
  Failure failure = std::exchange(failure_, {});
  if (world_.rank() == 0 && failure.kind == Failure::Kind::none) {
    failure = failure_of([&] { finish(questions, answers); });
  }
  tell_all(std::move(failure), answers);
}

}  // namespace throng
