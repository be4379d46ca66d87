#include "scenarios/user_source.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "io/checks.h"
#include "sim/error.h"

namespace throng {
namespace {
constexpr u8 age_if_unknown = 35, oldest = 100;  // [year]
constexpr u8 middle_income = 2;
constexpr u8 contacts_a_day = 20;

// Numbers from 0 on in the order of `before`, which tells any two apart.
std::vector<u32> sorted(std::size_t count, auto before) {
  std::vector<u32> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::sort(order.begin(), order.end(), before);
  }
  return order;
}

std::vector<u32> inverse(const std::vector<u32>& order) {
  std::vector<u32> at(order.size());
  for (u32 i = 0; i < order.size(); ++i) {
    at[order[i]] = i;
  }
  return at;
}

// The first of each block, and the end of the last, of things of ascending neighborhoods.
std::vector<u32> blocks(std::size_t neighborhoods, std::size_t things, auto neighborhood_of) {
  std::vector<u32> first(neighborhoods + 1, 0);
  for (u32 i = 0; i < things; ++i) {
    ++first[neighborhood_of(i) + 1];
  }
  std::partial_sum(first.begin(), first.end(), first.begin());
  return first;
}

PlaceType type_of(const UserPopulation::Places& places, u32 index) {
  switch (places.kind.empty() ? PlaceKind::work : places.kind[index]) {
    case PlaceKind::school:
      return PlaceType::school_class;
    case PlaceKind::work:
      return PlaceType::team;
    case PlaceKind::other:
      return PlaceType::quarters;
  }
  return PlaceType::quarters;
}

// A person who does not exist, or who stands in the row `first` already.
void refuse_listed(const CsvTable& table, u32 row, u32 first, LimitedMistakes& limited) {
  if (limited.next_is_told()) {
    const std::string id = std::to_string(table.integers("id")[row]);
    const SourcePlace place = table.place_of(row, "id");
    if (first == no_agent) {
      report(limited.all(), place, check::unknown_reference,
             {"person", id, "the file of people", "person"});
    } else {
      const std::string line = std::to_string(table.place_of(first, "id").line);
      report(limited.all(), place, check::listed_twice, {id, line});
    }
  }
  limited.count();
}
}  // namespace

UserSource::UserSource(UserPopulation population) : population_(std::move(population)) {
  settle_neighborhoods();
  order_people();
  find_households();
  order_places();
}

// Everybody gets a neighborhood: the household's, where one of its members has it.
void UserSource::settle_neighborhoods() {
  auto& people = population_.people;
  auto& names = population_.neighborhoods;
  people.neighborhood.resize(people.id.size(), no_agent);
  people.household.resize(people.id.size(), no_agent);
  std::vector<u32> of_household(population_.households.id.size(), no_agent);
  for (std::size_t i = 0; i < people.id.size(); ++i) {
    const u32 home = people.household[i];
    if (home != no_agent && people.neighborhood[i] != no_agent) {
      ensures(of_household[home] == no_agent || of_household[home] == people.neighborhood[i],
              "members of a household live in one neighborhood");
      of_household[home] = people.neighborhood[i];
    }
  }
  u32 otherwise = no_agent;
  for (std::size_t i = 0; i < people.id.size(); ++i) {
    u32& mine = people.neighborhood[i];
    const u32 home = people.household[i];
    mine = mine == no_agent && home != no_agent ? of_household[home] : mine;
    if (mine == no_agent) {
      if (otherwise == no_agent) {
        const std::string name = names.empty() ? "all" : "none";
        const auto found = std::find(names.begin(), names.end(), name);
        otherwise = static_cast<u32>(found - names.begin());
        names.insert(found, found == names.end() ? 1u : 0u, name);
      }
      mine = otherwise;
    }
  }
  for (const std::string& name : names) {
    neighborhoods_.push_back({name, name});
  }
  ensures(neighborhoods_.size() <= most_neighborhoods, "neighborhoods are numbered by u16");
}

void UserSource::order_people() {
  const auto& people = population_.people;
  person_of_ = sorted(people.id.size(), [&](u32 a, u32 b) {
    return std::tuple(people.neighborhood[a], people.household[a], a) <
           std::tuple(people.neighborhood[b], people.household[b], b);
  });
  agent_of_ = inverse(person_of_);
  first_person_ = blocks(neighborhoods_.size(), people.id.size(),
                         [&](u32 i) { return people.neighborhood[person_of_[i]]; });
}

void UserSource::find_households() {
  const auto& household = population_.people.household;
  position_.assign(person_of_.size(), 0);
  size_.assign(person_of_.size(), 1);
  for (std::size_t begin = 0, end = 0; begin < person_of_.size(); begin = end) {
    const u32 home = household[person_of_[begin]];
    end = begin + 1;
    while (home != no_agent && end < person_of_.size() && household[person_of_[end]] == home) {
      ++end;
    }
    ensures(end - begin <= most_household_members, "members of a household are counted by u8");
    for (std::size_t i = begin; i < end; ++i) {
      position_[i] = static_cast<u8>(i - begin);
      size_[i] = static_cast<u8>(end - begin);
    }
  }
}

