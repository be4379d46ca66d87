#include "scenarios/user_files.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "io/checks.h"
#include "scenarios/engine_parameters.h"
#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {
namespace {
constexpr i64 none = -1;  // what an empty reference is read as

// From ids as written to consecutive numbers in their order.
class Numbering {
 public:
  Numbering() = default;
  explicit Numbering(std::vector<i64> ascending) : ids_(std::move(ascending)) {
    // Unsigned: the first and the last may lie further apart than an i64 can say.
    const bool dense =
        !ids_.empty() &&
        static_cast<u64>(ids_.back()) - static_cast<u64>(ids_.front()) == ids_.size() - 1;
    if (!dense) {
      fill_slots();
    }
  }

  /// no_agent for an id that is not there.
  u32 operator()(i64 id) const {
    if (ids_.empty() || id < ids_.front() || id > ids_.back()) {
      return no_agent;
    }
    if (slots_.empty()) {
      return static_cast<u32>(id - ids_.front());
    }
    for (std::size_t slot = hash(id);; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot] == no_agent || ids_[slots_[slot]] == id) {
        return slots_[slot];
      }
    }
  }
  const std::vector<i64>& ids() const { return ids_; }

 private:
  // Open addressing at half load: only asked, never walked, so its order is in no result.
  void fill_slots() {
    slots_.assign(std::bit_ceil(2 * ids_.size() + 2), no_agent);
    shift_ = 64 - std::countr_zero(slots_.size());
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      std::size_t slot = hash(ids_[i]);
      while (slots_[slot] != no_agent) {
        slot = (slot + 1) & (slots_.size() - 1);
      }
      slots_[slot] = static_cast<u32>(i);
    }
  }
  std::size_t hash(i64 id) const {
    return static_cast<std::size_t>((static_cast<u64>(id) * 0x9E3779B97F4A7C15ull) >> shift_);
  }

  std::vector<i64> ids_;
  std::vector<u32> slots_;
  int shift_ = 0;
};

// Rows of a table in the order of their ids.
std::vector<u32> order_of(std::span<const i64> ids) {
  std::vector<u32> order(ids.size());
  std::iota(order.begin(), order.end(), 0u);
  if (!std::is_sorted(ids.begin(), ids.end())) {
    std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) { return ids[a] < ids[b]; });
  }
  return order;
}

struct Thing {
  std::string_view name;  ///< "person"
  std::string_view home;  ///< "the file of people"
};
constexpr Thing person{"person", "the file of people"};
constexpr Thing household{"household", "the file of households"};
constexpr Thing place{"place", "the file of places"};

// One file: its table, and whether it may be used.
struct File {
  CsvTable table;
  bool present = false;
  bool sound = true;
};

class UserReader {
 public:
  UserPopulation read(const UserFiles& files) {
    const File people = open(files.people, people_columns());
    const File households = open(files.households, household_columns());
    const File places = open(files.places, place_columns());
    const File edges = open(files.edges, edge_columns());
    name_neighborhoods({&people, &households, &places});
    read_households(households, people);
    read_places(places, people);
    read_people(people, households, places);
    read_edges(edges, people);
    mistakes_.throw_if_any();
    return std::move(population_);
  }

 private:
  File open(const std::optional<std::filesystem::path>& path,
            const std::vector<CsvColumn>& columns) {
    File file;
    if (path) {
      const std::size_t before = mistakes_.size();
      file.present = true;
      file.table = read_csv(*path, ++files_read_, columns, mistakes_);
      file.sound = mistakes_.size() == before;
    }
    return file;
  }

