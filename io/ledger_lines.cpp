// The ledger as JSON Lines: a header, then a line per question with who it was asked about and what
// came of it. A question with very many of both has several lines. Each ends with a seal.
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "io/asking_json.h"
#include "io/hash.h"
#include "io/json_text.h"
#include "io/ledger.h"
#include "io/publish.h"
#include "sim/error.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

constexpr char lines_format[] = "throng-ledger";
constexpr i64 lines_version = 2;
constexpr std::string_view feature_from = "archetype,lattice,persona";
/// Of one line, so that it stays within what parse_json() takes; and of a file.
constexpr std::size_t most_attempts = 400, most_asked = 1000;
constexpr std::size_t most_line = std::size_t{1} << 26;
constexpr u64 most_file = u64{1} << 31;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

constexpr std::string_view before_seal = R"(,"seal":")", behind_seal = R"("})";
constexpr std::size_t seal_digits = 64;

/// Of a line without it: also of all lines before.
std::string seal_of(const std::string& before, std::string_view line) {
  return sha256(before + "\n" + std::string(line));
}

/// Written line by line, whole or not at all.
class Lines {
 public:
  explicit Lines(const std::string& path)
      : pending_(path), file_(std::fopen(pending_.temporary().c_str(), "wbe")) {
    if (file_ == nullptr) {
      throw system_failure(path, "be created", errno);
    }
  }
  /// The line of a JSON object.
  void add(std::string line) {
    line.pop_back();
    seal_ = seal_of(seal_, line);
    line.append(before_seal).append(seal_).append(behind_seal) += '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
      throw system_failure(pending_.path(), "be written", errno, line.size());
    }
  }
  void publish() {
    if (std::fclose(file_.release()) != 0) {
      throw system_failure(pending_.path(), "be written", errno);
    }
    pending_.publish();
  }

 private:
  PendingFile pending_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string seal_;  // of the line before
};

}  // namespace

namespace {

/// It is a text; whether it fits the line is for check_line() to say.
void take_seal(JsonFields& fields, const Json& json) {
  if (json.contains("seal")) {
    fields.text("seal", seal_digits);
  }
}

/// Throws InputError where a line has another seal than `seal` and its text make, which is the seal
/// of the next line then.
void check_line(std::string_view line, const std::string& place, std::string& seal) {
  const std::size_t end = before_seal.size() + seal_digits + behind_seal.size();
  const std::string_view text = line.substr(0, line.size() - std::min(end, line.size()));
  seal = seal_of(seal, text);
  if (line.substr(text.size()) != std::string(before_seal) + seal + std::string(behind_seal)) {
    throw InputError(place +
                     ": is not as it was written (its seal does not fit: it was changed, or a line "
                     "before it was taken out). Use the original.");
  }
}

}  // namespace

class LedgerLines {
 public:
  static std::string header(const Ledger& ledger);
  static void read_header(const Json& json, const std::string& place, Ledger& ledger);
  /// The lines of one question; which rows are its own.
  static void write(const Ledger& ledger, std::size_t question, std::span<const u32> asked,
                    std::span<const u32> attempts, Lines& lines);
  static void read(const Json& json, const std::string& place, Ledger& ledger);
  static void index(Ledger& ledger) { ledger.index(); }

 private:
  static Json asked_json(const Ledger& ledger, u32 row);
  static Json attempt_json(const Ledger& ledger, u32 row);
};

std::string LedgerLines::header(const Ledger& ledger) {
  Json features = Json::array();
  for (const Ledger::Label& label : ledger.labels_) {
    features.push_back({{"decision", label.decision},
                        {"feature", label.feature},
                        {"from", word_of(feature_from, static_cast<std::size_t>(label.from))},
                        {"unit", label.unit},
                        {"label", label.label},
                        {"number", std::isnan(label.number) ? Json() : Json(label.number)}});
  }
  return text_of({{"format", lines_format},
                  {"format_version", lines_version},
                  {"created", ledger.created_},
                  {"features", features}});
}

void LedgerLines::read_header(const Json& json, const std::string& place, Ledger& ledger) {
  JsonFields fields(json, place);
  if (fields.text("format", 64) != lines_format ||
      fields.whole<i64>("format_version", 0, lines_version) != lines_version) {
    fields.refuse("is not the header of a ledger (format '" + std::string(lines_format) +
                  "', version " + std::to_string(lines_version) + ")");
  }
  ledger.created_ = fields.text("created", 64);
  const Json& features = fields.at("features");
  if (!features.is_array()) {
    fields.refuse("'features' is no list");
  }
  for (const Json& one : features) {
    JsonFields of(one, place + " features");
    const std::string decision = of.text("decision", 256);
    const Feature feature{.name = of.text("feature", 256),
                          .from = static_cast<Feature::From>(of.word("from", feature_from)),
                          .unit = of.text("unit", 256),
                          .labels = {of.text("label", 256)},
                          .numbers = {of.number_or_nan("number")}};
    of.done();
    ledger.declare(decision, std::span(&feature, 1));
  }
  take_seal(fields, json);
  fields.done();
}

Json LedgerLines::asked_json(const Ledger& ledger, u32 row) {
  const Ledger::AskedRow& asked = ledger.asked_[row];
  return {{"step", asked.step},
          {"decision", ledger.subject_decisions_[asked.subject]},
          {"features", ledger.subject_features_[asked.subject]},
          {"mass", asked.mass}};
}

