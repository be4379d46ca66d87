// What a decision will ask of a language model, before anything is asked: how many questions there
// can be, what they would cost, and how they read.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "io/model_provider.h"
#include "sim/types.h"

namespace throng {

/// Who is asked, and how often.
struct AskedOf {
  u64 archetypes = 0;    ///< by features alone
  u64 with_people = 0;   ///< those with rows
  u64 personas = 0;      ///< of each archetype; 0: questions mention none
  u64 audits = 0;        ///< rows asked in full, an epoch
  u64 epochs = 0;        ///< of the run
  i64 prompt_price = 0;  ///< millionths of the unit of money a million tokens
  i64 completion_price = 0;
  /// Archetypes with rows, once for each persona: its labels, then those of the persona.
  std::vector<u16> kinds = {};
};

/// Counts are exact bounds; tokens and what follows from them are estimates.
struct QuestionPlan {
  std::string decision, model, title;
  std::string crossed, lattice;  ///< "age 6 x sex 3"
  AskedOf of;
  u64 lattice_points = 1;
  u64 by_features = 0;  ///< distinct questions there can be of all archetypes
  u64 most = 0;         ///< of those with rows; without audits
  u64 of_run = 0;       ///< of the epochs of this run, with audits
  u64 requests = 0;     ///< of_run in each order of the options; retries come on top
  u64 orders = 1;
  i64 prompt_tokens = 0, most_prompt_tokens = 0;  ///< of a question: mean, and the longest seen
  i64 answer_tokens = 0, most_answer_tokens = 0;  ///< of an answer: as expected, as allowed
  i64 tokens() const;
  double cost() const;       ///< in the unit of money
  double most_cost() const;  ///< with every answer as long as is allowed
};

QuestionPlan plan_of(const ModelDecision& about, const AskedOf& of);
std::string plan_text(const QuestionPlan& plan);
nlohmann::ordered_json plan_json(const QuestionPlan& plan);
/// Several, and what they come to together; `each` as plan_json() gives it, or with more.
std::string plans_text(const std::vector<QuestionPlan>& plans);
nlohmann::ordered_json plans_json(const std::vector<QuestionPlan>& plans,
                                  nlohmann::ordered_json each);

/// Labels of `count` questions, spread evenly over those that would be asked: `kinds` (see AskedOf)
/// at every point of the lattice, or, where there are none, all labels: [question x feature].
std::vector<u16> spread_questions(std::span<const Feature> features, u64 count,
                                  std::span<const u16> kinds = {});
/// So many of these questions, as they would be sent; with their keys, where the model has a name.
std::string questions_text(const ModelDecision& about, u64 count, std::span<const u16> kinds = {});
nlohmann::ordered_json questions_json(const ModelDecision& about, u64 count,
                                      std::span<const u16> kinds = {});

}  // namespace throng
