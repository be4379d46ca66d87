#include "io/ledger.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "io/asking_json.h"
#include "io/results.h"
#include "sim/error.h"
#include "sim/restart.h"

namespace throng {
namespace {

constexpr char reserved_characters[] = ";=\r\n";

void expect_plain(const std::string& word, const char* what) {
  if (word.empty() || word.find_first_of(reserved_characters) != std::string::npos) {
    throw InputError(std::string(what) + " '" + word +
                     "': is empty, or has one of ; and = or a line's end (they part features in "
                     "ledgers). Give it another name.");
  }
}

/// Of texts that belong to records: one of their fields, for all.
template <class Record>
void keep_texts(Keeper& keeper, const std::string& name, std::vector<Record>& records,
                std::string Record::*field) {
  Texts texts;
  if (keeper.keeps()) {
    for (const Record& record : records) {
      texts.add(record.*field);
    }
  }
  texts.keep(keeper, name);
  if (!keeper.keeps()) {
    records.resize(texts.size());
    for (std::size_t k = 0; k < texts.size(); ++k) {
      records[k].*field = texts[k];
    }
  }
}

/// What is not sent (the budget or the time was up, the server refuses everybody) took no time.
bool was_sent(const Ledger::AttemptRow& row) { return row.status != 0 || row.latency_us > 0; }

/// Of what came from a file: it ends at the largest number, and does not wrap.
i64 sum_of(i64 a, i64 b) {
  i64 sum = 0;
  return !__builtin_add_overflow(a, b, &sum) ? sum
         : b > 0                             ? std::numeric_limits<i64>::max()
                                             : std::numeric_limits<i64>::min();
}

u32 row_number(std::size_t rows) {
  ensures(rows < std::numeric_limits<u32>::max(), "rows of a ledger are numbered by 32 bits");
  return static_cast<u32>(rows);
}

}  // namespace

std::string features_text(std::span<const Feature> features, std::span<const u16> values) {
  ensures(features.size() == values.size(), "a question has a value for each feature");
  std::string text;
  for (std::size_t f = 0; f < features.size(); ++f) {
    ensures(values[f] < features[f].labels.size(), "a question's value has a label");
    const std::string& label = features[f].labels[values[f]];
    expect_plain(features[f].name, "feature");
    expect_plain(label, "label");
    text.append(text.empty() ? "" : ";").append(features[f].name).append("=").append(label);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> features_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> all;
  for (bool more = !text.empty(); more;) {
    const std::string_view one = text.substr(0, text.find(';'));
    const auto equals = one.find('=');
    more = one.size() < text.size();
    if (equals == 0 || equals == one.npos || equals + 1 == one.size() ||
        one.find('=', equals + 1) != one.npos) {
      throw InputError("features '" + std::string(text) +
                       "': are not written as name=label;name=label (the ledger was changed). Use "
                       "the original.");
    }
    all.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
  return all;
}

Subject subject_of(const Questions& questions, std::size_t k) {
  return {.decision = std::string(questions.decision),
          .step = questions.step,
          .features = features_text(questions.features, questions.of(k)),
          .mass = questions.mass[k],
          .row = static_cast<u32>(k)};
}

void Ledger::declare(std::string_view decision, std::span<const Feature> features) {
  const auto known = [&](const Feature& feature, const std::string& label) {
    return std::any_of(labels_.begin(), labels_.end(), [&](const Label& l) {
      return l.decision == decision && l.feature == feature.name && l.label == label;
    });
  };
  for (const Feature& feature : features) {
    expect_plain(feature.name, "feature");
    for (std::size_t v = 0; v < feature.labels.size(); ++v) {
      expect_plain(feature.labels[v], "label");
      if (!known(feature, feature.labels[v])) {
        labels_.push_back(
            {.decision = std::string(decision),
             .feature = feature.name,
             .unit = feature.unit,
             .label = feature.labels[v],
             .from = feature.from,
             .number = v < feature.numbers.size() ? feature.numbers[v] : std::nan("")});
      }
    }
  }
}

u32 Ledger::subject_row(std::string_view decision, std::string_view features) {
  const auto [at, is_new] = subject_at_.emplace(
      std::string(decision) + "\n" + std::string(features), row_number(subject_features_.size()));
  if (is_new) {
    subject_decisions_.add(decision);
    subject_features_.add(features);
  }
  return at->second;
}

u32 Ledger::question_row(std::string_view key, std::string_view canonical) {
  const auto [at, is_new] = question_at_.emplace(std::string(key), row_number(keys_.size()));
  if (is_new) {
    keys_.add(key);
    canonical_.add(canonical);
  }
  return at->second;
}

void Ledger::add_attempt(Step step, u32 question, const Attempt& attempt, Reply::From from) {
  attempts_.push_back({.step = step,
                       .question = question,
                       .number = attempt.number,
                       .outcome = attempt.outcome,
                       .from = from,
                       .status = attempt.status,
                       .count = attempt.count,
                       .prompt_tokens = attempt.prompt_tokens,
                       .completion_tokens = attempt.completion_tokens,
                       .cost = attempt.cost,
                       .latency_us = attempt.latency_us});
  why_.add(clean_text(attempt.why));
  answer_.add(clean_text(attempt.raw));
}

void Ledger::asked(const Subject& subject, const ModelSettings& settings,
                   const ModelQuestion& question, const Reply& reply) {
  asked(subject, canonical_question(settings, question), reply);
}

void Ledger::asked(const Subject& subject, std::string_view canonical, const Reply& reply) {
  ensures(reply.key.size() == 64, "a reply carries the key of its question");
  const u32 row = question_row(reply.key, canonical);
  asked_.push_back({.step = subject.step,
                    .subject = subject_row(subject.decision, subject.features),
                    .question = row,
                    .mass = subject.mass});
  if (tried_.emplace(subject.step, row).second) {
    for (const Attempt& attempt : reply.attempts) {
      add_attempt(subject.step, row, attempt, reply.from);
    }
  }
}

void Ledger::applied(const Subject& subject, Step in_force, const Answer& answer) {
  applied_.push_back({.asked = subject.step,
                      .in_force = in_force,
                      .row = subject.row,
                      .subject = subject_row(subject.decision, subject.features),
                      .share = answer.share,
                      .rung = answer.rung,
                      .mass = subject.mass});
  applied_why_.add(clean_text(answer.why));
}

LedgerTotals Ledger::totals() const {
  LedgerTotals all;
  all.asked = asked_.size();
  for (const AttemptRow& row : attempts_) {
    const bool is_ours = is_paid(row.from);
    (is_ours ? all.made : all.known).at(static_cast<std::size_t>(row.outcome)) += 1;
    if (is_ours) {
      all.calls += was_sent(row) ? 1 : 0;
      all.prompt_tokens = sum_of(all.prompt_tokens, row.prompt_tokens);
      all.completion_tokens = sum_of(all.completion_tokens, row.completion_tokens);
      all.cost = sum_of(all.cost, row.cost);
    }
  }
  for (const AppliedRow& row : applied_) {
    all.applied.at(static_cast<std::size_t>(row.rung)) += 1;
    all.mass.at(static_cast<std::size_t>(row.rung)) += row.mass;
  }
  return all;
}

std::optional<u32> Ledger::find(std::string_view key) const {
  const auto at = question_at_.find(std::string(key));
  return at == question_at_.end() ? std::nullopt : std::optional(at->second);
}

Attempt Ledger::attempt(std::size_t row) const {
  const AttemptRow& r = attempts_[row];
  return {.number = r.number,
          .outcome = r.outcome,
          .status = r.status,
          .why = std::string(why_[row]),
          .raw = std::string(answer_[row]),
          .count = r.count,
          .prompt_tokens = r.prompt_tokens,
          .completion_tokens = r.completion_tokens,
          .cost = r.cost,
          .latency_us = r.latency_us};
}

void Ledger::absorb(const Ledger& other) {
  for (const Label& label : other.labels_) {
    const Feature feature{.name = label.feature,
                          .from = label.from,
                          .unit = label.unit,
                          .labels = {label.label},
                          .numbers = {label.number}};
    declare(label.decision, std::span(&feature, 1));
  }
  std::vector<u32> subject, question;
  for (std::size_t k = 0; k < other.subjects(); ++k) {
    subject.push_back(subject_row(other.decision_of(k), other.features_of(k)));
  }
  for (std::size_t k = 0; k < other.questions(); ++k) {
    question.push_back(question_row(other.key(k), other.canonical(k)));
  }
  for (AskedRow row : other.asked_) {
    row.subject = subject[row.subject];
    row.question = question[row.question];
    asked_.push_back(row);
    tried_.emplace(row.step, row.question);
  }
  for (std::size_t k = 0; k < other.attempts_.size(); ++k) {
    const AttemptRow& row = other.attempts_[k];
    add_attempt(row.step, question[row.question], other.attempt(k), row.from);
  }
  for (std::size_t k = 0; k < other.applied_.size(); ++k) {
    applied_.push_back(other.applied_[k]);
    applied_.back().subject = subject[applied_.back().subject];
    applied_why_.add(other.applied_why_[k]);
  }
}

void Ledger::keep(Keeper& keeper, const std::string& in) {
  if (!keeper.keeps() && !keeper.has(in + "asked/step")) {
    return;  // a branch of a run without one
  }
  const std::vector<Label> declared = keeper.keeps() ? std::vector<Label>() : labels_;
  keep_texts(keeper, in + "labels/decision", labels_, &Label::decision);
  keep_texts(keeper, in + "labels/feature", labels_, &Label::feature);
  keep_texts(keeper, in + "labels/unit", labels_, &Label::unit);
  keep_texts(keeper, in + "labels/label", labels_, &Label::label);
  keeper.grows(in + "labels/from", labels_, &Label::from);
  keeper.grows(in + "labels/number", labels_, &Label::number);
  subject_decisions_.keep(keeper, in + "subjects/decision");
  subject_features_.keep(keeper, in + "subjects/features");
  keys_.keep(keeper, in + "questions/key");
  canonical_.keep(keeper, in + "questions/canonical");
  keeper.grows(in + "asked/step", asked_, &AskedRow::step);
  keeper.grows(in + "asked/subject", asked_, &AskedRow::subject);
  keeper.grows(in + "asked/question", asked_, &AskedRow::question);
  keeper.grows(in + "asked/mass", asked_, &AskedRow::mass);
  keeper.grows(in + "attempts/step", attempts_, &AttemptRow::step);
  keeper.grows(in + "attempts/question", attempts_, &AttemptRow::question);
  keeper.grows(in + "attempts/number", attempts_, &AttemptRow::number);
  keeper.grows(in + "attempts/outcome", attempts_, &AttemptRow::outcome);
  keeper.grows(in + "attempts/from", attempts_, &AttemptRow::from);
  keeper.grows(in + "attempts/status", attempts_, &AttemptRow::status);
  keeper.grows(in + "attempts/count", attempts_, &AttemptRow::count);
  keeper.grows(in + "attempts/prompt_tokens", attempts_, &AttemptRow::prompt_tokens);
  keeper.grows(in + "attempts/completion_tokens", attempts_, &AttemptRow::completion_tokens);
  keeper.grows(in + "attempts/cost", attempts_, &AttemptRow::cost);
  keeper.grows(in + "attempts/latency_us", attempts_, &AttemptRow::latency_us);
  why_.keep(keeper, in + "attempts/why");
  answer_.keep(keeper, in + "attempts/answer");
  keeper.grows(in + "applied/asked", applied_, &AppliedRow::asked);
  keeper.grows(in + "applied/in_force", applied_, &AppliedRow::in_force);
  keeper.grows(in + "applied/row", applied_, &AppliedRow::row);
  keeper.grows(in + "applied/subject", applied_, &AppliedRow::subject);
  keeper.grows(in + "applied/share", applied_, &AppliedRow::share);
  keeper.grows(in + "applied/rung", applied_, &AppliedRow::rung);
  keeper.grows(in + "applied/mass", applied_, &AppliedRow::mass);
  applied_why_.keep(keeper, in + "applied/why");
  if (!keeper.keeps()) {
    index();
    for (const Label& label : declared) {  // of a branch that may mention more
      const Feature feature{.name = label.feature,
                            .from = label.from,
                            .unit = label.unit,
                            .labels = {label.label},
                            .numbers = {label.number}};
      declare(label.decision, std::span(&feature, 1));
    }
  }
}

void Ledger::index() {
  subject_at_.clear();
  question_at_.clear();
  tried_.clear();
  for (std::size_t k = 0; k < subject_features_.size(); ++k) {
    subject_at_.emplace(
        std::string(subject_decisions_[k]) + "\n" + std::string(subject_features_[k]),
        row_number(k));
  }
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    question_at_.emplace(std::string(keys_[k]), row_number(k));
  }
  for (const AskedRow& row : asked_) {
    tried_.emplace(row.step, row.question);
  }
}

Ledger Ledger::open(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return read(ResultsReader((fs::path(path) / "results.h5").string()));
  }
  return fs::path(path).extension() == ".jsonl" ? read_json_lines(path) : read(ResultsReader(path));
}

}  // namespace throng
