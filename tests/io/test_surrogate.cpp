#include <cmath>

#include <catch2/catch.hpp>

#include "io/surrogate.h"
#include "sim/column.h"
#include "sim/error.h"
#include "sim/math.h"
#include "tests/io/sample_ledger.h"

using namespace throng;

namespace {

const char table[] =
    "part,feature,label,form,value,error,n,note\n"
    "about,decision,,,,,,stay_home\n"
    "about,title,,,,,,a sample\n"
    "about,stands_for,,,,,,\"no model, \"\"really\"\"\"\n"
    "about,source,,,,,,this test\n"
    "coefficient,,,intercept,-1,0.25,40,\n"
    "coefficient,age,65+,label,0.5,,,some source\n"
    "coefficient,age,*,label,0.25,,,\n"
    "coefficient,borough,*,label,0,,,no source\n"
    "coefficient,reported_cases,,log1p,0.2,,,\n"
    "region,age,65+,,0.02,,5,\n"
    "region,age,18-64,,0.01,,5,\n"
    "region,borough,*,,0.03,,10,\n"
    "region,reported_cases,under 50,,0.04,,6,\n"
    "region,reported_cases,50-99,,0.06,,4,\n";

std::string with_inverse(double diagonal) {
  std::string text = table;
  const std::vector<std::string> names{"intercept", "age=65+", "age=*", "borough=*",
                                       "ln(1+reported_cases)"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i; j < names.size(); ++j) {
      text += "inverse," + names[i] + "," + names[j] + ",," +
              (i == j ? std::to_string(diagonal) : "0") + ",,,\n";
    }
  }
  return text + "limit,error,,,0.05,,,\nlimit,leverage,,,1.0,,,\n";
}

