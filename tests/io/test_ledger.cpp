#include <cmath>
#include <fstream>

#include <catch2/catch.hpp>

#include "io/asking_json.h"
#include "io/examine.h"
#include "io/ledger.h"
#include "io/publish.h"
#include "io/results.h"
#include "io/segment.h"
#include "sim/error.h"
#include "tests/io/sample_ledger.h"
#include "tests/io/sample_results.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

std::string text_of(const Attempt& a) { return json_of(a).dump(); }

/// All that is in a ledger, but for the order of rows of different questions.
std::vector<std::string> rows_of(const Ledger& ledger, bool with_applied = true) {
  std::vector<std::string> rows;
  const auto add = [&](auto... parts) {
    std::ostringstream row;
    ((row << parts << '|'), ...);
    rows.push_back(row.str());
  };
  for (const auto& l : ledger.labels()) {
    add("label", l.decision, l.feature, l.unit, l.label, int(l.from), l.number);
  }
  for (const auto& a : ledger.asked()) {
    add("asked", a.step, ledger.decision_of(a.subject), ledger.features_of(a.subject),
        ledger.key(a.question), ledger.canonical(a.question), a.mass);
  }
  for (std::size_t k = 0; k < ledger.attempts().size(); ++k) {
    const auto& a = ledger.attempts()[k];
    add("attempt", a.step, int(a.from), ledger.key(a.question), text_of(ledger.attempt(k)));
  }
  for (const auto& a : ledger.applied()) {
    if (with_applied) {
      add("applied", a.asked, a.in_force, a.row, ledger.features_of(a.subject), a.share,
          int(a.rung), a.mass);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

Results results_with(const Ledger& ledger, u64 seed = 7) {
  Results results = sample_results(seed);
  ledger.write(results);
  return results;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a ledger counts questions, attempts, tokens, money and numbers by where they came from",
          "[io]") {
  const Ledger ledger = sample_ledger();
  const LedgerTotals totals = ledger.totals();
  const auto of = [](OutcomeClass outcome) { return static_cast<std::size_t>(outcome); };
  const auto at = [](Rung rung) { return static_cast<std::size_t>(rung); };

  CHECK(ledger.questions() == 2);
  CHECK(ledger.subjects() == 3);
  CHECK(totals.asked == 4);
  // Two boroughs share a question: its two attempts are there once.
  CHECK(totals.made[of(OutcomeClass::ok)] == 1);
  CHECK(totals.made[of(OutcomeClass::retry)] == 2);
  CHECK(totals.known[of(OutcomeClass::ok)] == 1);
  CHECK(totals.known[of(OutcomeClass::retry)] == 1);
  CHECK(totals.calls == 3);
  CHECK(totals.prompt_tokens == 270);
  CHECK(totals.completion_tokens == 6);
  CHECK(totals.cost == 120);
  CHECK(totals.applied[at(Rung::live)] == 2);
  CHECK(totals.mass[at(Rung::live)] == 50);
  CHECK(totals.mass[at(Rung::cache)] == 20);
  CHECK(totals.mass[at(Rung::rule)] == 10);
}

TEST_CASE("attempts that were never sent are no calls", "[io]") {
  Ledger ledger;
  const ModelQuestion question = sample_question("?");
  std::vector<Attempt> unsent;
  for (const auto outcome : {OutcomeClass::auth, OutcomeClass::quota, OutcomeClass::deadline,
                             OutcomeClass::budget, OutcomeClass::circuit}) {
    unsent.emplace_back();
    unsent.back().number = static_cast<u32>(unsent.size() - 1);
    unsent.back().outcome = outcome;
  }
  ledger.asked({.decision = "d", .step = 0, .features = "a=b"}, sample_settings(), question,
               sample_reply(question, unsent));
  CHECK(ledger.totals().calls == 0);
}

TEST_CASE("a ledger is read from results as it was written", "[io]") {
  const Scratch scratch;
  write_results(scratch / "results.h5", results_with(sample_ledger()));

  const Ledger read = Ledger::open(scratch / "results.h5");

  CHECK(rows_of(read) == rows_of(sample_ledger()));
  CHECK(read.created() == "2026-03-01T12:00:00Z");
  CHECK(rows_of(Ledger::open(scratch.path())) == rows_of(read));
  CHECK_THAT(examine_file(scratch / "results.h5"), !Catch::Contains("\"problem\""));
}

TEST_CASE("the ledgers of several seeds are read as one", "[io]") {
  const Scratch scratch;
  Ledger other;
  other.declare("stay_home", sample_features());
  const ModelQuestion old = sample_question("Aged 65+."), extra = sample_question("Extra.");
  const Subject subject{.decision = "stay_home", .step = 7, .features = "age=65+"};
  other.asked(subject, sample_settings(), extra, sample_reply(extra, {sample_success(0, 12)}));
  other.asked(subject, sample_settings(), old, sample_reply(old, {sample_success(0, 80)}));
  write_results(scratch / "results.h5",
                combine_replicates({results_with(sample_ledger(), 1), results_with(other, 2)}));

  const Ledger read = Ledger::open(scratch / "results.h5");

  CHECK(read.questions() == 3);
  CHECK(read.labels().size() == 6);
  CHECK(read.asked().size() == 6);
  CHECK(read.totals().calls == 5);
  const auto& last = read.asked().back();
  CHECK(read.key(last.question) == key_of(sample_settings(), old));
  CHECK(read.features_of(last.subject) == "age=65+");
}

TEST_CASE("results without a ledger say so", "[io]") {
  const Scratch scratch;
  Results results = sample_results();
  Ledger().write(results);
  CHECK(results.tables.size() == sample_results().tables.size());
  write_results(scratch / "results.h5", results);
  CHECK_THROWS_WITH(Ledger::open(scratch / "results.h5"),
                    Catch::Contains("holds no ledger") &&
                        Catch::Contains("Name the results of a run that asks."));
}

TEST_CASE("a ledger whose rows name rows that are not there is damaged", "[io]") {
  const Scratch scratch;
  Results results = results_with(sample_ledger());
  for (Table& table : results.tables) {
    for (TableColumn& column : table.columns) {
      if (table.name == "decision_attempts" && column.name == "question") {
        std::get<std::vector<u32>>(column.values)[2] = 2;
      }
    }
  }
  write_results(scratch / "results.h5", results);
  CHECK_THROWS_WITH(Ledger::open(scratch / "results.h5"),
                    Catch::Contains("'/tables/decision_attempts': row 2 names a row that is not"));
}

TEST_CASE("JSON Lines hold a ledger but for the numbers applied, and are written alike again",
          "[io]") {
  const Scratch scratch;
  Ledger ledger = sample_ledger();
  ledger.set_created("2026-03-01T12:00:00Z");
  ledger.write_json_lines(scratch / "ledger.jsonl");

  const Ledger read = Ledger::open(scratch / "ledger.jsonl");
  read.write_json_lines(scratch / "again.jsonl");

  CHECK(rows_of(read) == rows_of(ledger, false));
  CHECK(read.created() == ledger.created());
  CHECK(read_file(scratch / "again.jsonl") == read_file(scratch / "ledger.jsonl"));
}

TEST_CASE("several decisions of a run share the tables of one ledger, and its lines", "[io]") {
  const Scratch scratch;
  const Ledger first = sample_ledger();
  Ledger second;
  const ModelQuestion question = sample_question("Do they work?");
  const Subject subject{.decision = "works", .step = 3, .features = "age=18-64", .mass = 7};
  second.declare("works",
                 std::vector<Feature>{{.name = "age", .labels = {"18-64"}, .numbers = {}}});
  second.asked(subject, sample_settings(), question,
               sample_reply(question, {sample_success(0, 40)}, Reply::From::before));
  second.applied(subject, 4, {.share = 9, .rung = Rung::live, .why = {}});
  Ledger both = first;
  both.absorb(second);

  Results results = results_with(first);
  second.write(results);
  write_results(scratch / "results.h5", results);
  first.write_json_lines(scratch / "ledger.jsonl", std::vector<const Ledger*>{&second});

  CHECK(rows_of(Ledger::open(scratch / "results.h5")) == rows_of(both));
  CHECK(rows_of(Ledger::open(scratch / "ledger.jsonl")) == rows_of(both, false));
  const auto row = both.find(key_of(sample_settings(), question));
  REQUIRE(row.has_value());
  CHECK(both.decision_of(both.asked().back().subject) == "works");
  CHECK(both.asked().back().question == *row);
  // What was paid before a kill counts as this run's.
  CHECK(both.totals().cost == first.totals().cost + 120);
  CHECK(both.totals().calls == first.totals().calls + 1);
  CHECK(both.totals().known == first.totals().known);
}

TEST_CASE("a question that was asked very often stands in several lines", "[io]") {
  const Scratch scratch;
  Ledger ledger;
  const ModelQuestion question = sample_question("Again?");
  for (Step step = 0; step < 3000; ++step) {
    ledger.asked({.decision = "d", .step = step, .features = "a=b"}, sample_settings(), question,
                 sample_reply(question, {sample_success(0, 5)}, Reply::From::cache));
  }
  ledger.write_json_lines(scratch / "ledger.jsonl");
  CHECK(rows_of(Ledger::open(scratch / "ledger.jsonl")) == rows_of(ledger));
}

TEST_CASE("a changed line of a ledger is an error with its number", "[io]") {
  const Scratch scratch;
  sample_ledger().write_json_lines(scratch / "ledger.jsonl");
  const std::string good = read_file(scratch / "ledger.jsonl");
  const auto message = [](const std::string& text) {
    try {
      Ledger::parse_json_lines(text, "a.jsonl");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };

  CHECK(message(good) == "no error");
  CHECK(message("") == "a.jsonl: is empty (a ledger begins with a header). Use the original.");
  CHECK_THAT(message(good.substr(0, good.size() - 1)), Catch::Contains("a.jsonl:3: has no end"));
  CHECK_THAT(message(changed(good, "throng-ledger", "other")),
             Catch::Contains("a.jsonl:1: is not"));
  CHECK_THAT(message(changed(good, "\"archetype\"", "\"architect\"")),
             Catch::Contains("a.jsonl:1 features: 'from' is none of archetype,lattice,persona"));
  CHECK_THAT(message(changed(good, "Aged 18-64.", "Aged 18-65.")),
             Catch::Contains("a.jsonl:2: 'key' is not that of the question"));
  CHECK_THAT(message(changed(good, "\"count\":30", "\"count\":30.5")),
             Catch::Contains("a.jsonl:2 attempts: 'count' is no whole number"));
  CHECK_THAT(message(changed(good, "\"count\":30,\"prompt", "\"price\":1,\"count\":30,\"prompt")),
             Catch::Contains("a.jsonl:2 attempts: has a field that is not known"));
  CHECK_THAT(message(changed(good, "\"outcome\":\"ok\",", "")),
             Catch::Contains("a.jsonl:2 attempts: has no 'outcome'"));
  CHECK_THAT(message(changed(good, "\"mass\":30", "\"mass\":-30")),
             Catch::Contains("a.jsonl:2 asked: 'mass' is no whole number"));
  CHECK_THAT(message(changed(good, "age=18-64;borough=Bronx", "age;borough=Bronx")),
             Catch::Contains("are not written as name=label"));
  CHECK_THAT(message(changed(good, "\"asked\":[", "\"asked\":[[")), Catch::Contains("a.jsonl:2"));
  // What could have been answered as well was not: the seal knows.
  const std::string unfit =
      ": is not as it was written (its seal does not fit: it was changed, or a line before it was "
      "taken out). Use the original.";
  CHECK(message(changed(good, "\"count\":30", "\"count\":31")) == "a.jsonl:2" + unfit);
  CHECK(message(changed(good, "\"cost\":120", "\"cost\":121")) == "a.jsonl:2" + unfit);
  CHECK(message(changed(good, "\"number\":41", "\"number\":42")) == "a.jsonl:1" + unfit);
  const auto second = good.find('\n') + 1, third = good.find('\n', second) + 1;
  CHECK(message(good.substr(0, second) + good.substr(third)) == "a.jsonl:2" + unfit);
  CHECK(message(changed(good, "\"seal\":", "\"ring\":")).find("a.jsonl:1: has a field") == 0);
  // Sums of what a file holds do not wrap, and no attempt costs more than one can.
  CHECK_THAT(message(changed(good, "\"cost\":120", "\"cost\":20000000000001")),
             Catch::Contains("a.jsonl:2 attempts: 'cost' is no whole number from 0 to"));
  CHECK_THAT(message(good + "[]\n"), Catch::Contains("a.jsonl:4: is no JSON object"));
  CHECK_THAT(message(good + std::string(100'000, '[') + "\n"),
             Catch::Contains("a.jsonl:4: is no JSON, or far more"));
}

TEST_CASE("a ledger goes on after a restart as if it had never stopped", "[io]") {
  const Scratch scratch;
  const std::filesystem::path folder = scratch.path();
  const ModelQuestion young = sample_question("Aged 18-64."), later = sample_question("Later.");
  const Subject subject{.decision = "stay_home", .step = 9, .features = "age=18-64"};
  const auto go_on = [&](Ledger& ledger) {
    ledger.asked(subject, sample_settings(), later, sample_reply(later, {sample_success(0, 1)}));
    ledger.asked(subject, sample_settings(), young, sample_reply(young, {sample_success(0, 2)}));
  };
  Ledger straight = sample_ledger();
  SegmentKeeper keeper;
  straight.keep(keeper);
  keeper.write({0, 5, folder / segment_name(0, 5)});
  go_on(straight);
  straight.keep(keeper);
  keeper.write({5, 9, folder / segment_name(5, 9)});

  // From the first commit, with what comes after it again; and from the second.
  for (const Step from : {5u, 9u}) {
    SegmentKeeper back;
    Ledger resumed;
    resumed.declare("stay_home", sample_features());
    back.give_back(segments_until(folder, from));
    resumed.keep(back);
    back.done();
    if (from == 5) {
      CHECK(rows_of(resumed) == rows_of(sample_ledger()));
      go_on(resumed);
    }
    CHECK(rows_of(resumed) == rows_of(straight));
    CHECK(resumed.questions() == 3);
  }
}

TEST_CASE("a branch that asks for the first time has a ledger without a past", "[io]") {
  const Scratch scratch;
  SegmentKeeper keeper;
  std::vector<u32> other{1, 2};
  keeper.grows("other", other);
  keeper.write({0, 5, std::filesystem::path(scratch.path()) / segment_name(0, 5)});
  SegmentKeeper back;
  back.give_back(segments_until(scratch.path(), 5));
  Ledger ledger;
  ledger.declare("stay_home", sample_features());
  ledger.keep(back);
  CHECK(ledger.labels().size() == 6);
  CHECK(ledger.asked().empty());
}

TEST_CASE("texts of a ledger are UTF-8 without zero bytes, whatever came", "[io]") {
  CHECK(clean_text("«ok»\n") == "«ok»\n");
  CHECK(clean_text(std::string("a\0b", 3)) == "a b");
  CHECK(clean_text("a\xff"
                   "b") ==
        "a\xef\xbf\xbd"
        "b");
  const std::string long_text = clean_text("x" + std::string(5000, '\xc3'));
  CHECK(long_text.size() <= most_answer_text);
  CHECK(clean_text(long_text) == long_text);
  std::string umlauts;
  for (int k = 0; k < 3000; ++k) {
    umlauts += "ä";
  }
  CHECK(clean_text("x" + umlauts) == "x" + umlauts.substr(0, 4094));
}

TEST_CASE("features of a question are a text that reads back", "[io]") {
  const auto features = sample_features();
  const std::vector<u16> values{1, 0, 1};
  const std::string text = features_text(features, values);
  CHECK(text == "age=65+;borough=Bronx;reported_cases=50-99");
  const auto read = features_in(text);
  CHECK(read.size() == 3);
  CHECK(read[1] == std::pair<std::string, std::string>("borough", "Bronx"));
  CHECK(features_in("").empty());
  for (const char* bad : {"age", "age=", "=1", "age=1;", ";", "a=b=c", "a=1;;b=2"}) {
    INFO(bad);
    CHECK_THROWS_AS(features_in(bad), InputError);
  }
  Ledger ledger;
  const Feature odd{.name = "age", .labels = {"18;19"}, .numbers = {}};
  CHECK_THROWS_WITH(ledger.declare("d", std::span(&odd, 1)), Catch::Contains("label '18;19'"));
}
