#include "io/json_text.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

struct TooMuch {};

}  // namespace

Json parse_json(std::string_view text) {
  std::size_t keys = 0;
  const auto within_limits = [&](int depth, Json::parse_event_t event, const Json&) {
    keys += event == Json::parse_event_t::key ? 1 : 0;
    if (depth > most_json_levels || keys > most_json_keys) {
      throw TooMuch();
    }
    return true;
  };
  try {
    return Json::parse(text, within_limits, false);
  } catch (const TooMuch&) {
    return Json(Json::value_t::discarded);
  }
}

}  // namespace throng