std::string message(const std::string& text) {
  try {
    parse_surrogate(text, "s.csv");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

u32 share_of(double sum) {
  return static_cast<u32>(std::lround((1 / (1 + std::exp(-sum))) * 1048576));
}

}  // namespace

TEST_CASE("a surrogate's share is the logistic function of the sum of its coefficients", "[io]") {
  const SurrogateTable surrogate(parse_surrogate(table, "s.csv"));
  const auto features = sample_features();
  const std::vector<u16> values{1, 0, 0, 0, 1, 1};
  const std::vector<u64> mass{3, 4};
  const Questions questions{
      .decision = "stay_home", .step = 0, .features = features, .values = values, .mass = mass};
  std::vector<Answer> answers(2);

  surrogate.check("stay_home", features);
  SurrogateTable(surrogate).answer(questions, answers);

  // 65+, under 50 (25): -1 + 0.5 + 0.2 ln 26. 18-64 is any other age; 50-99 stands for 74.5.
  CHECK(answers[0].share == share_of(-1 + 0.5 + 0.2 * std::log(26.)));
  CHECK(answers[1].share == share_of(-1 + 0.25 + 0.2 * std::log(75.5)));
  CHECK(answers[0].rung == Rung::live);
  CHECK(surrogate.share(features, std::span(values).first(3)) == answers[0].share);
}

TEST_CASE("shares of a surrogate are the same bits wherever they are computed", "[io]") {
  const SurrogateTable surrogate(parse_surrogate(table, "s.csv"));
  const std::vector<u16> old{1, 0, 0}, young{0, 1, 1};
  CHECK(surrogate.share(sample_features(), old) == 563'958);
  CHECK(surrogate.share(sample_features(), young) == 554'356);
}

TEST_CASE("a surrogate is written as it is read", "[io]") {
  for (const std::string& text : {std::string(table), with_inverse(0.125)}) {
    const Surrogate surrogate = parse_surrogate(text, "s.csv");
    const std::string written = surrogate_text(surrogate);
    CHECK(surrogate_text(parse_surrogate(written, "again.csv")) == written);
    CHECK(surrogate.text("stands_for") == "no model, \"really\"");
    CHECK(surrogate.coefficients.size() == 5);
    CHECK(surrogate.coefficients[0].error == 0.25);
    CHECK(surrogate.coefficients[0].questions == 40);
    CHECK_FALSE(surrogate.coefficients[1].error);
    CHECK(surrogate.regions.size() == 5);
  }
  CHECK_THAT(SurrogateTable(parse_surrogate(table, "s.csv")).provenance(),
             Catch::Contains("title: a sample\nstands for: no model, \"really\"\n"));
}

TEST_CASE("a surrogate is certified where each label's error and the leverage are small enough",
          "[io]") {
  const auto features = sample_features();
  const std::vector<u16> good{1, 0, 0}, high_cases{1, 0, 1};
  const SurrogateTable certain(parse_surrogate(with_inverse(0.01), "s.csv"));
  CHECK(certain.certified(features, good));
  CHECK_FALSE(certain.certified(features, high_cases));  // 0.06 > 0.05

  // x = (1, 1, 0, 1, ln 26): the sum of squares times the diagonal, times p (1 - p).
  const double p = 1 / (1 + std::exp(-(-1 + 0.5 + 0.2 * std::log(26.))));
  const double squares = 3 + std::pow(std::log(26.), 2);
  CHECK(certain.leverage(features, good) == Approx(p * (1 - p) * 0.01 * squares).epsilon(1e-12));
  CHECK_FALSE(SurrogateTable(parse_surrogate(with_inverse(10), "s.csv")).certified(features, good));

  CHECK_FALSE(SurrogateTable(parse_surrogate(table, "s.csv")).certified(features, good));
  auto more = features;
  more[0].labels.push_back("80+");
  const std::vector<u16> unseen{2, 0, 0};
  more[0].numbers.push_back(85);
  CHECK_FALSE(certain.certified(more, unseen));
}

TEST_CASE("a table by codes gives the bits of the one by words", "[io]") {
  const auto features = sample_features();
  for (const double diagonal : {0.1, 40.}) {
    const SurrogateTable by_words(parse_surrogate(with_inverse(diagonal), "s.csv"));
    const CodedSurrogate by_code = by_words.coded(features);
    std::size_t certified = 0;
    for (u16 k = 0; k < 8; ++k) {
      const std::vector<u16> values{static_cast<u16>(k & 1), static_cast<u16>(k >> 1 & 1),
                                    static_cast<u16>(k >> 2)};
      CHECK(bits_of(by_code.log_odds(values)) == bits_of(by_words.log_odds(features, values)));
      CHECK(by_code.share(values) == by_words.share(features, values));
      CHECK(by_code.certified(values) == by_words.certified(features, values));
      certified += by_code.certified(values) ? 1 : 0;
    }
    CHECK(certified == (diagonal == 40. ? 0 : 4));  // the band 50-99 errs too much
  }
  const SurrogateTable bare(parse_surrogate(table, "s.csv"));
  CHECK_FALSE(bare.coded(features).certified(std::vector<u16>{0, 0, 0}));
}

TEST_CASE("features that a surrogate does not know are refused, all at once", "[io]") {
  const SurrogateTable surrogate(
      parse_surrogate(changed(table, "coefficient,age,*,label,0.25,,,\n", ""), "s.csv"));
  std::vector<Feature> features{
      {.name = "age", .labels = {"65+", "18-64"}, .numbers = {}},
      {.name = "income", .labels = {"low"}, .numbers = {}},
      {.name = "reported_cases", .labels = {"none", "some"}, .numbers = {0}}};

  try {
    surrogate.check("go_to_work", features);
    FAIL("it was taken");
  } catch (const InputError& error) {
    REQUIRE(error.messages().size() == 4);
    CHECK(error.messages()[0] ==
          "surrogate 'a sample' for 'go_to_work': it was fitted to the decision 'stay_home'. Name "
          "a table for this one.");
    CHECK_THAT(error.messages()[1], Catch::Contains("does not know the label '18-64' of 'age'"));
    CHECK_THAT(error.messages()[2], Catch::Contains("does not know the feature 'income'"));
    CHECK_THAT(error.messages()[3], Catch::Contains("'some' of 'reported_cases' stands for no"));
  }
  features = {{.name = "age", .labels = {"65+"}, .numbers = {}}};
  CHECK_THROWS_WITH(surrogate.check("stay_home", features),
                    Catch::Contains("it needs the feature 'reported_cases', which the questions"));
}

TEST_CASE("mistakes in a surrogate's file are told with their line", "[io]") {
  CHECK(message(table) == "no error");
  CHECK(message(with_inverse(1)) == "no error");
  CHECK_THAT(message(changed(table, "-1,0.25", "one,0.25")),
             Catch::Contains("s.csv:6:25: 'one' is no finite number"));
  CHECK_THAT(message(changed(table, "-1,0.25", "nan,0.25")), Catch::Contains("no finite number"));
  // Sums of such are no numbers, and would be shares all the same.
  CHECK_THAT(message(changed(table, "-1,0.25", "-1e300,0.25")),
             Catch::Contains("s.csv:6:25: '-1e300' is beyond a million"));
  CHECK_THAT(message(changed(table, "log1p", "log")),
             Catch::Contains("'log' is none of intercept,label,number,log1p"));
  CHECK_THAT(message(changed(table, "age,*,label", "age,65+,label")),
             Catch::Contains("s.csv:8:13: 'age=65+' is there already"));
  CHECK_THAT(message(changed(table, "about,source,,,,,,this test\n", "")),
             Catch::Contains("s.csv: says nothing of 'source'"));
  CHECK_THAT(message(changed(table, "coefficient,age,65+", "coefficient,,65+")),
             Catch::Contains("has a feature and a label"));
  CHECK_THAT(message(changed(with_inverse(1), "inverse,age=65+,age=*,,0,,,\n", "")),
             Catch::Contains("lacks entries of its inverse"));
  CHECK_THAT(message(changed(with_inverse(1), "inverse,age=65+,age=*", "inverse,age=65+,sex=male")),
             Catch::Contains("about a coefficient that is not there"));
  CHECK_THAT(message(with_inverse(1) + "limit,size,,,1,,,\n"),
             Catch::Contains("'size' has no limit"));
  CHECK_THAT(message("part,feature\n"), Catch::Contains("s.csv"));
  CHECK_THROWS_AS(read_surrogate("/no such file.csv"), InputError);
}

TEST_CASE("the shipped surrogate says what it is, and answers as the rule that was fitted",
          "[io]") {
  const SurrogateTable surrogate(
      read_surrogate(THRONG_SOURCE_DIR "/scenarios/nyc/tables/stay_home_surrogate.csv"));
  const std::vector<Feature> features{
      {.name = "age", .labels = {"18-29"}, .numbers = {}},
      {.name = "borough", .labels = {"Bronx"}, .numbers = {}},
      {.name = "order_in_force", .labels = {"none", "pause"}, .numbers = {0, 2}},
      {.name = "reported_cases", .labels = {"none", "many"}, .numbers = {0, 300}},
      {.name = "trend", .labels = {"rising"}, .numbers = {}}};
  const std::vector<u16> quiet{0, 0, 0, 0, 0}, spring{0, 0, 1, 1, 0};

  surrogate.check("stay_home", features);

  CHECK(surrogate.surrogate().text("title") == "mobility 2020");
  CHECK_THAT(std::string(surrogate.surrogate().text("stands_for")),
             Catch::StartsWith("no language model"));
  CHECK(surrogate.share(features, quiet) == share_of(-2.233));
  CHECK(surrogate.share(features, spring) == share_of(-2.233 + 2 * 0.87 + 0.202 * std::log(301.)));
  CHECK_FALSE(surrogate.certified(features, spring));
}