  void name_neighborhoods(std::initializer_list<const File*> files) {
    auto& names = population_.neighborhoods;
    for (const File* file : files) {
      const auto texts = file->table.texts("neighborhood");
      std::vector<std::string> some(texts.begin(), texts.end());
      std::sort(some.begin(), some.end());
      some.erase(std::unique(some.begin(), some.end()), some.end());
      names.insert(names.end(), some.begin(), some.end());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    names.erase(std::remove(names.begin(), names.end(), std::string()), names.end());
  }

  std::vector<u32> neighborhoods_of(const File& file, const std::vector<u32>& order) const {
    const auto texts = file.table.texts("neighborhood");
    const auto& names = population_.neighborhoods;
    std::vector<u32> indexes;
    indexes.reserve(texts.empty() ? 0 : order.size());
    for (std::size_t i = 0; !texts.empty() && i < order.size(); ++i) {
      const std::string& name = texts[order[i]];
      const auto at = std::lower_bound(names.begin(), names.end(), name) - names.begin();
      indexes.push_back(name.empty() ? no_agent : static_cast<u32>(at));
    }
    return indexes;
  }

  Numbering number(const File& file, const std::vector<u32>& order, const Thing& thing) {
    const auto ids = file.table.integers("id");
    LimitedMistakes limited(mistakes_, file.table.place());
    std::vector<i64> ascending;
    ascending.reserve(order.size());
    std::size_t first = 0;  // row of the first with the same id
    for (const u32 row : order) {
      if (!ascending.empty() && ascending.back() == ids[row]) {
        refuse_duplicate(file, row, first, thing, limited);
      } else {
        first = row;
        ascending.push_back(ids[row]);
      }
    }
    return Numbering(std::move(ascending));
  }

  static void refuse_duplicate(const File& file, std::size_t row, std::size_t first,
                               const Thing& thing, LimitedMistakes& limited) {
    if (limited.next_is_told()) {
      const std::string id = std::to_string(file.table.integers("id")[row]);
      const std::string line = std::to_string(file.table.place_of(first, "id").line);
      report(limited.all(), file.table.place_of(row, "id"), check::duplicate_id,
             {thing.name, id, line, thing.name});
    }
    limited.count();
  }

  // Without a file of their own, households and places are what people say they belong to.
  static std::vector<i64> mentioned(const File& people, std::string_view column) {
    const auto ids = people.table.integers(column);
    std::vector<i64> all(ids.begin(), ids.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    all.erase(all.begin(), std::find_if(all.begin(), all.end(), [](i64 id) { return id != none; }));
    return all;
  }

  void read_households(const File& file, const File& people) {
    if (!file.present) {
      households_ = Numbering(mentioned(people, "household"));
    } else if (file.sound) {
      const auto order = order_of(file.table.integers("id"));
      households_ = number(file, order, household);
      population_.households.neighborhood = neighborhoods_of(file, order);
    }
    population_.households.id = households_.ids();
  }

  void read_places(const File& file, const File& people) {
    if (!file.present) {
      places_ = Numbering(mentioned(people, "place"));
    } else if (file.sound) {
      const auto order = order_of(file.table.integers("id"));
      places_ = number(file, order, place);
      population_.places.neighborhood = neighborhoods_of(file, order);
      const auto kinds = file.table.integers("kind");
      for (std::size_t i = 0; !kinds.empty() && i < order.size(); ++i) {
        population_.places.kind.push_back(static_cast<PlaceKind>(kinds[order[i]]));
      }
    }
    population_.places.id = places_.ids();
  }

  void read_people(const File& file, const File& households, const File& places) {
    if (!file.sound) {
      return;
    }
    if (file.table.rows() == 0) {
      report(mistakes_, file.table.place(), check::nobody, {});
      return;
    }
    const auto order = order_of(file.table.integers("id"));
    people_ = number(file, order, person);
    auto& people = population_.people;
    people.id = people_.ids();
    people.neighborhood = neighborhoods_of(file, order);
    const auto ages = file.table.integers("age");
    const auto sexes = file.table.integers("sex");
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (!ages.empty()) {
        people.age.push_back(static_cast<u8>(ages[order[i]]));
      }
      if (!sexes.empty()) {
        people.sex.push_back(static_cast<Sex>(sexes[order[i]]));
      }
    }
    people.household = references(file, order, "household", households, households_, household);
    people.place = references(file, order, "place", places, places_, place);
    take_households_neighborhoods(file, order);
    check_neighborhoods(file);
    check_households(file, order);
  }

  std::vector<u32> references(const File& file, const std::vector<u32>& order,
                              std::string_view column, const File& target,
                              const Numbering& numbering, const Thing& thing) {
    const auto ids = file.table.integers(column);
    std::vector<u32> all;
    LimitedMistakes limited(mistakes_, file.table.place());
    all.reserve(ids.size());
    for (std::size_t i = 0; !ids.empty() && i < order.size(); ++i) {
      const i64 id = ids[order[i]];
      all.push_back(id == none ? no_agent : numbering(id));
      if (id != none && all.back() == no_agent && target.sound) {
        refuse_reference(file, order[i], column, id, thing, limited);
      }
    }
    return all;
  }

  static void refuse_reference(const File& file, std::size_t row, std::string_view column, i64 id,
                               const Thing& thing, LimitedMistakes& limited) {
    if (limited.next_is_told()) {
      report(limited.all(), file.table.place_of(row, column), check::unknown_reference,
             {thing.name, std::to_string(id), thing.home, thing.name});
    }
    limited.count();
  }

  // People live where their household is; a file of people may leave that to the households.
  void take_households_neighborhoods(const File& file, const std::vector<u32>& order) {
    auto& people = population_.people;
    const auto& of_household = population_.households.neighborhood;
    if (of_household.empty() || people.household.empty()) {
      return;
    }
    const bool own = !people.neighborhood.empty();
    people.neighborhood.resize(order.size(), no_agent);
    LimitedMistakes limited(mistakes_, file.table.place());
    for (std::size_t i = 0; i < order.size(); ++i) {
      const u32 home = people.household[i];
      const u32 there = home == no_agent ? no_agent : of_household[home];
      u32& mine = people.neighborhood[i];
      if (own && mine != no_agent && there != no_agent && mine != there) {
        refuse_neighborhood(file, order[i], mine, home, limited);
      }
      mine = mine == no_agent ? there : mine;
    }
  }

  void refuse_neighborhood(const File& file, std::size_t row, u32 mine, u32 home,
                           LimitedMistakes& limited) const {
    if (limited.next_is_told()) {
      const auto& names = population_.neighborhoods;
      report(limited.all(), file.table.place_of(row, "neighborhood"), check::neighborhood_conflict,
             {std::to_string(file.table.integers("id")[row]), names[mine],
              std::to_string(households_.ids()[home]),
              names[population_.households.neighborhood[home]]});
    }
    limited.count();
  }

  void check_neighborhoods(const File& file) {
    // One is kept for people without any.
    const std::size_t count = population_.neighborhoods.size();
    if (count >= most_neighborhoods) {
      report(mistakes_, file.table.place(), check::too_many_neighborhoods,
             {std::to_string(count), std::to_string(most_neighborhoods - 1)});
    }
  }

  // A household is in one neighborhood, whoever of its members names it, and not too large.
  void check_households(const File& file, const std::vector<u32>& order) {
    const auto& people = population_.people;
    const auto& told = population_.households.neighborhood;
    std::vector<u32> members(households_.ids().size(), 0);
    std::vector<u32> first(households_.ids().size(), no_agent);  // who names a neighborhood
    LimitedMistakes limited(mistakes_, file.table.place());
    for (std::size_t i = 0; i < people.household.size(); ++i) {
      const u32 home = people.household[i];
      if (home == no_agent) {
        continue;
      }
      ++members[home];
      if (people.neighborhood.empty() || people.neighborhood[i] == no_agent ||
          (!told.empty() && told[home] != no_agent)) {
        continue;
      }
      first[home] = first[home] == no_agent ? static_cast<u32>(i) : first[home];
      if (people.neighborhood[i] != people.neighborhood[first[home]]) {
        refuse_split(file, order, i, first[home], limited);
      }
    }
    for (std::size_t i = 0; i < people.household.size(); ++i) {
      const u32 home = people.household[i];
      if (home != no_agent && members[home] > most_household_members) {
        refuse_large(file, order[i], home, members[home], limited);
        members[home] = 0;  // told once, at its first member
      }
    }
  }

  void refuse_split(const File& file, const std::vector<u32>& order, std::size_t i,
                    std::size_t first, LimitedMistakes& limited) const {
    if (limited.next_is_told()) {
      const auto ids = file.table.integers("id");
      const auto& people = population_.people;
      const auto& names = population_.neighborhoods;
      report(limited.all(), file.table.place_of(order[i], "neighborhood"), check::household_split,
             {std::to_string(ids[order[i]]), names[people.neighborhood[i]],
              std::to_string(ids[order[first]]),
              std::to_string(households_.ids()[people.household[i]]),
              names[people.neighborhood[first]]});
    }
    limited.count();
  }

  void refuse_large(const File& file, u32 row, u32 home, u32 members,
                    LimitedMistakes& limited) const {
    if (limited.next_is_told()) {
      report(limited.all(), file.table.place_of(row, "household"), check::household_too_large,
             {std::to_string(households_.ids()[home]), std::to_string(members),
              std::to_string(most_household_members)});
    }
    limited.count();
  }

  void read_edges(const File& file, const File& people) {
    if (!file.present || !file.sound) {
      return;
    }
    auto& edges = population_.edges;
    LimitedMistakes limited(mistakes_, file.table.place());
    edges.source = ends(file, "source", people, limited);
    edges.target = ends(file, "target", people, limited);
    for (std::size_t i = 0; i < edges.source.size(); ++i) {
      if (edges.source[i] == edges.target[i] && edges.source[i] != no_agent) {
        refuse_self(file, i, limited);
      }
    }
    const auto weights = file.table.numbers("weight");
    edges.weight.assign(weights.begin(), weights.end());
    for (const i64 directed : file.table.integers("directed")) {
      edges.directed.push_back(static_cast<u8>(directed));
    }
    refuse_repeated(file, limited);
  }

  void refuse_repeated(const File& file, LimitedMistakes& limited) const {
    const auto& edges = population_.edges;
    if (edges.target.size() != edges.source.size() ||
        edges.directed.size() != edges.source.size()) {
      return;  // a column is missing or could not be read, and that was said
    }
    std::vector<std::pair<u64, u64>> ways;  // (source, target), row
    for (std::size_t i = 0; i < edges.source.size(); ++i) {
      const u64 from = edges.source[i], to = edges.target[i];
      if (from == no_agent || to == no_agent || from == to) {
        continue;
      }
      ways.emplace_back(from << 32 | to, i);
      if (edges.directed[i] == 0) {
        ways.emplace_back(to << 32 | from, i);
      }
    }
    parallel_sort(ways);
    std::map<u64, u64> first_of;  // by repeated row, so that they are told in order and once
    for (std::size_t k = 1; k < ways.size(); ++k) {
      // A way of its own on top of a contact both ways is meant; two rows of one sort are not.
      if (ways[k].first == ways[k - 1].first &&
          edges.directed[ways[k].second] == edges.directed[ways[k - 1].second]) {
        first_of.try_emplace(ways[k].second, ways[k - 1].second);
      }
    }
    for (const auto& [row, first] : first_of) {
      if (limited.next_is_told()) {
        report(limited.all(), file.table.place_of(row, "target"), check::repeated_edge,
               {std::to_string(file.table.integers("source")[row]),
                std::to_string(file.table.integers("target")[row]),
                std::to_string(file.table.place_of(first, "target").line)});
      }
      limited.count();
    }
  }

  std::vector<AgentId> ends(const File& file, std::string_view column, const File& people,
                            LimitedMistakes& limited) const {
    const auto ids = file.table.integers(column);
    std::vector<AgentId> all(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      all[i] = people_(ids[i]);
      if (all[i] == no_agent && people.sound) {
        refuse_reference(file, i, column, ids[i], person, limited);
      }
    }
    return all;
  }

  static void refuse_self(const File& file, std::size_t row, LimitedMistakes& limited) {
    if (limited.next_is_told()) {
      report(limited.all(), file.table.place_of(row, "target"), check::self_edge,
             {std::to_string(file.table.integers("target")[row])});
    }
    limited.count();
  }

  UserPopulation population_;
  Numbering people_, households_, places_;
  Mistakes mistakes_;
  u32 files_read_ = 0;
};

CsvColumn id_column(std::string doc) {
  return {.name = "id", .unit = "label", .doc = std::move(doc), .required = true};
}
CsvColumn reference_column(std::string name, std::string doc) {
  return {.name = std::move(name), .unit = "label", .doc = std::move(doc), .if_empty = none};
}
CsvColumn neighborhood_column(std::string doc) {
  return {.name = "neighborhood", .type = CsvType::text, .unit = "label", .doc = std::move(doc)};
}
}  // namespace

