#include <string>

#include <catch2/catch.hpp>

#include "io/json_text.h"

using namespace throng;

TEST_CASE("JSON that is nested deeper than anything of ours is none", "[io]") {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
  };

  CHECK(parse_json(nested(most_json_levels)).is_array());
  CHECK(parse_json(nested(most_json_levels + 2)).is_discarded());
  CHECK(parse_json(nested(1'000'000)).is_discarded());
  CHECK(parse_json(std::string(1'000'000, '[')).is_discarded());
}

TEST_CASE("JSON with more keys than anything of ours is none", "[io]") {
  const auto object = [](std::size_t keys) {
    std::string text = "{\"0\": 0";
    for (std::size_t k = 1; k < keys; ++k) {
      text += ",\"" + std::to_string(k) + "\": 0";
    }
    return text + "}";
  };

  CHECK(parse_json(object(most_json_keys)).is_object());
  CHECK(parse_json(object(most_json_keys + 1)).is_discarded());
}

TEST_CASE("a whole number is one that its type can hold", "[io]") {
  const auto of = [](const char* text) { return parse_json(text); };

  CHECK(whole_number<u64>(of("18446744073709551615")) == 18446744073709551615ull);
  CHECK(whole_number<u16>(of("65535")) == 65535);
  CHECK(whole_number<i64>(of("-9223372036854775808")) == std::numeric_limits<i64>::min());
  CHECK(whole_number<int>(of("-5")) == -5);
  for (const char* none : {"65536", "-1", "1.0", "1e300", "true", "null", "\"1\"", "[1]", "{}",
                           "18446744073709551616"}) {
    INFO(none);
    CHECK_FALSE(whole_number<u16>(of(none)));
  }
  CHECK_FALSE(whole_number<int>(of("2147483648")));
  CHECK_FALSE(whole_number<i64>(of("9223372036854775808")));
  CHECK_FALSE(whole_number<u64>(of("-1")));
}
