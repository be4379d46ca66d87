#include "scenarios/city/tables.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>

#include "sim/error.h"

namespace throng {
namespace {

constexpr double any = std::numeric_limits<double>::max();

/// One comma-separated line; a field may be quoted, with "" for a quote inside.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

/// Reads one file by column name and collects every mistake; a value that cannot be read becomes 0
/// and is never used, since the caller throws when there is a mistake.
class TableFile {
 public:
  TableFile(const std::filesystem::path& folder, const std::string& name,
            std::vector<std::string> columns, std::vector<std::string>& mistakes)
      : name_(name), columns_(std::move(columns)), mistakes_(mistakes) {
    std::ifstream file(folder / name);
    if (!file) {
      mistakes_.push_back((folder / name).string() +
                          ": cannot be read (it is one of the city's tables). Restore it, or run "
                          "tools/nyc_tables/derive.py");
      return;
    }
    std::string line;
    std::getline(file, line);
    if (!check_header(fields_of(line))) {
      return;
    }
    for (u32 number = 2; std::getline(file, line); ++number) {
      std::vector<std::string> fields = fields_of(line);
      if (fields.size() != columns_.size()) {
        mistake(number, "has " + std::to_string(fields.size()) + " fields (the header has " +
                            std::to_string(columns_.size()) + "). Complete the row");
        continue;
      }
      rows_.push_back(std::move(fields));
      lines_.push_back(number);
    }
    if (rows_.empty()) {
      mistakes_.push_back(name_ + ": has no rows (a city needs them). Restore the table");
    }
  }

  std::size_t rows() const { return rows_.size(); }
  const std::string& text(std::size_t row, const std::string& column) const {
    return rows_[row][at(column)];
  }
  double number(std::size_t row, const std::string& column, double low = 0, double high = any) {
    const std::string& field = text(row, column);
    double value = 0;
    const char* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) {
      mistake(lines_[row],
              "column '" + column + "' has '" + field + "' (not a number). Correct it");
      return 0;
    }
    if (value < low || value > high) {
      std::ostringstream problem;
      problem << "column '" << column << "' has " << field << " (below " << low;
      if (high < any) {
        problem << " or above " << high;
      }
      problem << "). Correct it";
      mistake(lines_[row], problem.str());
      return 0;
    }
    return value;
  }
  u32 count(std::size_t row, const std::string& column) {
    const double value = number(row, column, 0, 4294967295.0);
    if (value != std::floor(value)) {
      mistake(lines_[row], "column '" + column + "' has '" + text(row, column) +
                               "' (a count is a whole number). Correct it");
    }
    return static_cast<u32>(value);
  }
  /// The position of the field in `known`, or a mistake.
  std::optional<u32> choice(std::size_t row, const std::string& column,
                            const std::vector<std::string>& known, const std::string& of) {
    const std::string& field = text(row, column);
    const auto found = std::find(known.begin(), known.end(), field);
    if (found == known.end()) {
      mistake(lines_[row], "column '" + column + "' has '" + field + "' (" + of +
                               " does not have it). Correct the code");
      return std::nullopt;
    }
    return static_cast<u32>(found - known.begin());
  }
  /// A key may stand once only.
  void once(std::size_t row, const std::string& key) {
    if (!keys_.insert(key).second) {
      mistake(lines_[row], "row '" + key + "' stands twice (which row counts?). Remove one");
    }
  }
  /// Rows must be exactly as many as `wanted`.
  void expect_rows(std::size_t wanted, const std::string& why) {
    if (!rows_.empty() && rows_.size() != wanted) {
      mistakes_.push_back(name_ + ": has " + std::to_string(rows_.size()) + " rows (" + why +
                          " need " + std::to_string(wanted) + "). Restore the table");
    }
  }
  /// No more rows than can be numbered.
  void expect_at_most(std::size_t most) {
    if (rows_.size() > most) {
      mistakes_.push_back(name_ + ": has " + std::to_string(rows_.size()) + " rows (at most " +
                          std::to_string(most) + " can be numbered). Join some of them");
    }
  }
  void mistake(std::size_t line, const std::string& text) {
    mistakes_.push_back(name_ + ":" + std::to_string(line) + ": " + text);
  }
  std::size_t line(std::size_t row) const { return lines_[row]; }