// As the files say, or else the commonest among the members.
std::vector<u32> UserSource::neighborhoods_of_places() const {
  const auto& people = population_.people;
  std::vector<u32> all = population_.places.neighborhood;
  all.resize(population_.places.id.size(), no_agent);
  std::vector<std::pair<u32, u32>> members;  // place and neighborhood
  for (std::size_t i = 0; i < people.place.size(); ++i) {
    if (people.place[i] != no_agent && all[people.place[i]] == no_agent) {
      members.emplace_back(people.place[i], people.neighborhood[i]);
    }
  }
  std::sort(members.begin(), members.end());
  std::ptrdiff_t most = 0;  // members that the place in hand has from one neighborhood
  for (auto begin = members.begin(); begin != members.end();) {
    const auto end = std::upper_bound(begin, members.end(), *begin);
    u32& mine = all[begin->first];
    if (mine == no_agent || end - begin > most) {
      mine = begin->second;
      most = end - begin;
    }
    begin = end;
  }
  std::replace(all.begin(), all.end(), no_agent, 0u);
  return all;
}

void UserSource::order_places() {
  const auto& places = population_.places;
  const std::vector<u32> home = neighborhoods_of_places();
  place_of_ = sorted(places.id.size(), [&](u32 a, u32 b) {
    return std::tuple(home[a], type_of(places, a), a) < std::tuple(home[b], type_of(places, b), b);
  });
  place_at_ = inverse(place_of_);
  for (const u32 index : place_of_) {
    home_of_place_.push_back(home[index]);
  }
  first_place_ =
      blocks(neighborhoods_.size(), place_of_.size(), [&](u32 p) { return home_of_place_[p]; });
}

void UserSource::build_people(u32 h_begin, u32 h_end, PeopleSpans out) const {
  const auto& people = population_.people;
  const AgentId begin = first_person_[h_begin];
  for (AgentId agent = begin; agent < first_person_[h_end]; ++agent) {
    const std::size_t row = agent - begin;
    const u32 i = person_of_[agent];
    const u32 place = people.place.empty() ? no_agent : people.place[i];
    out.age[row] = people.age.empty() ? age_if_unknown : std::min(people.age[i], oldest);
    out.sex[row] = static_cast<u8>(people.sex.empty() ? Sex::other : people.sex[i]);
    out.neighborhood[row] = static_cast<u16>(people.neighborhood[i]);
    out.household_position[row] = position_[agent];
    out.household_size[row] = size_[agent];
    out.income_band[row] = middle_income;
    out.sector[row] = no_sector;
    out.contact_rate[row] = 2 * contacts_a_day;
    out.place[row] = place == no_agent ? no_place : place_at_[place];
  }
}

void UserSource::build_places(u32 h_begin, u32 h_end, PlaceSpans out) const {
  const u32 begin = first_place_[h_begin];
  for (u32 place = begin; place < first_place_[h_end]; ++place) {
    const std::size_t row = place - begin;
    out.neighborhood[row] = static_cast<u16>(home_of_place_[place]);
    out.type[row] = static_cast<u8>(type_of(population_.places, place_of_[place]));
    out.sector[row] = no_sector;
    out.first_sibling[row] = place;
    out.siblings[row] = 1;
  }
}

AgentId UserSource::agent_with(i64 file_id) const {
  const auto& ids = population_.people.id;
  const auto found = std::lower_bound(ids.begin(), ids.end(), file_id);
  return found == ids.end() || *found != file_id
             ? no_agent
             : agent_of_[static_cast<std::size_t>(found - ids.begin())];
}

std::vector<Edges::Edge> UserSource::edges() const {
  const auto& file = population_.edges;
  std::vector<Edges::Edge> all;
  all.reserve(2 * file.source.size());
  for (std::size_t i = 0; i < file.source.size(); ++i) {
    const AgentId source = agent_of_[file.source[i]], target = agent_of_[file.target[i]];
    const double weight = file.weight.empty() ? 1 : file.weight[i];
    all.push_back({source, target, weight});
    if (file.directed.empty() || file.directed[i] == 0) {
      all.push_back({target, source, weight});
    }
  }
  const auto before = [](const Edges::Edge& a, const Edges::Edge& b) {
    return std::pair(a.source, a.target) < std::pair(b.source, b.target);
  };
  std::stable_sort(all.begin(), all.end(), before);  // so that weights add up in the file's order
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (kept > 0 && !before(all[kept - 1], all[i])) {
      all[kept - 1].weight += all[i].weight;
    } else {
      all[kept++] = all[i];
    }
  }
  all.resize(kept);
  return all;
}

std::vector<CsvColumn> people_list_columns() {
  return {{.name = "id",
           .unit = "label",
           .doc = "the list names people by their ids",
           .required = true}};
}

std::vector<AgentId> read_people_list(const std::filesystem::path& path, const UserSource& source) {
  Mistakes mistakes;
  const CsvTable table = read_csv(path, 1, people_list_columns(), mistakes);
  mistakes.throw_if_any();
  std::vector<AgentId> all;
  std::vector<u32> row_of(source.people(), no_agent);  // where an agent was listed first
  {
    LimitedMistakes limited(mistakes, table.place());  // tells their number when it goes
    const auto ids = table.integers("id");
    for (u32 row = 0; row < ids.size(); ++row) {
      const AgentId agent = source.agent_with(ids[row]);
      if (agent == no_agent) {
        refuse_listed(table, row, no_agent, limited);
      } else if (row_of[agent] != no_agent) {
        refuse_listed(table, row, row_of[agent], limited);
      } else {
        row_of[agent] = row;
        all.push_back(agent);
      }
    }
  }
  mistakes.throw_if_any();
  return all;
}

}  // namespace throng
