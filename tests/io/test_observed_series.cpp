#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <zlib.h>

#include "io/gzip.h"
#include "io/observed_checks.h"
#include "io/observed_series.h"
#include "io/publish.h"
#include "sim/error.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

std::string file_with(const Scratch& folder, const std::string& text) {
  std::ofstream(folder / "t.csv", std::ios::binary) << text;
  return folder / "t.csv";
}

Observations read(const std::string& text, const std::vector<std::string>& columns = {}) {
  const Scratch folder;
  return read_observations(file_with(folder, text), columns);
}

/// "1:6 observed_twice", one for each mistake.
std::vector<std::string> mistakes_of(const std::string& text,
                                     const std::vector<std::string>& columns = {}) {
  try {
    read(text, columns);
  } catch (const ReadError& error) {
    std::vector<std::string> all;
    for (const Mistake& mistake : error.mistakes()) {
      all.push_back(std::to_string(mistake.place.line) + ":" +
                    std::to_string(mistake.place.column) + " " + mistake.check);
    }
    return all;
  }
  return {};
}

std::string words_of(const std::string& text, const std::vector<std::string>& columns = {}) {
  try {
    read(text, columns);
  } catch (const ReadError& error) {
    return error.mistakes().front().text;
  }
  return "";
}

Date day(const char* text) { return Date::parse(text).value(); }

std::string packed(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(bytes.size() - stream.avail_out);
  deflateEnd(&stream);
  return bytes;
}

}  // namespace

TEST_CASE("days of areas are series in the order of their dates", "[observed]") {
  const auto o = read(
      "date,area,cases,deaths\n"
      "2020-03-02,BK,4,0\n2020-03-01,BK,3,1.5\n2020-03-01,MN,7,\n2020-03-04,BK,-1e1,2\n");

  CHECK(o.period == Period::day);
  CHECK(o.columns == std::vector<std::string>{"cases", "deaths"});
  CHECK(o.areas == std::vector<std::string>{"BK", "MN"});
  REQUIRE(o.series.size() == 4);
  const ObservedSeries& cases = *o.find("cases", "BK");
  CHECK(cases.last_days ==
        std::vector<Date>{day("2020-03-01"), day("2020-03-02"), day("2020-03-04")});
  CHECK(cases.values == std::vector<double>{3, 4, -10});
  CHECK(cases.empty == 0);
  CHECK(o.find("deaths", "MN")->values.empty());
  CHECK(o.find("deaths", "MN")->empty == 1);
  CHECK(o.find("deaths", "QN") == nullptr);
}

TEST_CASE("a week is the seven days up to its end", "[observed]") {
  const auto o = read("week_ending,claims\n2020-03-21,38520.0\n2020-03-14,6620\n2020-04-04,1\n");

  CHECK(o.period == Period::week);
  CHECK(o.areas == std::vector<std::string>{""});
  CHECK(o.series[0].first_day(0) == day("2020-03-08"));
  CHECK(o.series[0].last_days[0] == day("2020-03-14"));
  CHECK(o.series[0].values == std::vector<double>{6620, 38520, 1});
}

TEST_CASE("a month is its own days", "[observed]") {
  const auto o = read("borough,year,month,rate\nBK,2020,2,4.1\nBK,2019,12,3.5\n");

  const ObservedSeries& rate = *o.find("rate", "BK");
  CHECK(o.period == Period::month);
  CHECK(rate.first_day(0) == day("2019-12-01"));
  CHECK(rate.last_days[0] == day("2019-12-31"));
  CHECK(rate.first_day(1) == day("2020-02-01"));
  CHECK(rate.last_days[1] == day("2020-02-29"));
}

TEST_CASE("a column without a name is left out", "[observed]") {
  const Scratch folder;
  for (const std::string text :
       {",date,cases\nrow 1,2020-03-01,3\n", "date,cases,\n2020-03-01,3,\n"}) {
    CHECK(read(text).columns == std::vector<std::string>{"cases"});
    CHECK(observed_columns(file_with(folder, text)) == std::vector<std::string>{"cases"});
  }
}

TEST_CASE("only the columns asked for have to be numbers", "[observed]") {
  const std::string text = "date,name,cases\n2020-03-01,Kings,3\n";

  const auto o = read(text, {"cases"});

  CHECK(o.columns == std::vector<std::string>{"cases"});
  CHECK(mistakes_of(text) == std::vector<std::string>{"2:12 csv_bad_value"});
  const Scratch folder;
  CHECK(observed_columns(file_with(folder, text)) == std::vector<std::string>{"name", "cases"});
}