std::vector<CsvColumn> people_columns() {
  return {id_column("every person has an id"),
          {.name = "age", .unit = "year", .doc = "age in completed years", .least = 0, .most = 120},
          {.name = "sex",
           .type = CsvType::choice,
           .unit = "label",
           .doc = "sex",
           .choices = {"female", "male", "other"}},
          neighborhood_column("where the person lives"),
          reference_column("household", "id of the household; empty for none"),
          reference_column("place", "id of the place of work or school; empty for none")};
}

std::vector<CsvColumn> household_columns() {
  return {id_column("every household has an id"), neighborhood_column("where the household is")};
}

std::vector<CsvColumn> place_columns() {
  return {id_column("every place has an id"),
          {.name = "kind",
           .type = CsvType::choice,
           .unit = "label",
           .doc = "what the place is",
           .choices = {"work", "school", "other"}},
          neighborhood_column("where the place is")};
}

std::vector<CsvColumn> edge_columns() {
  return {
      {.name = "source", .unit = "label", .doc = "an edge begins at a person", .required = true},
      {.name = "target", .unit = "label", .doc = "an edge ends at a person", .required = true},
      {.name = "weight",
       .type = CsvType::number,
       .doc = "strength of the contact",
       .min = 0,
       .max = 1e9},
      {.name = "directed",
       .type = CsvType::boolean,
       .doc = "whether the contact goes from source to target only"}};
}

UserFiles user_files(const Values& values) {
  const auto optional = [&](const Parameter<FilePath>& parameter) {
    const FilePath* path = values.find(parameter);
    return path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path->text);
  };
  return {values.get(scenario::files_people).text, optional(scenario::files_households),
          optional(scenario::files_places), optional(scenario::files_edges)};
}

UserPopulation read_user_population(const UserFiles& files) { return UserReader().read(files); }

}  // namespace throng
