// What asking.h describes as JSON and back: strictly, since it comes from disks.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "io/asking.h"
#include "sim/types.h"

namespace throng {

/// Of a question, in bytes; far more than a model can take.
inline constexpr std::size_t most_question_text = std::size_t{1} << 22;
/// Of an attempt's answer, or of what was wrong with it.
inline constexpr std::size_t most_answer_text = 4096;

/// Of one attempt: beyond what a server's counts are believed to, at the highest price there can
/// be.
inline constexpr i64 most_tokens = i64{1} << 31, most_attempt_cost = 20'000'000'000'000;

/// UTF-8 without zero bytes, whatever came; at most `most_answer_text` bytes, whole characters.
std::string clean_text(std::string_view text);

/// {"attempt":0,"outcome":"ok",...}: all fields, in the order of Attempt. Texts are cleaned.
nlohmann::ordered_json json_of(const Attempt& attempt);
/// Throws InputError, whose message begins with `place`, where it is not what json_of() gives.
Attempt attempt_of(const nlohmann::ordered_json& json, const std::string& place);

/// What canonical_question() was made from. Throws InputError, whose message begins with `place`,
/// where it is another text than that gives.
std::pair<ModelSettings, ModelQuestion> read_canonical(std::string_view canonical,
                                                       const std::string& place);
/// The same of the parsed text, and its canonical text.
std::string canonical_of(const nlohmann::ordered_json& question, const std::string& place);

/// Fields of a JSON object, each read once and by the type it must have.
class JsonFields {
 public:
  /// Throws InputError where it is no object.
  JsonFields(const nlohmann::ordered_json& json, std::string place);
  /// Throws InputError where it is absent.
  const nlohmann::ordered_json& at(const char* name);
  template <class T>
  T whole(const char* name, T least, T most);
  std::string text(const char* name, std::size_t most_bytes);
  double number(const char* name);
  double number_or_nan(const char* name);  ///< NaN where null stands
  /// Whether null stands there; then it is read.
  bool takes_null(const char* name);
  /// The position of a word in a list "ok,refusal".
  u8 word(const char* name, std::string_view words);
  /// Throws InputError where there is a field that nobody asked for.
  void done() const;
  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  const nlohmann::ordered_json& json_;
  std::string place_;
  std::size_t asked_for_ = 0;
};

/// The k-th of "ok,refusal,empty"; and where a word stands in it, or nothing.
std::string_view word_of(std::string_view words, std::size_t k);
std::optional<u8> place_in(std::string_view words, std::string_view word);

}  // namespace throng
