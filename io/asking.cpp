#include "io/asking.h"

#include <charconv>
#include <cmath>

#include "io/hash.h"
#include "io/json_text.h"
#include "sim/error.h"

namespace throng {
namespace {

/// A text as JSON writes it.
std::string quoted(std::string_view text, const char* what) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw InputError(std::string("question: ") + what +
                     " is no UTF-8 (JSON is). Save what it was made from as UTF-8.");
  }
}

std::string number(double value, const char* what) {
  if (!std::isfinite(value)) {
    throw InputError(std::string("question: ") + what +
                     " is no finite number (JSON has no other). Correct it.");
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value + 0.0).ptr;  // -0 becomes 0
  return {text, end};
}

std::string message(const char* role, std::string_view content, const char* what) {
  return R"({"content":)" + quoted(content, what) + R"(,"role":")" + role + R"("})";
}

}  // namespace

std::string canonical_question(const ModelSettings& settings, const ModelQuestion& question) {
  return R"({"dialect":)" + quoted(settings.dialect, "the dialect's name") + R"(,"max_tokens":)" +
         std::to_string(settings.max_tokens) + R"(,"messages":[)" +
         message("system", question.system, "the system's message") + "," +
         message("user", question.user, "the user's message") + R"(],"model":)" +
         quoted(settings.model, "the model's name") + R"(,"option_order":)" +
         std::to_string(question.option_order) + R"(,"sample":)" + std::to_string(question.sample) +
         R"(,"schema":)" + quoted(question.schema, "the schema") + R"(,"seed":)" +
         (settings.seed ? std::to_string(*settings.seed) : "null") + R"(,"temperature":)" +
         number(settings.temperature, "the temperature") + R"(,"top_p":)" +
         number(settings.top_p, "top_p") + "}";
}

std::string key_of(const ModelSettings& settings, const ModelQuestion& question) {
  return sha256(canonical_question(settings, question));
}

}  // namespace throng
