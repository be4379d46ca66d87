// What a server of language models can do, found out by asking it one small question in one dialect
// after another.
#pragma once
#include <string>
#include <vector>

#include "io/asking.h"
#include "io/broker.h"

namespace throng {

/// What was tried, and what came of it.
struct ProbeStep {
  std::string what;  ///< "models", or a dialect's name
  Attempt attempt;
};

struct Probe {
  std::string dialect;  ///< the first that works; empty: none does
  /// Why none does, in words; empty where one does.
  std::string why;
  std::vector<std::string> models;  ///< that the server lists, at most 100; empty where it does not
  std::vector<ProbeStep> steps;
  Spent spent;  ///< what the probe itself cost
};

/// Asks for the list of models, and then a question that nobody answers in JSON without being made
/// to: a dialect works when the answer is under the schema. `model.dialect` is tried first. Ends at
/// once where the key is refused or nobody answers; at most two requests a dialect. Throws
/// InputError as Broker does.
Probe probe(const Endpoint& endpoint, const ModelSettings& model, const Prices& prices = {});

/// For the record: JSON, without the texts of answers.
std::string probe_record(const Probe& probe);

}  // namespace throng
