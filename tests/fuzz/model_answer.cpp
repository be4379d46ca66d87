// What a server of models sends back: the first part is the body, "status" begins with the number
// of its status, "wait" is its Retry-After header.
#include <charconv>
#include <cmath>

#include "io/chat.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

constexpr const char* share_schema =
    R"({"type": "object", "properties": {"share": {"type": "integer", "minimum": 0, "maximum": 100}},)"
    R"( "required": ["share"], "additionalProperties": false})";

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AnswerSchema schema(share_schema);
  const fuzz::Parts parts(data, size);
  const std::string status = parts["status"];
  HttpResponse response;
  response.status = 200;
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  response.sent = true;
  response.body = parts[""];
  response.headers = {{"retry-after", parts["wait"]}};
  const Classified result = classify(response, schema, 400, 1'600'000'000);
  const Attempt& attempt = result.attempt;
  const bool ok = attempt.outcome == OutcomeClass::ok;
  ensures(ok == (attempt.count >= 0) && attempt.count <= 100, "an answer alone has a number");
  ensures(ok == attempt.why.empty(), "what is no answer says why");
  ensures(attempt.raw.size() <= most_raw && attempt.prompt_tokens >= 0 &&
              attempt.completion_tokens >= 0,
          "what is kept is within its limits");
  ensures(
      !result.retry_after_s || (std::isfinite(*result.retry_after_s) && *result.retry_after_s >= 0),
      "a wait is a number of seconds");
  return 0;
}