 private:
  bool check_header(const std::vector<std::string>& header) {
    const std::size_t before = mistakes_.size();
    for (const std::string& column : columns_) {
      if (std::find(header.begin(), header.end(), column) == header.end()) {
        mistakes_.push_back(name_ + ":1: column '" + column +
                            "' is missing (the city needs it). Restore the table");
      }
    }
    for (const std::string& column : header) {
      if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) {
        mistakes_.push_back(name_ + ":1: column '" + column +
                            "' is unknown (it would be ignored). Remove or correct it");
      }
    }
    if (before == mistakes_.size() && header.size() != columns_.size()) {
      mistakes_.push_back(name_ + ":1: a column stands twice (which one counts?). Remove one");
    }
    columns_ = header;
    return before == mistakes_.size();
  }
  std::size_t at(const std::string& column) const {
    const auto found = std::find(columns_.begin(), columns_.end(), column);
    ensures(found != columns_.end(), "only declared columns are read");
    return static_cast<std::size_t>(found - columns_.begin());
  }

  std::string name_;
  std::vector<std::string> columns_;
  std::vector<std::string>& mistakes_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
  std::set<std::string> keys_;
};

const std::vector<std::string> size_columns = {"size_1", "size_2", "size_3", "size_4",
                                               "size_5", "size_6", "size_7"};
const std::vector<std::string> level_columns = {"preschool", "kindergarten", "grades_1_8",
                                                "grades_9_12", "college_18_22"};
const std::vector<std::string> occupation_columns = {"professional", "service", "office",
                                                     "construction", "production"};
const std::vector<std::string> income_columns = {"income_1", "income_2", "income_3", "income_4",
                                                 "income_5"};
const std::vector<std::string> broad_columns = {"age_0_19",  "age_20_29", "age_30_39",
                                                "age_40_49", "age_50_64", "age_65"};
const std::vector<std::string> telework_columns = {"telework_lowest", "telework_medium",
                                                   "telework_high", "telework_highest"};
const std::vector<std::string> band_labels = {"1-4",     "5-9",     "10-19",   "20-49", "50-99",
                                              "100-249", "250-499", "500-999", "1000+"};
const std::vector<std::string> age_labels = {"0-4",   "5-9",   "10-14", "15-19", "20-24", "25-29",
                                             "30-34", "35-39", "40-44", "45-49", "50-54", "55-59",
                                             "60-64", "65-69", "70-74", "75-79", "80-84", "85+"};

std::vector<std::string> joined(std::vector<std::string> first,
                                std::initializer_list<std::vector<std::string>> more) {
  for (const std::vector<std::string>& list : more) {
    first.insert(first.end(), list.begin(), list.end());
  }
  return first;
}

template <class Facts>
std::vector<std::string> codes_of(const std::vector<Facts>& all) {
  std::vector<std::string> out;
  for (const Facts& one : all) {
    out.push_back(one.code);
  }
  return out;
}

