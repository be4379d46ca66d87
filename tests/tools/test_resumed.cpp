#include <cmath>
#include <fstream>

#include <catch2/catch.hpp>

#include "io/publish.h"
#include "tests/io/scratch.h"
#include "tools/resumed.h"

using namespace throng;

namespace {

std::string outcome_text(const std::string& seed, const std::string& type,
                         const std::string& value = "0.5") {
  return R"({"seed": )" + seed + R"(, "content_hash": "44f96c4b11f94df2", "figures": [{"name": )" +
         R"("attack_rate", "type": )" + type + R"(, "value": )" + value +
         R"(, "text": "", "headline": true, "in_json": true}]})";
}

}  // namespace

TEST_CASE("an outcome is read as it was written", "[tools]") {
  const Scratch scratch;
  const Outcome outcome{
      .seed = 18446744073709551615ull,
      .content_hash = "44f96c4b11f94df2",
      .figures = {{.name = "attack_rate", .value = 0.1, .headline = true},
                  {.name = "deaths", .type = Figure::Type::count, .value = 3, .in_json = false},
                  {.name = "peak_date", .type = Figure::Type::text, .text = "2020-03-05"}}};

  write_outcome(scratch / "outcome.json", outcome);
  const Outcome read = outcome_from(scratch / "outcome.json");

  CHECK(read.seed == outcome.seed);
  CHECK(read.content_hash == outcome.content_hash);
  REQUIRE(read.figures.size() == 3);
  CHECK(read.figures[0].value == 0.1);
  CHECK(read.figures[0].headline);
  CHECK(read.figures[1].type == Figure::Type::count);
  CHECK_FALSE(read.figures[1].in_json);
  CHECK(std::isnan(read.figures[2].value));
  CHECK(read.figures[2].text == "2020-03-05");
}

TEST_CASE("a damaged outcome is refused in words", "[tools]") {
  const Scratch scratch;
  const std::string path = scratch / "outcome.json";
  replace_file(path, outcome_text("1", "0"));
  CHECK(outcome_from(path).seed == 1);

  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{\"seed\": 1}"), outcome_text("-1", "0"),
        outcome_text("1.5", "0"), outcome_text("18446744073709551616", "0"), outcome_text("1", "3"),
        outcome_text("1", "-1"), outcome_text("1", "1e300"), outcome_text("1", "\"count\""),
        outcome_text("1", "0", "true"),
        outcome_text("1", "0", std::string(100'000, '[') + std::string(100'000, ']'))}) {
    INFO(text.substr(0, 200));
    replace_file(path, text);
    CHECK_THROWS_WITH(outcome_from(path), Catch::Contains("does not say what became of a seed"));
  }
}

TEST_CASE("scenarios that differ are told line by line", "[tools]") {
  const std::string before =
      "title = \"a\"\n[run]\nseed = 1\n[checkpoint]\nkeep = 2\n"
      "[[stage]]\nname = \"s\"\n[[stage]]\nname = \"i\"\n";
  const std::string now =
      "title = \"a\"\n[run]\nseed = 2\nsteps = 5\n[checkpoint]\nkeep = 3\n"
      "[[stage]]\nname = \"s\"\n";

  CHECK(changes_between(before, before).empty());
  CHECK(changes_between(before, now) ==
        std::vector<std::string>{"run.seed was 1 and is 2",
                                 "stage[2].name was \"i\" and is not there",
                                 "run.steps was not there and is 5"});
}

TEST_CASE("any text can be compared with a scenario", "[tools]") {
  for (const char* odd : {"[", "[[", "[[[\n", "[]\n", " = ", "]", "[a\nb = 1\n"}) {
    INFO(odd);
    CHECK(changes_between(odd, odd).empty());
  }
  CHECK(changes_between("[\na = 1\n", "").size() == 1);
}
