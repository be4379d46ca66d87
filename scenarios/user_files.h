// A population from a user's own CSV files. Ids in the files are any whole numbers from 0 on; here
// people, households and places are numbered from 0 in the order of their ids.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/csv_file.h"
#include "sim/parameter.h"
#include "sim/types.h"

namespace throng {

struct UserFiles {
  std::filesystem::path people;
  std::optional<std::filesystem::path> households, places, edges;
};

enum class Sex : u8 { female, male, other };
enum class PlaceKind : u8 { work, school, other };

/// Limits of what a run can hold.
inline constexpr std::size_t most_household_members = 255;
inline constexpr std::size_t most_neighborhoods = 4096;  ///< a run weighs every pair of them

/// Every vector has an entry per row of its thing, or none where the files have no such column.
/// `no_agent` stands for "none": a person without a household, a place without a neighborhood.
struct UserPopulation {
  struct People {
    std::vector<i64> id;  ///< as in the file, ascending: AgentId i is person id[i]
    std::vector<u8> age;  ///< [year]
    std::vector<Sex> sex;
    std::vector<u32> neighborhood;  ///< index into `neighborhoods`
    std::vector<u32> household;     ///< index into `households`
    std::vector<u32> place;         ///< index into `places`
  };
  struct Households {
    std::vector<i64> id;
    std::vector<u32> neighborhood;
  };
  struct Places {
    std::vector<i64> id;
    std::vector<PlaceKind> kind;
    std::vector<u32> neighborhood;
  };
  /// In the order of the file; a row without `directed` is a contact both ways.
  struct Edges {
    std::vector<AgentId> source, target;
    std::vector<double> weight;
    std::vector<u8> directed;
  };

  People people;
  Households households;
  Places places;
  Edges edges;
  std::vector<std::string> neighborhoods;  ///< names, ascending by bytes
};

/// Columns of each file, for documentation.
std::vector<CsvColumn> people_columns();
std::vector<CsvColumn> household_columns();
std::vector<CsvColumn> place_columns();
std::vector<CsvColumn> edge_columns();

/// The files that a scenario with population.kind = "files" names.
UserFiles user_files(const Values& values);

/// Throws ReadError with the mistakes of all files: the first 20 of each, and their number.
UserPopulation read_user_population(const UserFiles& files);

}  // namespace throng
