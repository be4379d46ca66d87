#include <cmath>
#include <fstream>
#include <set>

#include <catch2/catch.hpp>

#include "io/elicitation.h"
#include "io/prompt_checks.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

Reply counted(i64 count, Reply::From from = Reply::From::live) {
  Attempt attempt;
  attempt.outcome = OutcomeClass::ok;
  attempt.count = count;
  return {"", from, {attempt}};
}

Reply failed(OutcomeClass outcome, const std::string& why) {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.why = why;
  return {"", Reply::From::live, {attempt}};
}

Answer both(const Reply& first, const Reply& second, Calibration map = {}) {
  const std::vector<const Reply*> replies = {&first, &second};
  return elicited({true, std::move(map)}, replies);
}

Answer single(const Reply& reply, Calibration map = {}) {
  const std::vector<const Reply*> replies = {&reply};
  return elicited({false, std::move(map)}, replies);
}

const std::string hash(64, 'a');

std::string map_file(const std::string& map) {
  return "id = 'mobility 2020'\nmodel = 'm'\ntemplate = '" + hash +
         "'\nboth_orders = true\nsource = 'visits to shops'\n" + map;
}

Calibration read(const std::string& text) {
  return Calibration::read(text, std::make_shared<const Source>(Source{"c.toml", {}, 0}));
}