Json LedgerLines::attempt_json(const Ledger& ledger, u32 row) {
  Json json = {
      {"step", ledger.attempts_[row].step},
      {"from", word_of(reply_from_labels, static_cast<std::size_t>(ledger.attempts_[row].from))}};
  json.update(json_of(ledger.attempt(row)));
  return json;
}

void LedgerLines::write(const Ledger& ledger, std::size_t question, std::span<const u32> asked,
                        std::span<const u32> attempts, Lines& lines) {
  do {
    const auto asked_now = asked.first(std::min(asked.size(), most_asked));
    const auto attempts_now = attempts.first(std::min(attempts.size(), most_attempts));
    Json of_asked = Json::array(), of_attempts = Json::array();
    for (const u32 row : asked_now) {
      of_asked.push_back(asked_json(ledger, row));
    }
    for (const u32 row : attempts_now) {
      of_attempts.push_back(attempt_json(ledger, row));
    }
    // The question stands as it is: read and written again its numbers might look otherwise.
    lines.add(R"({"key":")" + std::string(ledger.keys_[question]) + R"(","question":)" +
              std::string(ledger.canonical_[question]) + R"(,"asked":)" + text_of(of_asked) +
              R"(,"attempts":)" + text_of(of_attempts) + "}");
    asked = asked.subspan(asked_now.size());
    attempts = attempts.subspan(attempts_now.size());
  } while (!asked.empty() || !attempts.empty());
}

void LedgerLines::read(const Json& json, const std::string& place, Ledger& ledger) {
  JsonFields fields(json, place);
  const std::string key = fields.text("key", 64);
  const std::string canonical = canonical_of(fields.at("question"), place + " question");
  if (sha256(canonical) != key) {
    fields.refuse("'key' is not that of the question");
  }
  const Json &asked = fields.at("asked"), &attempts = fields.at("attempts");
  if (!asked.is_array() || !attempts.is_array()) {
    fields.refuse("'asked' or 'attempts' is no list");
  }
  take_seal(fields, json);
  fields.done();
  const u32 question = ledger.question_row(key, canonical);
  for (const Json& one : asked) {
    JsonFields of(one, place + " asked");
    Ledger::AskedRow row{.step = of.whole<u32>("step", 0, last_step), .question = question};
    const std::string decision = of.text("decision", 256);
    const std::string features = of.text("features", most_answer_text);
    row.mass = of.whole<u64>("mass", 0, std::numeric_limits<u64>::max());
    of.done();
    features_in(features);
    row.subject = ledger.subject_row(decision, features);
    ledger.asked_.push_back(row);
  }
  for (Json one : attempts) {
    JsonFields of(one, place + " attempts");
    const Step step = of.whole<u32>("step", 0, last_step);
    const auto from = static_cast<Reply::From>(of.word("from", reply_from_labels));
    one.erase("step");
    one.erase("from");
    ledger.add_attempt(step, question, attempt_of(one, place + " attempts"), from);
  }
}

void Ledger::write_json_lines(const std::string& path,
                              std::span<const Ledger* const> others) const {
  if (!others.empty()) {
    Ledger all = *this;
    for (const Ledger* other : others) {
      all.absorb(*other);
    }
    all.write_json_lines(path);
    return;
  }
  std::vector<std::vector<u32>> asked(questions()), attempts(questions());
  for (std::size_t k = 0; k < asked_.size(); ++k) {
    asked[asked_[k].question].push_back(static_cast<u32>(k));
  }
  for (std::size_t k = 0; k < attempts_.size(); ++k) {
    attempts[attempts_[k].question].push_back(static_cast<u32>(k));
  }
  Lines lines(path);
  lines.add(LedgerLines::header(*this));
  for (std::size_t q = 0; q < questions(); ++q) {
    LedgerLines::write(*this, q, asked[q], attempts[q], lines);
  }
  lines.publish();
}

Ledger Ledger::parse_json_lines(std::string_view text, const std::string& named, Seals seals) {
  Ledger ledger;
  std::size_t number = 0;
  std::string seal;
  while (!text.empty()) {
    const std::string place = named + ":" + std::to_string(++number);
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() == text.size() || line.size() > most_line) {
      throw InputError(place + ": has no end within " + std::to_string(most_line) +
                       " bytes (it was cut, or is not one of ours). Use the original.");
    }
    text.remove_prefix(line.size() + 1);
    const Json json = parse_json(line);
    if (json.is_discarded()) {
      throw InputError(place +
                       ": is no JSON, or far more than a line of a ledger is (it was "
                       "changed, or is not one of ours). Use the original.");
    }
    number == 1 ? LedgerLines::read_header(json, place, ledger)
                : LedgerLines::read(json, place, ledger);
    if (seals == Seals::checked) {
      check_line(line, place, seal);
    }
  }
  if (number == 0) {
    throw InputError(named + ": is empty (a ledger begins with a header). Use the original.");
  }
  LedgerLines::index(ledger);
  return ledger;
}

Ledger Ledger::read_json_lines(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw system_failure(path, "be opened", error.value());
  }
  if (bytes > most_file) {
    throw InputError(path + ": has " + std::to_string(bytes) + " bytes (at most " +
                     std::to_string(most_file) + " are read). Name the results.h5 of the run.");
  }
  return parse_json_lines(read_file(path), path);
}

}  // namespace throng
