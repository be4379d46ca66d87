// Broken tables: each mistake has its own words, and all of them are said at once.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "scenarios/city/city.h"
#include "sim/error.h"

using namespace throng;
namespace fs = std::filesystem;

namespace {

const fs::path original = THRONG_SOURCE_DIR "/scenarios/nyc/tables";

/// A copy of New York's tables to break, removed at the end.
class Copy {
 public:
  explicit Copy(const std::string& name)
      : folder_(fs::temp_directory_path() / ("throng_tables_" + name)) {
    fs::remove_all(folder_);
    fs::copy(original, folder_);
  }
  ~Copy() { fs::remove_all(folder_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  const fs::path& folder() const { return folder_; }
  void replace(const std::string& file, const std::string& old_text,
               const std::string& new_text) const {
    std::ifstream in(folder_ / file);
    std::stringstream all;
    all << in.rdbuf();
    std::string text = all.str();
    const std::size_t at = text.find(old_text);
    REQUIRE(at != std::string::npos);
    text.replace(at, old_text.size(), new_text);
    std::ofstream(folder_ / file) << text;
  }
  std::vector<std::string> mistakes() const {
    try {
      read_city_tables(folder_);
    } catch (const InputError& error) {
      return error.messages();
    }
    return {};
  }

 private:
  fs::path folder_;
};

struct Broken {
  std::string file, old_text, new_text, message;
};

}  // namespace

TEST_CASE("the tables of New York are read as they stand", "[city]") {
  const CityTables tables = read_city_tables(original);

  CHECK(tables.boroughs.size() == 5);
  CHECK(tables.boroughs[0].people[1][0] == 51'003);  // boys under 5 in the Bronx
  CHECK(tables.neighborhoods.size() == 262);
  CHECK(tables.sectors[0].name == "Agriculture, Forestry, Fishing and Hunting");  // a quoted field
  CHECK(tables.boroughs[1].workers_to[2] == 402'684);  // Brooklyn to Manhattan
}

TEST_CASE("every check of the tables has its words", "[city]") {
  const std::vector<Broken> all = {
      {"ages.csv", "\n5,", "\n5,,",
       "ages.csv:7: has 4 fields (the header has 3). Complete the row"},
      {"ages.csv", "age,weight", "age,wait",
       "ages.csv:1: column 'weight' is missing (the city needs it). Restore the table"},
      {"ages.csv", "employed\n", "employed,extra\n",
       "ages.csv:1: column 'extra' is unknown (it would be ignored). Remove or correct it"},
      {"ages.csv", "employed\n", "employed,age\n",
       "ages.csv:1: a column stands twice (which one counts?). Remove one"},
      {"ages.csv", "\n7,", "\n8,",
       "ages.csv:9: age 8 stands where 7 should (ages run from 0 to 100). Sort the rows"},
      {"ages.csv", "4889.000000", "many",
       "ages.csv:2: column 'weight' has 'many' (not a number). Correct it"},
      {"ages.csv", "4889.000000", "nan",
       "ages.csv:2: column 'weight' has 'nan' (not a number). Correct it"},
      {"ages.csv", "4889.000000", "-1", "ages.csv:2: column 'weight' has -1 (below 0). Correct it"},
      {"contact_rates.csv", "\n0,0,", "\n0,256,",
       "contact_rates.csv:2: column 'age_0' has 256 (below 0 or above 255). Correct it"},
      {"borough_age_sex.csv", "BX,0-4,49196", "BX,0-4,49196.5",
       "borough_age_sex.csv:2: column 'female' has '49196.5' (a count is a whole number). Correct "
       "it"},
      {"borough_age_sex.csv", "BX,0-4", "XX,0-4",
       "borough_age_sex.csv:2: column 'borough' has 'XX' (boroughs.csv does not have it). Correct "
       "the code"},
      {"borough_age_sex.csv", "BX,0-4", "BX,0-3",
       "borough_age_sex.csv:2: column 'age' has '0-3' (the list of age groups does not have it). "
       "Correct "
       "the code"},
      {"commuting.csv", "BX,BK,19606,1113.000000\n", "",
       "commuting.csv: has 29 rows (pairs of boroughs need 30). Restore the table"},
      {"commuting.csv", "BX,BK,", "BX,BX,",
       "commuting.csv:3: row 'BX BX' stands twice (which row counts?). Remove one"},
      {"sectors.csv", "\n21,", "\n11,",
       "sectors.csv:3: row '11' stands twice (which row counts?). Remove one"},
      {"grades.csv", "kindergarten,K", "grades_9_12,K",
       "grades.csv:4: grade '1' is out of order (younger levels stand first). Sort the rows"},
      {"grades.csv", "kindergarten,K", "preschool,K",
       "grades.csv: level 'kindergarten' has no grade (borough 'BX' has pupils of it). Add one"},
      {"boroughs.csv", "0.316760", "0.416760",
       "boroughs.csv:2: columns 'size_1' to 'size_7' add up to 1.099990 (shares add up to 1). "
       "Correct them"},
      {"neighborhoods.csv", "53605,20445", "53605,60445",
       "neighborhoods.csv:2: has more households than people in them (each has one at least). "
       "Correct "
       "'households' or 'people_in_households'"},
      {"neighborhoods.csv", "Melrose,BX", "Melrose,BK",
       "neighborhoods.csv:4: neighborhood 'BX0201' is out of order (those of one borough stand "
       "together, "
       "in the order of boroughs.csv). Sort the rows"},
  };
  for (const Broken& broken : all) {
    const Copy copy("one");
    copy.replace(broken.file, broken.old_text, broken.new_text);
    INFO(broken.file << ": '" << broken.old_text << "' -> '" << broken.new_text << "'");
    const std::vector<std::string> mistakes = copy.mistakes();
    REQUIRE(!mistakes.empty());
    CHECK(mistakes[0] == broken.message);
  }
}

TEST_CASE("what one table asks for and another cannot give is said", "[city]") {
  const Copy copy("cross");
  for (const char* const age : {"0,4889", "1,6057", "2,7528", "3,6755", "4,6182"}) {
    copy.replace("ages.csv", std::string("\n") + age, std::string("\n").append(age, 2).append("0"));
  }
  for (const char* const flow : {"SI,BX,1209", "SI,BK,29208", "SI,MN,49238", "SI,QN,5379",
                                 "SI,SI,101300", "SI,outside,16845"}) {
    const std::string text = flow;
    copy.replace("commuting.csv", text, text.substr(0, text.rfind(',')) + ",0");
  }

  const std::vector<std::string> mistakes = copy.mistakes();

  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0] ==
        "ages.csv: the weights of ages 0-4 are all 0 (people of that group need an age). Give one "
        "a weight");
  CHECK(mistakes[1] ==
        "commuting.csv: borough 'SI' sends nobody anywhere (boroughs.csv has employed people "
        "there). Add "
        "workers");
}

TEST_CASE("a borough without households or without an age group is refused", "[city]") {
  const Copy copy("empty_borough");
  for (const std::string name : {"neighborhoods.csv", "neighborhood_age_sex.csv"}) {
    std::ifstream in(copy.folder() / name);
    std::stringstream out;
    for (std::string line; std::getline(in, line);) {
      std::vector<std::string> fields;
      std::stringstream row(line);
      for (std::string field; std::getline(row, field, ',');) {
        fields.push_back(field);
      }
      if (name == "neighborhoods.csv" && line.rfind("SI", 0) == 0) {
        fields[8].assign(1, '0');  // households
      }
      if (name == "neighborhood_age_sex.csv" && line.rfind("MN", 0) == 0) {
        fields[7].assign(1, '0');  // 65 and older
      }
      for (std::size_t i = 0; i < fields.size(); ++i) {
        out << (i > 0 ? "," : "") << fields[i];
      }
      out << "\n";
    }
    in.close();
    std::ofstream(copy.folder() / name) << out.str();
  }

  const std::vector<std::string> mistakes = copy.mistakes();

  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0] ==
        "neighborhood_age_sex.csv: borough 'MN' has an age group without women or men in all its "
        "neighborhoods (the people of borough_age_sex.csv are spread by these). Add some");
  CHECK(mistakes[1] ==
        "neighborhoods.csv: borough 'SI' has no households (its people must live somewhere). Add "
        "some");
}