std::vector<std::string> refused(const std::string& text) {
  try {
    read(text);
  } catch (const ReadError& error) {
    return error.messages();
  }
  return {};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("one count of a hundred is that share, to the nearest of 2^20", "[elicitation]") {
  for (i64 count = 0; count <= 100; ++count) {
    // Whole numbers: count 2^20 / 100, rounded.
    CHECK(single(counted(count)).share == (count * 1'048'576 + 50) / 100);
    CHECK(both(counted(count), counted(count)).share == single(counted(count)).share);
  }
  CHECK(single(counted(0)).share == 0);
  CHECK(single(counted(100)).share == whole_share);
  CHECK(single(counted(42)).share == 440'402);  // 440401.92
  CHECK(single(counted(42)).rung == Rung::live);
}

TEST_CASE("two orders are averaged on the scale of log-odds", "[elicitation]") {
  // 30 and 60: ln(30.5 / 70.5) = -0.837876, ln(60.5 / 40.5) = 0.401341; their mean -0.218267 is
  // the count 101 / (1 + e^0.218267) - 1/2 = 44.5106.
  CHECK(mean_share(30, 60) == Approx(0.445106).margin(1e-6));
  CHECK(both(counted(30), counted(60)).share == quantized_share(mean_share(30, 60)));
  // 0 and 50: ln(0.5 / 100.5) = -5.303305 and 0; their mean -2.651652 is 101 / (1 + 14.17744) -
  // 1/2 = 6.15464.
  CHECK(mean_share(0, 50) == Approx(0.0615464).margin(1e-6));
  CHECK(mean_share(0, 100) == Approx(0.5).margin(1e-12));

  for (i64 a = 0; a <= 100; ++a) {
    for (i64 b = 0; b <= 100; ++b) {
      const double mean = mean_share(a, b);
      REQUIRE(mean == mean_share(b, a));
      REQUIRE(mean >= static_cast<double>(std::min(a, b)) / 100);
      REQUIRE(mean <= static_cast<double>(std::max(a, b)) / 100);
      REQUIRE(mean + mean_share(100 - a, 100 - b) == Approx(1).margin(1e-12));
      // The same by the C library.
      const auto odds = [](i64 c) { return std::log((double(c) + 0.5) / (100.5 - double(c))); };
      const double plain = 101 / (1 + std::exp(-(odds(a) + odds(b)) / 2)) - 0.5;
      REQUIRE(100 * mean == Approx(plain).margin(1e-10));
    }
  }
}

TEST_CASE("log-odds of counts go back to the counts", "[elicitation]") {
  for (int count = 0; count <= 100; ++count) {
    CHECK(count_of_log_odds(log_odds_of_count(count)) == Approx(count).margin(1e-11));
  }
  CHECK(log_odds_of_count(50) == 0);
  CHECK(count_of_log_odds(1e300) == 100);
  CHECK(count_of_log_odds(-1e300) == 0);
}

TEST_CASE("half of an answer, or what is no count, is no share", "[elicitation]") {
  const Answer first = both(failed(OutcomeClass::quota, "HTTP 429 insufficient_quota"), counted(3));
  CHECK(first.rung == Rung::none);
  CHECK(first.share == 0);
  CHECK(first.why == "quota: HTTP 429 insufficient_quota");
  CHECK(both(counted(3), failed(OutcomeClass::deadline, "")).why == "deadline (options reversed)");
  CHECK(both(counted(3), Reply{}).why == "not asked (options reversed)");
  CHECK(single(counted(101)).why == "invalid: 101 of 100");
  CHECK(single(counted(-1)).rung == Rung::none);
  // A count that came with a failure is none.
  Reply refusal = counted(40);
  refusal.attempts.back().outcome = OutcomeClass::refusal;
  CHECK(single(refusal).why == "refusal");
}

TEST_CASE("the last attempt counts, and of two orders the lower rung", "[elicitation]") {
  Reply second_try = failed(OutcomeClass::retry, "HTTP 503");
  second_try.attempts.push_back(counted(7).attempts.front());
  CHECK(single(second_try).share == single(counted(7)).share);

  CHECK(both(counted(5, Reply::From::cache), counted(5)).rung == Rung::cache);
  CHECK(both(counted(5), counted(5, Reply::From::cassette)).rung == Rung::cassette);
  CHECK(both(counted(5, Reply::From::cassette), counted(5, Reply::From::cache)).rung ==
        Rung::cassette);
}

TEST_CASE("a map that is not fitted changes no bit", "[elicitation]") {
  const Calibration none;
  CHECK(none.is_identity());
  CHECK(none.id() == "identity");
  CHECK(none.hash().size() == 64);
  for (i64 a = 0; a <= 100; a += 7) {
    CHECK(none(mean_share(a, 33)) == mean_share(a, 33));
  }
  CHECK_NOTHROW(none.check("any model", "any template", false));
}

TEST_CASE("a logistic map moves and stretches log-odds", "[elicitation]") {
  const Calibration map = read(map_file("intercept = -1\nslope = 0.5\n"));
  // 80: ln(80.5 / 20.5) = 1.367851; -1 + 0.683926 = -0.316074; 101 / (1 + e^0.316074) - 1/2 =
  // 42.085.
  CHECK(map(0.8) == Approx(0.42085).margin(1e-5));
  CHECK_FALSE(map.is_identity());
  double before = -1;
  for (int k = 0; k <= 1'000; ++k) {
    const double now = map(k / 1'000.0);
    REQUIRE(now > before);
    REQUIRE((now >= 0 && now <= 1));
    before = now;
  }
  // As good as the identity, where it says so.
  const Calibration unit = read(map_file("intercept = 0\nslope = 1\n"));
  for (int k = 0; k <= 100; ++k) {
    CHECK(unit(k / 100.0) == Approx(k / 100.0).margin(1e-13));
  }
  // Asked in both orders, then mapped, then rounded once.
  CHECK(both(counted(30), counted(60), map).share == quantized_share(map(mean_share(30, 60))));
}

TEST_CASE("a map of points goes through them in lines", "[elicitation]") {
  const Calibration map = read(map_file("points = [[0, 0.1], [0.5, 0.2], [0.75, 0.2], [1, 0.9]]"));
  CHECK(map(0) == 0.1);
  CHECK(map(0.25) == Approx(0.15));
  CHECK(map(0.5) == 0.2);
  CHECK(map(0.6) == 0.2);
  CHECK(map(0.75) == 0.2);
  CHECK(map(0.875) == Approx(0.55));
  CHECK(map(1) == 0.9);
  CHECK(single(counted(25), map).share == quantized_share(map(0.25)));
}

TEST_CASE("a map is for the model, the template and the orders it was fitted for",
          "[elicitation]") {
  const Calibration map = read(map_file("intercept = 1\nslope = 1\n"));
  CHECK(map.id() == "mobility 2020");
  CHECK(map.source() == "visits to shops");
  CHECK_NOTHROW(map.check("m", hash, true));
  const std::string place = "c.toml: the calibration map 'mobility 2020' was fitted for ";
  const std::string rest = "). Name the map that was fitted for it, or none.";
  CHECK_THROWS_WITH(map.check("n", hash, true), place + "model m (this decision has n" + rest);
  CHECK_THROWS_WITH(
      map.check("m", std::string(64, 'b'), true),
      place + "template " + hash + " (this decision has " + std::string(64, 'b') + rest);
  CHECK_THROWS_WITH(map.check("m", hash, false),
                    place + "answers with both_orders = true (this decision has false" + rest);
}

TEST_CASE("the hash of a map is of what it does and is for", "[elicitation]") {
  const std::string plain = read(map_file("intercept = 1\nslope = 1\n")).hash();
  CHECK(read("# fitted\n" + map_file("slope = 1.0\nintercept = 1.00\n")).hash() == plain);
  CHECK(read(map_file("intercept = 1\nslope = 1.5\n")).hash() != plain);
  CHECK(read(map_file("points = [[0, 0], [1, 1]]")).hash() != plain);
  CHECK(plain != Calibration().hash());
}

TEST_CASE("every mistake of a map has its place", "[elicitation]") {
  CHECK(refused("model = ''\ntemplate = 'abc'\nboth_orders = 1\nintercept = nan\nslop = 1\n") ==
        Lines{"c.toml: id is missing (it has no initial value). Set it.",
              "c.toml: source is missing (it has no initial value). Set it.",
              "c.toml: slope is missing (it has no initial value). Set it.",
              "c.toml:1:9: model is empty. Correct it.",
              "c.toml:2:12: template is no hash of a template (64 hexadecimal digits). Correct it.",
              "c.toml:3:15: both_orders is the whole number 1 (true or false is expected). Write "
              "it as both_orders = true.",
              "c.toml:4:13: intercept is not a finite number (a run cannot calculate with it). "
              "Write a number.",
              "c.toml:5:1: a calibration map has no parameter 'slop'. Did you mean 'slope'?"});
  CHECK(refused(map_file("")) ==
        Lines{"c.toml: the map has neither intercept and slope, nor points (one of the two makes "
              "it: intercept and slope, or points). Keep one of them."});
  CHECK(refused(map_file("slope = 0\nintercept = -21.5\npoints = [[0, 0], [1, 1]]")) ==
        Lines{"c.toml:6:9: slope = 0.0 is out of range (allowed: above 0 to 20). Choose a value in "
              "that range.",
              "c.toml:7:13: intercept = -21.5 is out of range (allowed: -20 to 20). Choose a value "
              "in that range.",
              "c.toml:8:10: the map has both intercept and slope, and points (one of the two makes "
              "it: intercept and slope, or points). Keep one of them."});
  const std::string pairs = " (they are 2 to 1000 pairs [share, share]). Correct them.";
  CHECK(refused(map_file("points = [[0, 0]]")) == Lines{"c.toml:6:10: points are 1" + pairs});
  for (const char* entry : {"[0.5]", "3", "[0.5, 2]", "[0.5, nan]", "[-0.1, 0]", "['a', 0]"}) {
    CHECK(refused(map_file("points = [[0, 0], " + std::string(entry) + "]")) ==
          Lines{"c.toml:6:19: points have an entry that is no pair of shares from 0 to 1" + pairs});
  }
  const std::string order =
      " does not rise (the first numbers go up from 0 to 1, the second ones never fall). Correct "
      "it.";
  CHECK(refused(map_file("points = [[0.1, 0], [1, 1]]")) == Lines{"c.toml:6:11: point 1" + order});
  CHECK(refused(map_file("points = [[0, 0], [0.9, 1]]")) == Lines{"c.toml:6:19: point 2" + order});
  CHECK(refused(map_file("points = [[0, 0.5], [0.5, 0.4], [0.5, 0.6], [1, 1]]")) ==
        Lines{"c.toml:6:21: point 2" + order, "c.toml:6:33: point 3" + order});
}

TEST_CASE("every check of a map has been tried", "[elicitation]") {
  std::set<std::string> tried;
  for (const char* map : {"slope = -1\nintercept = 50\npoints = 3\n", "points = [[0, 1], [1, 0]]",
                          "points = []", "field = 1\n"}) {
    try {
      read("id = ''\n" + map_file(map).substr(21));
    } catch (const ReadError& error) {
      for (const Mistake& mistake : error.mistakes()) {
        tried.insert(mistake.check);
      }
    }
  }
  for (const Check& check : map_checks) {
    INFO(check.id);
    CHECK(tried.contains(std::string(check.id)));
  }
}

TEST_CASE("a map is read from its file", "[elicitation]") {
  const Scratch folder;
  const std::string path = folder / "c.toml";
  std::ofstream(path) << map_file("points = [[0, 0], [1, 1]]\r\n");
  CHECK(Calibration::read_file(path).hash() == read(map_file("points = [[0, 0], [1, 1]]")).hash());
  CHECK_THROWS_WITH(
      Calibration::read_file(folder / "none.toml"),
      folder / "none.toml" +
          ": cannot be read (No such file or directory). Check the path and its permissions.");
}
