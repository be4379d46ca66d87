// A language model behind the interface of decisions: renders the questions, has them asked by
// rank 0, reads shares from the replies, and tells all ranks.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/asking.h"
#include "io/elicitation.h"
#include "io/prompt_template.h"
#include "sim/communicator.h"
#include "sim/decision.h"

namespace throng {

struct ModelDecision {
  std::string decision;  ///< "stay_home"
  std::vector<Feature> features;
  PromptTemplate prompt;
  ModelSettings model = {};
  Elicitation elicitation = {};
  double deadline_s = 600;  ///< of one epoch's questions
};

/// The texts that questions are asked in: equal ones once.
struct RenderedQuestions {
  std::vector<ModelQuestion> texts;  ///< no two alike
  std::vector<std::size_t> text_of;  ///< [question x order of options]
};
RenderedQuestions rendered(const ModelDecision& about, const Questions& questions);

class Ledger;

class ModelProvider final : public DecisionProvider {
 public:
  /// On all ranks alike; on rank 0, which asks for all, with an asker and, where questions are to
  /// be recorded, a ledger; both outlive the provider. Throws what PromptTemplate::check and
  /// Calibration::check throw.
  ModelProvider(const Communicator& world, ModelDecision about, Asker* asker,
                Ledger* ledger = nullptr);

  std::string_view name() const override { return "model"; }
  void prepare(const Questions& questions) override;
  /// Where prepare() was not called, as after a restart, it is now. A failure of rank 0 that is no
  /// answer's (a full disk) is thrown on all ranks, and so is an UnansweredError where a cassette
  /// lacks a question: no fallback stands in for that.
  void answer(const Questions& questions, std::span<Answer> answers) override;

 private:
  struct Batch {
    std::vector<u16> values;  ///< of the questions that were begun
    RenderedQuestions rendered;
    u64 number = 0;
  };
  void begin(const Questions& questions);
  void finish(const Questions& questions, std::span<Answer> answers);
  void refuse_missing(Step step, const std::vector<Reply>& replies) const;
  /// What rank 0 could not do, that is no answer's failure.
  struct Failure {
    enum class Kind : u8 { none, input, io, contract, unanswered };
    Kind kind = Kind::none;
    std::string what;
  };
  template <class Work>
  static Failure failure_of(Work&& work);
  void tell_all(Failure failure, std::span<Answer> answers) const;

  Communicator world_;
  ModelDecision about_;
  Asker* asker_;
  Ledger* ledger_;
  std::map<Step, Batch> begun_;  // on rank 0, by epoch
  Failure failure_;              // of prepare(), told when all ranks are there to hear
};

}  // namespace throng
