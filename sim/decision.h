// Decisions asked for kinds of rows instead of single ones: a question per archetype, answered as
// the share who would, by a rule, a table, a language model or anything behind this interface.
#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chance.h"
#include "sim/types.h"

namespace throng {

/// Shares are kept in units of 2^-20.
inline constexpr u32 whole_share = 1u << 20;

/// One thing that a question mentions: a value of a closed list, so that the number of distinct
/// questions is known before they are asked.
struct Feature {
  enum class From : u8 {
    archetype,  ///< a column of the rows: what kind of row is asked about
    lattice,    ///< the world in bands, and what the archetype remembers
    persona,    ///< a column that is outside the archetype, of the single row that stands for it
  };
  std::string name;  ///< as templates call it: "age", "reported_cases"
  From from = From::archetype;
  std::string unit = "1", doc = {};
  std::vector<std::string> labels;  ///< of the values 0, 1, ...: "18-29", "50-99"
  std::vector<double> numbers;      ///< what each stands for in formulas: middle of a band, year
};

/// Distinct questions of one epoch: row k of `values` is what question k mentions.
struct Questions {
  std::string_view decision;  ///< "stay_home"
  Step step = 0;              ///< the epoch: when features were frozen
  std::span<const Feature> features;
  std::span<const u16> values;  ///< [question x feature]: which label
  std::span<const u64> mass;    ///< [question]: rows it stands for
  /// [question]: the single row it is asked of, no_agent for one that mentions no persona; or
  /// empty. For laws with a personal term; nothing that leaves the machine mentions it.
  std::span<const AgentId> who = {};

  std::size_t count() const { return features.empty() ? 0 : values.size() / features.size(); }
  std::span<const u16> of(std::size_t question) const {
    return values.subspan(question * features.size(), features.size());
  }
};

/// Where the number in force came from: the rungs of the ladder, from the best down.
enum class Rung : u8 {
  live,       ///< answered now, by who was asked: a model, a rule, a table
  cache,      ///< the answer to the very same question, asked before
  cassette,   ///< the same, of a recorded run
  surrogate,  ///< fallback: a fitted table, inside the region it is certified for
  last,       ///< fallback: what was in force before
  rule,       ///< fallback: the heuristic rule
  none,       ///< no answer
};
inline constexpr std::string_view rung_labels = "live,cache,cassette,surrogate,last,rule,none";

struct Answer {
  u32 share = 0;  ///< of 2^20: who would say yes
  Rung rung = Rung::none;
  /// Of one that failed: why, in a few words ("HTTP 429 insufficient_quota"). Same on all ranks.
  std::string why = {};
};

/// Somebody had to answer and did not, and the ladder has no number either: the run ends here.
/// Thrown alike on all ranks.
class UnansweredError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Who answers. Questions come alike on every rank, and answers are alike on every rank.
class DecisionProvider {
 public:
  virtual ~DecisionProvider() = default;
  virtual std::string_view name() const = 0;
  /// May begin to look for answers while the steps between go on: called at the epoch, with what
  /// answer() will be called with later. Never waits.
  virtual void prepare(const Questions&) {}
  /// One answer to each question. May wait, never without end. Collective. What fails is an Answer
  /// without a rung, never an exception and never a number.
  virtual void answer(const Questions& questions, std::span<Answer> answers) = 0;
  /// The names it draws under, where it answers by chance.
  virtual std::vector<Draw> draws() const { return {}; }
};

}  // namespace throng