template <std::size_t n>
void read_shares(TableFile& file, std::size_t row, const std::vector<std::string>& columns,
                 std::array<double, n>& out) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += out[i] = file.number(row, columns[i], 0, 1);
  }
  if (sum < 0.999 || sum > 1.001) {
    file.mistake(file.line(row), "columns '" + columns.front() + "' to '" + columns.back() +
                                     "' add up to " + std::to_string(sum) +
                                     " (shares add up to 1). Correct them");
  }
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& folder) : folder_(folder) {}

  CityTables read() {
    read_boroughs();
    read_people();
    read_commuting();
    read_neighborhoods();
    read_ages_of_neighborhoods();
    read_sectors();
    read_establishments();
    read_grades();
    read_years();
    read_contacts();
    if (mistakes_.empty()) {
      compare_tables();
    }
    if (!mistakes_.empty()) {
      throw InputError(mistakes_);
    }
    return std::move(tables_);
  }

 private:
  TableFile open(const std::string& name, std::vector<std::string> columns) {
    return TableFile(folder_, name, std::move(columns), mistakes_);
  }

  void read_boroughs() {
    TableFile file =
        open("boroughs.csv",
             joined({"code", "name", "people_in_households_2018", "households_2018", "living_alone",
                     "living_alone_65", "couples_with_children", "couples_without_children",
                     "single_mothers", "single_fathers", "households_with_children"},
                    {size_columns, level_columns, {"employed", "in_commuters"}}));
    file.expect_at_most(most_boroughs);
    for (std::size_t r = 0; r < file.rows(); ++r) {
      BoroughFacts b;
      b.code = file.text(r, "code");
      file.once(r, b.code);
      b.name = file.text(r, "name");
      b.people_in_households = file.number(r, "people_in_households_2018", 1);
      b.households = file.number(r, "households_2018", 1);
      b.living_alone = file.number(r, "living_alone");
      b.living_alone_65 = file.number(r, "living_alone_65");
      b.couples_with_children = file.number(r, "couples_with_children");
      b.couples_without_children = file.number(r, "couples_without_children");
      b.single_mothers = file.number(r, "single_mothers");
      b.single_fathers = file.number(r, "single_fathers");
      b.households_with_children = file.number(r, "households_with_children");
      read_shares(file, r, size_columns, b.size_share);
      for (u32 level = 0; level < school_levels; ++level) {
        b.enrolled[level] = file.number(r, level_columns[level]);
      }
      b.employed = file.number(r, "employed");
      b.in_commuters = file.number(r, "in_commuters");
      tables_.boroughs.push_back(std::move(b));
    }
    borough_codes_ = codes_of(tables_.boroughs);
  }

  void read_people() {
    TableFile file = open("borough_age_sex.csv", {"borough", "age", "female", "male"});
    file.expect_rows(tables_.boroughs.size() * five_year_groups, "boroughs and age groups");
    for (std::size_t r = 0; r < file.rows(); ++r) {
      const auto b = file.choice(r, "borough", borough_codes_, "boroughs.csv");
      const auto g = file.choice(r, "age", age_labels, "the list of age groups");
      if (b && g) {
        file.once(r, file.text(r, "borough") + " " + file.text(r, "age"));
        tables_.boroughs[*b].people[0][*g] = file.count(r, "female");
        tables_.boroughs[*b].people[1][*g] = file.count(r, "male");
      }
    }
  }

  void read_commuting() {
    TableFile file = open("commuting.csv", {"home", "work", "workers", "moe90"});
    const std::vector<std::string> works = joined(borough_codes_, {{"outside"}});
    file.expect_rows(borough_codes_.size() * works.size(), "pairs of boroughs");
    for (BoroughFacts& b : tables_.boroughs) {
      b.workers_to.assign(works.size(), 0.0);
      b.workers_moe.assign(works.size(), 0.0);
    }
    for (std::size_t r = 0; r < file.rows(); ++r) {
      const auto home = file.choice(r, "home", borough_codes_, "boroughs.csv");
      const auto work = file.choice(r, "work", works, "boroughs.csv");
      if (home && work) {
        file.once(r, file.text(r, "home") + " " + file.text(r, "work"));
        tables_.boroughs[*home].workers_to[*work] = file.number(r, "workers");
        tables_.boroughs[*home].workers_moe[*work] = file.number(r, "moe90");
      }
    }
  }

  void read_neighborhoods() {
    TableFile file = open("neighborhoods.csv", joined({"code",
                                                       "name",
                                                       "borough",
                                                       "latitude",
                                                       "longitude",
                                                       "east_km",
                                                       "north_km",
                                                       "people_in_households",
                                                       "households",
                                                       "living_alone",
                                                       "living_alone_65",
                                                       "couples_with_children",
                                                       "couples_without_children",
                                                       "single_mothers",
                                                       "single_fathers",
                                                       "other_families",
                                                       "shared",
                                                       "nursing",
                                                       "dormitory",
                                                       "jail",
                                                       "employed_rate",
                                                       "job_weight"},
                                                      {income_columns, occupation_columns}));
    file.expect_at_most(most_city_neighborhoods);
    for (std::size_t r = 0; r < file.rows(); ++r) {
      NeighborhoodFacts h;
      h.code = file.text(r, "code");
      file.once(r, h.code);
      h.name = file.text(r, "name");
      h.borough =
          static_cast<u8>(file.choice(r, "borough", borough_codes_, "boroughs.csv").value_or(0));
      if (r > 0 && h.borough < tables_.neighborhoods.back().borough) {
        file.mistake(file.line(r),
                     "neighborhood '" + h.code +
                         "' is out of order (those of one borough stand together, in the "
                         "order of boroughs.csv). Sort the rows");
      }
      h.latitude = file.number(r, "latitude", -90, 90);
      h.longitude = file.number(r, "longitude", -180, 180);
      h.east = file.number(r, "east_km", -20000, 20000);
      h.north = file.number(r, "north_km", -20000, 20000);
      read_households(file, r, h);
      h.employed_rate = file.number(r, "employed_rate", 0, 1);
      h.job_weight = file.number(r, "job_weight");
      read_shares(file, r, income_columns, h.income);
      read_shares(file, r, occupation_columns, h.occupation);
      tables_.neighborhoods.push_back(std::move(h));
    }
    neighborhood_codes_ = codes_of(tables_.neighborhoods);
  }

  static void read_households(TableFile& file, std::size_t r, NeighborhoodFacts& h) {
    h.people_in_households = file.number(r, "people_in_households");
    h.households = file.number(r, "households");
    h.living_alone = file.number(r, "living_alone");
    h.living_alone_65 = file.number(r, "living_alone_65");
    h.couples_with_children = file.number(r, "couples_with_children");
    h.couples_without_children = file.number(r, "couples_without_children");
    h.single_mothers = file.number(r, "single_mothers");
    h.single_fathers = file.number(r, "single_fathers");
    h.other_families = file.number(r, "other_families");
    h.shared = file.number(r, "shared");
    h.quarters = {file.number(r, "nursing"), file.number(r, "dormitory"), file.number(r, "jail")};
    if (h.households > h.people_in_households) {
      file.mistake(file.line(r),
                   "has more households than people in them (each has one at least). "
                   "Correct 'households' or 'people_in_households'");
    }
  }

  void read_ages_of_neighborhoods() {
    TableFile file = open("neighborhood_age_sex.csv", joined({"code", "sex"}, {broad_columns}));
    file.expect_rows(2 * neighborhood_codes_.size(), "neighborhoods and sexes");
    for (std::size_t r = 0; r < file.rows(); ++r) {
      const auto h = file.choice(r, "code", neighborhood_codes_, "neighborhoods.csv");
      const auto sex = file.choice(r, "sex", {"female", "male"}, "the list of sexes");
      if (h && sex) {
        file.once(r, file.text(r, "code") + " " + file.text(r, "sex"));
      }
      for (u32 g = 0; g < broad_groups && h && sex; ++g) {
        tables_.neighborhoods[*h].people[*sex][g] = file.number(r, broad_columns[g]);
      }
    }
  }

  void read_sectors() {
    std::vector<std::string> jobs;
    for (const std::string& code : borough_codes_) {
      jobs.push_back("jobs_" + code);
    }
    TableFile file = open("sectors.csv",
                          joined({"naics", "name"}, {telework_columns, jobs, occupation_columns}));
    file.expect_at_most(most_sectors);
    for (std::size_t r = 0; r < file.rows(); ++r) {
      SectorFacts s;
      s.code = file.text(r, "naics");
      file.once(r, s.code);
      s.name = file.text(r, "name");
      for (std::size_t i = 0; i < telework_columns.size(); ++i) {
        s.telework[i] = file.number(r, telework_columns[i], 0, 1);
      }
      for (const std::string& column : jobs) {
        s.jobs.push_back(file.number(r, column));
      }
      read_shares(file, r, occupation_columns, s.occupation);
      tables_.sectors.push_back(std::move(s));
    }
    sector_codes_ = codes_of(tables_.sectors);
  }

  void read_establishments() {
    TableFile file =
        open("establishments.csv", {"naics", "size_band", "establishments", "employment"});
    file.expect_rows(sector_codes_.size() * size_bands, "sectors and size bands");
    for (std::size_t r = 0; r < file.rows(); ++r) {
      const auto s = file.choice(r, "naics", sector_codes_, "sectors.csv");
      const auto band = file.choice(r, "size_band", band_labels, "the list of size bands");
      if (s && band) {
        file.once(r, file.text(r, "naics") + " " + file.text(r, "size_band"));
        tables_.sectors[*s].establishments[*band] = file.number(r, "establishments");
        tables_.sectors[*s].employment[*band] = file.number(r, "employment");
      }
    }
  }

  void read_grades() {
    TableFile file = open("grades.csv", {"level", "grade", "class_size", "school_size"});
    file.expect_at_most(most_grades);
    for (std::size_t r = 0; r < file.rows(); ++r) {
      GradeFacts g;
      g.level = file.choice(r, "level", level_columns, "the list of school levels").value_or(0);
      g.grade = file.text(r, "grade");
      g.class_size = file.number(r, "class_size", 1, 250);
      g.school_size = file.number(r, "school_size", 1);
      if (r > 0 && g.level < tables_.grades.back().level) {
        file.mistake(
            file.line(r),
            "grade '" + g.grade + "' is out of order (younger levels stand first). Sort the rows");
      }
      tables_.grades.push_back(std::move(g));
    }
  }

  void read_years() {
    TableFile file = open("ages.csv", {"age", "weight", "employed"});
    file.expect_rows(years_of_age, "the ages 0 to 100");
    for (std::size_t r = 0; r < file.rows() && r < years_of_age; ++r) {
      if (file.count(r, "age") != r) {
        file.mistake(file.line(r), "age " + file.text(r, "age") + " stands where " +
                                       std::to_string(r) +
                                       " should (ages run from 0 to 100). Sort the rows");
      }
      tables_.age_weight[r] = file.number(r, "weight");
      tables_.employed_rate[r] = file.number(r, "employed", 0, 1);
    }
  }

  void read_contacts() {
    std::vector<std::string> columns;
    for (u32 g = 0; g < contact_groups; ++g) {
      columns.push_back("age_" + std::to_string(5 * g));
    }
    TableFile file = open("contact_rates.csv", joined({"quantile"}, {columns}));
    file.expect_rows(contact_quantiles, "the quantiles");
    for (std::size_t r = 0; r < file.rows() && r < contact_quantiles; ++r) {
      for (u32 g = 0; g < contact_groups; ++g) {
        tables_.contact_rate[g][r] = static_cast<u8>(file.number(r, columns[g], 0, 255));
      }
    }
  }

  // ---- What one table asks for another must be able to give
  // -----------------------------------------

  void compare_tables() {
    for (u32 group = 0; group < five_year_groups; ++group) {
      const auto first = tables_.age_weight.begin() + 5 * group;
      const auto last = group + 1 == five_year_groups ? tables_.age_weight.end() : first + 5;
      if (!(std::accumulate(first, last, 0.0) > 0)) {
        mistakes_.push_back("ages.csv: the weights of ages " + age_labels[group] +
                            " are all 0 (people of that group need an age). Give one a weight");
      }
    }
    for (std::size_t b = 0; b < tables_.boroughs.size(); ++b) {
      compare_borough(b);
    }
  }

  void compare_borough(std::size_t b) {
    const BoroughFacts& facts = tables_.boroughs[b];
    const std::string borough = "borough '" + facts.code + "'";
    if (facts.employed > 0 &&
        !(std::accumulate(facts.workers_to.begin(), facts.workers_to.end(), 0.0) > 0)) {
      mistakes_.push_back(
          "commuting.csv: " + borough +
          " sends nobody anywhere (boroughs.csv has employed people there). Add workers");
    }
    for (u32 level = 0; level < school_levels; ++level) {
      const bool taught = std::any_of(tables_.grades.begin(), tables_.grades.end(),
                                      [&](const GradeFacts& g) { return g.level == level; });
      if (facts.enrolled[level] > 0 && !taught) {
        mistakes_.push_back("grades.csv: level '" + level_columns[level] + "' has no grade (" +
                            borough + " has pupils of it). Add one");
      }
    }
    double households = 0;
    std::array<double, broad_groups> people{};
    for (const NeighborhoodFacts& h : tables_.neighborhoods) {
      households += h.borough == b ? h.households : 0;
      for (u32 g = 0; g < broad_groups && h.borough == b && h.households > 0; ++g) {
        people[g] += std::min(h.people[0][g], h.people[1][g]);
      }
    }
    if (!(households > 0)) {
      mistakes_.push_back("neighborhoods.csv: " + borough +
                          " has no households (its people must live somewhere). Add some");
    } else if (std::any_of(people.begin(), people.end(), [](double n) { return !(n > 0); })) {
      mistakes_.push_back(
          "neighborhood_age_sex.csv: " + borough +
          " has an age group without women or men in all its neighborhoods (the people "
          "of borough_age_sex.csv are spread by these). Add some");
    }
  }

  std::filesystem::path folder_;
  std::vector<std::string> mistakes_, borough_codes_, neighborhood_codes_, sector_codes_;
  CityTables tables_;
};

}  // namespace

double CityTables::people() const {
  double all = 0;
  for (const BoroughFacts& b : boroughs) {
    for (const auto& sex : b.people) {
      all = std::accumulate(sex.begin(), sex.end(), all);
    }
  }
  return all;
}

CityTables read_city_tables(const std::filesystem::path& folder) { return Reader(folder).read(); }

}  // namespace throng
