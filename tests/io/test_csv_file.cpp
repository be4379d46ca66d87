#include <chrono>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "io/csv_file.h"
#include "io/toml_file.h"

using namespace throng;

namespace {
const std::vector<CsvColumn> columns = {
    {.name = "id", .doc = "who", .required = true},
    {.name = "weight", .type = CsvType::number, .doc = "how much"},
    {.name = "name", .type = CsvType::text, .doc = "what"},
    {.name = "sex", .type = CsvType::choice, .doc = "sex", .choices = {"female", "male"}},
    {.name = "open", .type = CsvType::boolean, .doc = "whether"},
    {.name = "home", .doc = "where", .if_empty = -1}};

std::shared_ptr<const Source> source() { return std::make_shared<Source>(Source{"t.csv", "", 1}); }

CsvTable parse(const std::string& text) {
  Mistakes mistakes;
  CsvTable table = parse_csv(text, source(), columns, mistakes);
  mistakes.throw_if_any();
  return table;
}

template <class T>
std::vector<T> list(std::span<const T> values) {
  return {values.begin(), values.end()};
}
}  // namespace

TEST_CASE("columns come out in any order with their types", "[csv]") {
  const auto table =
      parse("weight,id,open,sex,home\n0.5,7,true,male,3\n-0.0,9,0,female,\n1e3,8,1,male,0\n");

  CHECK(table.rows() == 3);
  CHECK(list(table.integers("id")) == std::vector<i64>{7, 9, 8});
  CHECK(list(table.numbers("weight")) == std::vector<double>{0.5, 0.0, 1000.0});
  CHECK(list(table.integers("open")) == std::vector<i64>{1, 0, 1});
  CHECK(list(table.integers("sex")) == std::vector<i64>{1, 0, 1});
  CHECK(list(table.integers("home")) == std::vector<i64>{3, -1, 0});
  CHECK_FALSE(table.has("name"));
  CHECK(table.texts("name").empty());
}

TEST_CASE("byte order mark, CRLF, empty lines and a missing last line end are fine", "[csv]") {
  const auto table = parse("\xEF\xBB\xBFid,name\r\n\r\n1,a\r\n\r\n2,b");

  CHECK(list(table.integers("id")) == std::vector<i64>{1, 2});
  CHECK(list(table.texts("name")) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("quoted fields may hold commas, quotes and line ends", "[csv]") {
  const auto table = parse("\"id\",name\n\"1\",\"a, \"\"b\"\"\"\n2,\"two\nlines\"\n3,\"\"\n");

  CHECK(list(table.integers("id")) == std::vector<i64>{1, 2, 3});
  CHECK(list(table.texts("name")) == std::vector<std::string>{"a, \"b\"", "two\nlines", ""});
}

TEST_CASE("the place of a field is found again, whatever stands before it", "[csv]") {
  const auto table = parse("\xEF\xBB\xBFid,name\r\n\r\n1,\"two\nlines\"\n22,b\n");

  CHECK(table.place_of(0, "id").str() == "t.csv:3:1");
  CHECK(table.place_of(1, "id").str() == "t.csv:5:1");
  CHECK(table.place_of(1, "name").str() == "t.csv:5:4");
}

TEST_CASE("ids reach up to the largest 64-bit integer", "[csv]") {
  CHECK(parse("id\n9223372036854775807\n").integers("id")[0] == 9223372036854775807);
  CHECK_THROWS_AS(parse("id\n9223372036854775808\n"), InputError);
}

TEST_CASE("a million edges are read about as fast as a disk delivers them", "[csv]") {
  std::string text = "source,target,weight\n";
  for (int i = 0; i < 1'000'000; ++i) {
    text += std::to_string(i * 7 % 8'000'000) + "," + std::to_string(i * 13 % 8'000'000) + ",1\n";
  }
  const std::vector<CsvColumn> edges = {{.name = "source", .doc = "from"},
                                        {.name = "target", .doc = "to"},
                                        {.name = "weight", .doc = "strength"}};
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  double best = 1e9;  // of five: other work shares the machine
  std::size_t rows = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    Mistakes mistakes;
    std::string copy = text;
    const auto start = std::chrono::steady_clock::now();
    rows = parse_csv(std::move(copy), source(), edges, mistakes).rows();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }

  CHECK(rows == 1'000'000);
  WARN(megabytes << " MB at " << megabytes / best << " MB/s");
  // Measured: 300 MB/s on a free core. The bound leaves room for busy and instrumented machines.
  CHECK(megabytes / best > 10.0);
}

TEST_CASE("values of TOML remember where they stand", "[toml]") {
  const auto table = parse_toml("b = 1\n[s]\n  x = [1.5, \"two\"]\na = 2020-03-01\n", source());

  REQUIRE(table.size() == 2);
  CHECK(table[0].key == "b");
  CHECK(table[0].key_place.str() == "t.csv:1:1");
  const RawTable& section = *table[1].value.as<RawTable>();
  CHECK(section[0].key_place.str() == "t.csv:3:3");
  const RawArray& list = *section[0].value.as<RawArray>();
  CHECK(list[1].place.str() == "t.csv:3:13");
  CHECK(section[1].value.as<Date>()->str() == "2020-03-01");
}

TEST_CASE("the bytes of a file are read whole, and what cannot be read is said", "[toml]") {
  CHECK(read_text_file(std::string(THRONG_SOURCE_DIR) + "/tests/main.cpp").starts_with("#"));
  CHECK_THROWS_AS(read_text_file("/no/such/file"), IoError);
  CHECK_THROWS_AS(read_text_file(THRONG_SOURCE_DIR), IoError);
}
