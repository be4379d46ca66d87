// The tables of a city: parts are files of their folder. The long ones that know no boroughs are
// New York's where the input has none.
#include "io/publish.h"
#include "scenarios/city/city.h"
#include "scenarios/city/tables.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

constexpr const char* names[] = {
    "boroughs.csv", "borough_age_sex.csv",      "commuting.csv",     "neighborhoods.csv",
    "sectors.csv",  "neighborhood_age_sex.csv", "establishments.csv"};
constexpr const char* long_names[] = {"ages.csv", "grades.csv", "contact_rates.csv"};

constexpr double scale = 0.01;  // the least that a scenario may ask for

std::string shipped(const std::string& name) {
  return read_file(THRONG_SOURCE_DIR "/scenarios/nyc/tables/" + name);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const std::vector<std::string> defaults = {shipped(long_names[0]), shipped(long_names[1]),
                                                    shipped(long_names[2])};
  static std::vector<std::string> there(std::size(long_names));
  const fuzz::Parts parts(data, size);
  for (const char* name : names) {
    folder.remove(name);
    if (parts.has(name)) {
      folder.write(name, parts[name]);
    }
  }
  for (std::size_t k = 0; k < there.size(); ++k) {
    const std::string text = parts.has(long_names[k]) ? parts[long_names[k]] : defaults[k];
    if (text != there[k]) {
      folder.write(long_names[k], text);
      there[k] = text;
    }
  }

  fuzz::takes([&] {
    const CityTables tables = read_city_tables(folder / "");
    const double people = tables.people();
    ensures(people >= 0, "a city has people or none");
    for (const NeighborhoodFacts& h : tables.neighborhoods) {
      ensures(h.borough < tables.boroughs.size(), "a neighborhood is in a borough");
    }
    if (people * scale <= 20'000) {
      const City city(tables, scale, 1);
      const BuiltPopulation built(city);
      ensures(built.age.size() == city.people(), "a city is as large as it says");
    }
  });
  return 0;
}
