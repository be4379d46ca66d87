// Damaged input is refused, never a crash, a hang or another kind of error.
#include <ctime>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "io/csv_file.h"
#include "io/toml_file.h"
#include "scenarios/scenario_file.h"
#include "scenarios/user_files.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {
using Generator = std::mt19937_64;

std::size_t below(Generator& random, std::size_t n) { return n == 0 ? 0 : random() % n; }

// A flip of bits, a cut, a doubled piece, or a character that grammars care about.
std::string damaged(std::string text, Generator& random) {
  const std::string special = "[]{}=\"'#,.\n\r\\-_:+\t0eE";
  const std::size_t times = 1 + below(random, 4);
  for (std::size_t i = 0; i < times && !text.empty(); ++i) {
    const std::size_t at = below(random, text.size());
    switch (below(random, 4)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        text.insert(at, text.substr(below(random, text.size()), below(random, 40)));
        break;
      default:
        text[at] = special[below(random, special.size())];
    }
  }
  return text;
}

struct Outcome {
  int accepted = 0;
  int refused = 0;
};

template <class Read>
Outcome try_damaged(const std::string& good, int times, u64 seed, Read read) {
  Generator random(seed);
  Outcome outcome;
  for (int i = 0; i < times; ++i) {
    const std::string bad = damaged(good, random);
    try {
      read(bad);
      ++outcome.accepted;
    } catch (const InputError&) {
      ++outcome.refused;
    }  // any other exception fails the test
  }
  return outcome;
}

/// Processor time: what runs beside does not count.
template <class F>
double seconds_of(F&& f) {
  const std::clock_t start = std::clock();
  f();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}
}  // namespace

TEST_CASE("damaged scenarios are read or refused, nothing else", "[scenario][robustness]") {
  const Schema schema = example::schema();

  const Outcome outcome = try_damaged(example::text, 4000, 20200301, [&](const std::string& text) {
    // What is accepted is resolved to text that is accepted with equal values.
    const auto first = read_scenario_text(schema, text, "bad.toml", {});
    const auto second = read_scenario_text(schema, first.resolved, "again.toml", {});
    REQUIRE(first.values == second.values);
  });

  CHECK(outcome.refused > 1000);
  CHECK(outcome.accepted > 30);
}

TEST_CASE("damaged overrides are read or refused, nothing else", "[scenario][robustness]") {
  const Schema schema = example::schema();

  const Outcome outcome =
      try_damaged("epidemic.by_age=[1, 2, 3.5]", 1000, 7, [&](const std::string& text) {
        read_scenario_text(schema, example::text, "good.toml", {}, {.set = {text}});
      });

  CHECK(outcome.refused > 100);
  CHECK(outcome.accepted > 4);
}

TEST_CASE("damaged tables are read or refused, nothing else", "[scenario][robustness]") {
  const std::string good =
      "id,age,sex,neighborhood,household,place\r\n3,30,female,\"no,rth\",10,1\r\n"
      "1,31,male,north,10,\r\n7,5,female,\"so\"\"uth\",11,2\r\n12,77,other,south,11,\r\n";
  const auto columns = people_columns();
  const auto source = std::make_shared<Source>(Source{"people.csv", "", 1});

  const Outcome outcome = try_damaged(good, 20000, 42, [&](const std::string& text) {
    Mistakes mistakes;
    const CsvTable table = parse_csv(text, source, columns, mistakes);
    for (std::size_t row = 0; row < table.rows(); ++row) {
      table.place_of(row, "age");
    }
    mistakes.throw_if_any();
    REQUIRE(table.integers("id").size() == table.rows());
  });

  CHECK(outcome.refused > 1000);
  CHECK(outcome.accepted > 100);
}

TEST_CASE("deep nesting is refused before it exhausts the stack", "[scenario][robustness]") {
  const Schema schema = test::people_schema();
  const std::size_t depth = 200'000;
  std::string dots = "a", tables = "a = ";
  for (std::size_t i = 0; i < depth; ++i) {
    dots += ".a";
    tables += "{a = ";
  }

  const std::vector<std::string> texts = {"a = " + std::string(depth, '['), tables, dots + " = 1",
                                          "[" + dots + "]\nb = 1"};
  for (const std::string& text : texts) {
    CHECK_THROWS_AS(read_scenario_text(schema, text, "deep.toml", {}), InputError);
  }
}

TEST_CASE("huge words are refused quickly and told shortly", "[scenario][robustness]") {
  const Schema schema = test::people_schema();
  const std::string word(1'000'000, 'x');
  for (const std::string& text : {"run.steps = 1\n" + word + " = 1", "run.steps = \"" + word + "\"",
                                  "run.steps = 1\npopulation.kind = \"" + word + "\""}) {
    try {
      read_scenario_text(schema, text, "huge.toml", {});
      FAIL("accepted");
    } catch (const InputError& error) {
      CHECK(std::string(error.what()).size() < 2000);
    }
  }
}

TEST_CASE("many mistakes cost as much more as they are more", "[scenario][robustness]") {
  const Schema schema = test::people_schema();
  const auto cost = [&](int n) {
    std::string keys, dates = "run.steps = 1\noutput.snapshots = [2020-03-01", columns = "id";
    for (int i = 0; i < n; ++i) {
      const std::string name = std::string("x").append(std::to_string(i));
      keys.append(name).append(" = 1\n");
      dates.append(", 2020-03-01");
      columns.append(",").append(name);
    }
    return seconds_of([&] {
      CHECK_THROWS_AS(read_scenario_text(schema, keys, "keys.toml", {}), ReadError);
      CHECK_THROWS_AS(read_scenario_text(schema, dates + "]", "dates.toml", {}), ReadError);
      Mistakes mistakes;
      parse_csv(columns + "\n", std::make_shared<Source>(Source{"columns.csv", "", 1}),
                people_columns(), mistakes);
      CHECK(mistakes.size() == told_mistakes + 1);
    });
  };
  cost(1'000);

  const double few = cost(5'000), many = cost(40'000);

  INFO(few << " s for 5,000, " << many << " s for 40,000");
  CHECK(many < 8 * 3 * few);  // 64 times where each were compared with all others
}