TEST_CASE("more boroughs than can be numbered are refused", "[city]") {
  const Copy copy("many_boroughs");
  std::string text;
  std::string row;
  std::ifstream in(original / "boroughs.csv");
  std::getline(in, text);
  std::getline(in, row);
  for (int b = 0; b < 256; ++b) {
    text.append("\n").append(std::to_string(b)).append(row.substr(row.find(',')));
  }
  std::ofstream(copy.folder() / "boroughs.csv") << text << "\n";

  const std::vector<std::string> mistakes = copy.mistakes();

  REQUIRE(!mistakes.empty());
  CHECK(mistakes[0] ==
        "boroughs.csv: has 256 rows (at most 255 can be numbered). Join some of them");
}

TEST_CASE("a missing and an empty table are named", "[city]") {
  const Copy copy("missing");
  fs::remove(copy.folder() / "ages.csv");
  std::ofstream(copy.folder() / "grades.csv") << "level,grade,class_size,school_size\n";

  const std::vector<std::string> mistakes = copy.mistakes();

  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0] == "grades.csv: has no rows (a city needs them). Restore the table");
  CHECK(mistakes[1] == (copy.folder() / "ages.csv").string() +
                           ": cannot be read (it is one of the city's tables). Restore it, or run "
                           "tools/nyc_tables/derive.py");
}

TEST_CASE("all mistakes of all tables are said at once", "[city]") {
  const Copy copy("several");
  copy.replace("ages.csv", "4889.000000", "many");
  copy.replace("boroughs.csv", "0.316760", "0.416760");
  copy.replace("grades.csv", "kindergarten,K", "nursery,K");

  const std::vector<std::string> mistakes = copy.mistakes();

  REQUIRE(mistakes.size() == 3);
  CHECK(mistakes[1] ==
        "grades.csv:3: column 'level' has 'nursery' (the list of school levels does not have it). "
        "Correct the code");
}

TEST_CASE("tables that cannot become a city are refused in words", "[city]") {
  CityTables jobless = read_city_tables(original);
  for (SectorFacts& sector : jobless.sectors) {
    sector.jobs[4] = 0;
  }
  CityTables homeless = read_city_tables(original);
  std::erase_if(homeless.neighborhoods, [](const NeighborhoodFacts& h) { return h.borough == 4; });

  CHECK_THROWS_WITH(
      City(jobless, 0.02, 1),
      "sectors.csv: borough 'SI' has no jobs (residents work there, says commuting.csv). "
      "Add jobs, and neighborhoods with a job_weight");
  CHECK_THROWS_WITH(City(homeless, 0.02, 1),
                    "neighborhoods.csv: borough 'SI' has no neighborhood (its people must live "
                    "somewhere). Add one");
}
