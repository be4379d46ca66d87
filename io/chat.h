// Chat completions, the way of asking that most servers of language models share: how a question is
// written for each of them, and what came back. Pure functions over texts; io/http.h sends them.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/answer_schema.h"
#include "io/asking.h"
#include "io/http.h"

namespace throng {

/// How a server differs from the others.
struct Dialect {
  enum class Schema : u8 {
    strict,   ///< response_format json_schema, strict
    lenient,  ///< response_format json_schema
    object,   ///< response_format json_object with the schema beside it
    told,     ///< in words, at the end of the system's message
  };
  std::string_view name, doc;
  std::string_view max_tokens;  ///< what the limit of an answer's tokens is called
  bool sampling;                ///< takes temperature and top_p
  bool seed;                    ///< takes a seed
  Schema schema;
};
std::span<const Dialect> dialects();
/// Throws InputError, which lists those there are.
const Dialect& dialect_named(const std::string& name);

/// What is told to a model whose answer was of no use, once.
struct Correction {
  std::string answer;  ///< as it came; may be empty
  std::string why;
};

/// The body of a request, JSON. A seed is sent as `seed + sample`, so that several samples of one
/// question are several. Throws InputError for a text that is no UTF-8 and a schema that is no
/// JSON.
std::string request_body(const ModelSettings& settings, const ModelQuestion& question,
                         const Correction* correction = nullptr);

/// Tokens of a text where nobody counted them: one for each four bytes, rounded up.
constexpr i64 estimated_tokens(std::size_t bytes) { return static_cast<i64>((bytes + 3) / 4); }

/// What a response means.
struct Classified {
  /// All but number and cost. Tokens are those of the server, estimated where an answer came
  /// without; 0 where the server refused to work.
  Attempt attempt;
  /// The server may have worked on it, and nobody knows what it counts: connections that broke
  /// after the question was sent, answers that did not end.
  bool usage_unknown = false;
  bool said = false;                    ///< `raw` is what the model said, not what its server did
  std::optional<double> retry_after_s;  ///< what the server asks to wait
};

/// `prompt_bytes`: of the question, for an estimate. `now`: seconds of the epoch. Nothing is taken
/// out of `raw` and `why` but what is no UTF-8: see AccountKey::scrub.
Classified classify(const HttpResponse& response, const AnswerSchema& schema,
                    std::size_t prompt_bytes, i64 now);

/// At most so many bytes of it, without those that are no UTF-8 and without zeros.
std::string readable(std::string_view bytes, std::size_t most);
inline constexpr std::size_t most_raw = 4096;  ///< bytes of Attempt::raw

}  // namespace throng
