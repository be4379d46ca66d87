// The ledger: every question that was asked of a model in a run, every attempt to get an answer,
// and every number that was applied, so that a run can be accounted for and played again. On rank
// 0.
//
// In results.h5 (indexes are rows of the tables they name; of several seeds, within a replicate):
//   /tables/decision_features   what questions may mention: a row for each label
//   /tables/decision_subjects   what was mentioned: "age=18-29;reported_cases=50-99"
//   /tables/decision_questions  each distinct question once: its key and its canonical text
//   /tables/decision_asked      epoch, subject and question
//   /tables/decision_attempts   epoch, question and all that came of each attempt
//   /tables/decisions           epoch, subject, and the share in force from which step on
// `latency` of an attempt depends on the machine and its network, and so, of live answers, does
// everything about attempts. A replay has the same tables, but for where things came from: `from`
// of attempts, `rung` of decisions.
#pragma once
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/asking.h"
#include "io/texts.h"
#include "sim/decision.h"
#include "sim/types.h"

namespace throng {

class Keeper;
class ResultsReader;
struct Results;
struct Table;

/// "age=18-29;borough=Bronx": what a question mentions, in order. Throws InputError where a name or
/// a label has one of the characters ; and = or a line's end.
std::string features_text(std::span<const Feature> features, std::span<const u16> values);
/// Pairs of name and label. Throws InputError where the text is none of features_text().
std::vector<std::pair<std::string, std::string>> features_in(std::string_view text);

/// What a question or a number is about.
struct Subject {
  std::string decision;  ///< "stay_home"
  Step step = 0;         ///< the epoch: when features were frozen
  std::string features;  ///< features_text()
  u64 mass = 1;          ///< rows it stands for
  u32 row = 0;           ///< which of the epoch's questions
};
Subject subject_of(const Questions& questions, std::size_t k);

/// Of one run: what it has cost and where its numbers came from.
struct LedgerTotals {
  u64 asked = 0;  ///< questions, each as often as it was asked
  /// By OutcomeClass, of all attempts: those that were made in this run (also before it was killed
  /// and went on), and those that an answer had taken before that came from a cache or a cassette.
  std::array<u64, 13> made{}, known{};
  u64 calls = 0;  ///< attempts of this run that were sent
  /// Of this run's attempts; cost in millionths of the unit of money.
  i64 prompt_tokens = 0, completion_tokens = 0, cost = 0;
  /// By Rung, of all numbers applied: how many, and rows they stand for.
  std::array<u64, 7> applied{}, mass{};
};

class Ledger {
 public:
  /// A feature as it was declared: a row for each label.
  struct Label {
    std::string decision, feature, unit, label;
    Feature::From from = Feature::From::archetype;
    double number = 0;  ///< NaN where it stands for none
  };
  struct AskedRow {
    Step step = 0;
    u32 subject = 0, question = 0;
    u64 mass = 0;
  };
  /// What has no text in it.
  struct AttemptRow {
    Step step = 0;
    u32 question = 0, number = 0;
    OutcomeClass outcome = OutcomeClass::missing;
    Reply::From from = Reply::From::live;
    i32 status = 0;
    i64 count = -1, prompt_tokens = 0, completion_tokens = 0, cost = 0, latency_us = 0;
  };
  struct AppliedRow {
    Step asked = 0, in_force = 0;
    u32 row = 0, subject = 0, share = 0;
    Rung rung = Rung::none;
    u64 mass = 0;
  };

  /// What questions of a decision may mention; once, before any is asked (again: no effect).
  void declare(std::string_view decision, std::span<const Feature> features);
  /// A question and all that came of it. A question that several subjects share is recorded for
  /// each, and its attempts once an epoch.
  void asked(const Subject& subject, const ModelSettings& settings, const ModelQuestion& question,
             const Reply& reply);
  /// The same with the canonical question at hand.
  void asked(const Subject& subject, std::string_view canonical, const Reply& reply);
  /// A number that decides from a step on.
  void applied(const Subject& subject, Step in_force, const Answer& answer);

  LedgerTotals totals() const;
  bool empty() const { return labels_.empty() && asked_.empty() && applied_.empty(); }

  /// Takes what another one has, behind its own.
  void absorb(const Ledger& other);

  /// A checkpoint carries all that was recorded, and where it stands, by names that begin with
  /// `in`.
  void keep(Keeper& keeper, const std::string& in = "ledger/");
  /// Adds its tables, or its rows to those of another decision; none where nothing was declared,
  /// asked or applied.
  void write(Results& results) const;
  /// Of the results of one run or several seeds. Throws InputError where they hold no ledger,
  /// IoError where it is damaged.
  static Ledger read(const ResultsReader& results);

  /// JSON Lines: a header with the features, then a line per question with its attempts; numbers
  /// that were applied stay in results.h5. With those of `others`. Throws IoError.
  void write_json_lines(const std::string& path, std::span<const Ledger* const> others = {}) const;
  /// Strict: throws InputError with the line that is not as it was written, IoError. Each line ends
  /// with a seal, the SHA-256 of the seal before it and of its own text: against changes by mistake
  /// or by hand, not against malice.
  static Ledger read_json_lines(const std::string& path);
  enum class Seals { checked, ignored };  ///< ignored: to look for faults behind them
  static Ledger parse_json_lines(std::string_view text, const std::string& named,
                                 Seals seals = Seals::checked);
  /// By what the file is: JSON Lines (.jsonl), results.h5, or the directory of a run.
  static Ledger open(const std::string& path);

  // What is in it. Rows of texts: of `why` and `answer` those of attempts().

  const std::vector<Label>& labels() const { return labels_; }
  std::size_t subjects() const { return subject_features_.size(); }
  std::string_view decision_of(std::size_t subject) const { return subject_decisions_[subject]; }
  std::string_view features_of(std::size_t subject) const { return subject_features_[subject]; }
  std::size_t questions() const { return keys_.size(); }
  std::string_view key(std::size_t question) const { return keys_[question]; }
  std::string_view canonical(std::size_t question) const { return canonical_[question]; }
  std::optional<u32> find(std::string_view key) const;
  const std::vector<AskedRow>& asked() const { return asked_; }
  const std::vector<AttemptRow>& attempts() const { return attempts_; }
  const std::vector<AppliedRow>& applied() const { return applied_; }
  /// One attempt with its texts.
  Attempt attempt(std::size_t row) const;
  /// When the run was: an ISO date and time, or empty. Where the ledger came from a file.
  const std::string& created() const { return created_; }
  void set_created(std::string created) { created_ = std::move(created); }

 private:
  friend class LedgerTables;
  friend class LedgerLines;
  u32 subject_row(std::string_view decision, std::string_view features);
  u32 question_row(std::string_view key, std::string_view canonical);
  void add_attempt(Step step, u32 question, const Attempt& attempt, Reply::From from);
  void index();

  std::string created_;
  std::vector<Label> labels_;
  Texts subject_decisions_, subject_features_;  // [subject]
  Texts keys_, canonical_;                      // [question]
  std::vector<AskedRow> asked_;
  std::vector<AttemptRow> attempts_;
  Texts why_, answer_;  // [attempt]
  std::vector<AppliedRow> applied_;
  Texts applied_why_;
  // Faster ways to what is above.
  std::unordered_map<std::string, u32> subject_at_, question_at_;
  std::set<std::pair<Step, u32>> tried_;  // epoch and question whose attempts are there
};

}  // namespace throng