TEST_CASE("every mistake of a file of observations is told at its place", "[observed]") {
  using List = std::vector<std::string>;
  CHECK(mistakes_of("") == List{"0:0 csv_empty"});
  CHECK(mistakes_of("area,cases\nBK,1\n") == List{"0:0 observed_when"});
  CHECK(mistakes_of("date,week_ending,cases\n2020-03-01,2020-03-07,1\n") ==
        List{"0:0 observed_two_times"});
  CHECK(mistakes_of("date,area,borough,cases\n2020-03-01,BK,BK,1\n") ==
        List{"0:0 observed_two_areas"});
  CHECK(mistakes_of("date,area\n2020-03-01,BK\n") == List{"0:0 observed_nothing"});
  CHECK(mistakes_of("date,cases\n") == List{"0:0 observed_no_rows"});
  CHECK(mistakes_of("date,cases\n2020-03-01,1\n", {"case", "none"}) ==
        List{"0:0 observed_column", "0:0 observed_column"});
  CHECK(mistakes_of("date,cases\n2020-03-01,1\n2020-03-02,2\n2020-03-01,3\n") ==
        List{"4:1 observed_twice"});
  CHECK(mistakes_of("week_ending,claims\n2020-03-07,1\n2020-03-13,1\n2020-03-21,1\n") ==
        List{"3:1 observed_week"});
  CHECK(mistakes_of("year,cases\n2020,1\n") == List{"1:1 csv_missing_column"});
  CHECK(mistakes_of("year,month,cases\n2020,13,1\n") == List{"2:6 csv_out_of_range"});
  CHECK(mistakes_of("date,date,cases\n2020-03-01,2020-03-01,1\n") ==
        List{"1:6 csv_duplicate_column"});
  // All at once.
  CHECK(mistakes_of("date,cases\n2020-02-30,nan\n1.3.2020,x\n2020-03-01,inf\n") ==
        List{"2:1 csv_bad_value", "2:12 csv_bad_value", "3:1 csv_bad_value", "3:10 csv_bad_value",
             "4:12 csv_bad_value"});
}

TEST_CASE("what is wrong with observations is said in words", "[observed]") {
  CHECK(words_of("date,cases\n2020-03-01,1\n", {"case"}) ==
        "there is no column 'case'. Did you mean 'cases'?");
  CHECK(words_of("date,area,cases\n2020-03-01,BK,1\n2020-03-01,BK,2\n") ==
        "2020-03-01 is there twice for 'BK' (first in line 2). Keep one row.");
  CHECK(words_of("year,month,cases\n2020,3,1\n2020,3,2\n") ==
        "2020-03 is there twice (first in line 2). Keep one row.");
  CHECK(words_of("week_ending,claims\n2020-03-07,1\n2020-03-13,1\n") ==
        "the week that ends on 2020-03-13 overlaps others (the first row's ends on 2020-03-07, and "
        "every week has 7 days). Correct the date.");
}

TEST_CASE("every check of observations has a bad file", "[observed]") {
  std::set<std::string> raised;
  for (const char* text :
       {"area,cases\nBK,1\n", "date,week_ending,cases\n2020-03-01,2020-03-07,1\n",
        "date,area,borough,cases\n2020-03-01,BK,BK,1\n", "date,area\n2020-03-01,BK\n",
        "date,cases\n", "date,cases\n2020-03-01,1\n2020-03-01,3\n",
        "week_ending,claims\n2020-03-07,1\n2020-03-13,1\n"}) {
    for (const std::string& mistake : mistakes_of(text)) {
      raised.insert(mistake.substr(mistake.find(' ') + 1));
    }
  }
  raised.insert(mistakes_of("date,cases\n2020-03-01,1\n", {"x"}).front().substr(4));

  std::set<std::string> declared;
  for (const Check& check : observed_checks) {
    declared.insert(std::string(check.id));
  }
  CHECK(raised == declared);
}

TEST_CASE("a file that gzip packed reads as it was", "[observed]") {
  const Scratch folder;
  std::string text = "date,cases\n";
  for (int k = 1; k <= 28; ++k) {
    text += "2020-02-" + std::string(k < 10 ? "0" : "") + std::to_string(k) + "," +
            std::to_string(k * k) + "\n";
  }
  const std::string path = folder / "t.csv.gz";
  const auto write = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  };

  write(packed(text));
  CHECK(read_packed_text(path) == text);
  CHECK(read_observations(path).series.front().values.size() == 28);

  // Several one after the other are one file.
  write(packed(text.substr(0, 100)) + packed(text.substr(100)));
  CHECK(read_packed_text(path) == text);

  // Cut short, damaged, or not packed at all.
  write(packed(text).substr(0, 60));
  CHECK_THROWS_WITH(read_packed_text(path), Catch::Contains("it is cut short"));
  std::string damaged = packed(text);
  damaged[damaged.size() / 2] ^= 0x55;
  write(damaged);
  CHECK_THROWS_AS(read_packed_text(path), IoError);
  write(text);
  CHECK_THROWS_WITH(read_packed_text(path), Catch::Contains("incorrect header check"));
  try {
    read_observations(path);
    FAIL("what is no gzip file was read");
  } catch (const ReadError& error) {
    CHECK(error.mistakes().front().check == "csv_unreadable");
  }
  CHECK_THROWS_AS(read_observations(folder / "absent.csv"), ReadError);
}

TEST_CASE("the shared observations of New York are read whole", "[observed]") {
  const std::filesystem::path data = std::filesystem::path(THRONG_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data)) {
    WARN("SKIPPED: " << data << " is not there. The shared observations were NOT read.");
    return;
  }

  const auto daily = read_observations(data / "nyc_daily_train_BK_MN_to_2020-08-31.csv.gz");
  const auto labor = read_observations(data / "laus_train_BK_MN_to_2020-08_others_2019.csv");
  const auto claims = read_observations(data / "ui_initial_claims_nyc_weekly_to_2020-08.csv");

  CHECK(daily.areas == std::vector<std::string>{"BK", "MN"});
  CHECK(daily.find("hospitalised", "BK")->values.size() == 185);
  CHECK(labor.find("unemployment_rate", "MN")->values.size() == 20);
  CHECK(labor.find("unemployment_rate", "SI")->values.size() == 12);
  CHECK(claims.find("initclaims_count_regular", "")->values.size() == 34);
}
