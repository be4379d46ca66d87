// A decision of archetypes as a scenario declares it, put together with who answers, what records
// it, and the files it needs. What may be asked about is offered by the domain.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/ledger.h"
#include "io/model_provider.h"
#include "io/results.h"
#include "scenarios/decision_parameters.h"
#include "sim/ask.h"

namespace throng {

/// What a domain offers one of its decisions.
struct DecisionOffer {
  std::string name;          ///< "stay_home": its section is [decision.stay_home]
  std::string kind;          ///< of the rows that decide
  std::string group_column;  ///< how far a row is behind the first of its household
  u32 every = 7;
  Step last_step = 0;  ///< of the run
  std::function<RowFeature(const std::string& feature, const std::vector<i64>& bands)> row_feature;
  std::function<std::shared_ptr<Circumstances>(std::vector<std::string> features,
                                               const std::vector<i64>& bands_of_cases)>
      circumstances;
  /// The heuristic; null where the scenario gives it no coefficients, and then what is missing.
  std::shared_ptr<DecisionProvider> rule;
  std::string why_no_rule;
};

/// Where a decision is put together.
struct DecisionPlace {
  Communicator world;
  std::string folder;  ///< of the run; empty: answers are not kept beyond it
  u64 seed = 1;
  /// False for looking at it alone: no server is spoken to, no file written.
  bool asks = true;
  /// Of a run's other decision, which goes on writing and keeping it; null: one of its own.
  std::shared_ptr<Ledger> ledger = {};
};

class DecisionAssembly {
 public:
  /// `section`: [decision.NAME]. Collective. Throws InputError, on all ranks alike, with what the
  /// schema could not find; IoError.
  DecisionAssembly(const Values& section, DecisionOffer offer, const DecisionPlace& place);
  ~DecisionAssembly();

  const std::shared_ptr<ArchetypeDecision>& decision() const { return decision_; }
  /// Who records it, once. What follows is asked while the simulation lives that has it.
  std::unique_ptr<Recorder> recorder();
  /// On rank 0: a table of the epochs and those of the ledger, if it is its own, and the series of
  /// the mean share in force.
  void write(Results& results) const;
  /// All that decisions of the run were asked and answered.
  const std::shared_ptr<Ledger>& ledger() const;
  /// Whether a server is asked while the run goes on.
  bool asks_a_server() const;
  /// Every question and attempt so far, as ledger.jsonl; not of a ledger of another decision. On
  /// rank 0. Throws IoError.
  void write_ledger(const std::string& folder) const;
  LedgerTotals totals() const;
  /// Share of the people, over all epochs, who acted on a fallback.
  double degraded_share() const;
  /// Questions so far, of personas and audits too.
  u64 questions() const;
  /// "surrogate 'mobility 2020', which stands for no ...", "model smollm2"
  std::string answered_by() const;
  /// How it is asked; null where no model is.
  const ModelDecision* model() const { return model_.get(); }
  /// What a surrogate in use was fitted to; empty without one.
  const std::string& provenance() const { return provenance_; }

 private:
  class Record;
  struct Machinery;
  std::shared_ptr<DecisionProvider> provider(const DecisionPlace& place,
                                             const std::vector<Feature>& features);
  std::shared_ptr<DecisionProvider> surrogate(const std::vector<Feature>& features);
  std::shared_ptr<DecisionProvider> model(const DecisionPlace& place,
                                          const std::vector<Feature>& features);
  std::vector<Rung> ladder() const;
  void check_server(const Values& server) const;
  /// For the provenance of results.
  void tell_sources(DecisionSources& sources) const;
  [[noreturn]] void refuse(std::string_view key, const std::string& problem) const;
  template <class T>
  const T& needed(const Parameter<T>& parameter, std::string_view why) const;

  const Values& section_;
  DecisionOffer offer_;
  std::shared_ptr<ArchetypeDecision> decision_;
  std::unique_ptr<ModelDecision> model_;
  std::unique_ptr<Machinery> machinery_;
  std::string provenance_, title_, stands_for_;  // of a surrogate
  std::unique_ptr<Record> made_;                 // until the simulation has it
  Record* record_;
};

}  // namespace throng
