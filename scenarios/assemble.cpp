#include "scenarios/assemble.h"

#include <algorithm>
#include <array>

#include "behaviors/epidemic/columns.h"
#include "behaviors/person/columns.h"
#include "sim/chance.h"
#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {
namespace {

/// Neighborhoods in order, cut so that every rank has about as many people and places.
std::vector<u32> cut_neighborhoods(const PopulationSource& source, int ranks) {
  std::vector<u64> upto = {0};
  for (u32 h = 0; h < source.neighborhoods(); ++h) {
    upto.push_back(u64{source.first_person(h + 1)} + 2 * u64{source.first_place(h + 1)});
  }
  std::vector<u32> cuts = {0};
  for (int r = 1; r < ranks; ++r) {
    const u64 wanted = upto.back() * static_cast<u64>(r) / static_cast<u64>(ranks);
    const auto it = std::lower_bound(upto.begin(), upto.end(), wanted);
    auto h = static_cast<u32>(it - upto.begin());
    if (h > 0 && upto[h] - wanted > wanted - upto[h - 1]) {
      --h;  // the nearer end of the neighborhood in which the cut falls
    }
    cuts.push_back(std::max(h, cuts.back()));
  }
  cuts.push_back(source.neighborhoods());
  return cuts;
}

Partition cut_at(const std::vector<u32>& cuts, Rank me, auto&& first) {
  std::vector<AgentId> bounds;
  for (const u32 h : cuts) {
    bounds.push_back(first(h));
  }
  return Partition::blocks(std::move(bounds), me);
}

void add_replicated_kinds(Population& p, const person::Geography& g, u32 bands) {
  const auto boroughs = static_cast<AgentId>(g.boroughs.size());
  Kind& borough = p.add_kind(std::string(person::borough_kind), Partition::replicated(boroughs));
  const auto people = borough.values(epidemic::borough_people);
  std::copy(g.people_of_borough.begin(), g.people_of_borough.end(), people.begin());
  p.add_kind(std::string(person::cell_kind), Partition::replicated(boroughs * bands));
}

void fill_derived(Kind& person, const AssembleOptions& options, const person::Geography& g) {
  const auto age = person.values(person::age);
  const auto neighborhood = person.values(person::neighborhood);
  const auto cell = person.values(person::cell);
  const auto place_of = person.values(person::place);
  const auto type = person.values(person::place_type);
  const auto infectiousness = person.values(epidemic::infectiousness);
  const auto bands = static_cast<u32>(options.age_bands.size());
  std::array<u8, 256> band{};
  for (u32 a = 0; a < 256; ++a) {
    const auto above = std::upper_bound(options.age_bands.begin(), options.age_bands.end(),
                                        static_cast<double>(a));
    band[a] = static_cast<u8>(std::max<std::ptrdiff_t>(1, above - options.age_bands.begin()) - 1);
  }
  const Chance chance(options.seed);
  const Slices slices = person.slices();
  parallel_for(slices.count(), person.rows(), [&](std::size_t s) {
    const auto [begin, end] = slices.range(static_cast<u32>(s));
    for (Row r = begin; r < end; ++r) {
      cell[r] = static_cast<u8>(g.borough_of[neighborhood[r]] * bands + band[age[r]]);
      type[r] = place_of[r] == no_place ? static_cast<u8>(person::PlaceType::none)
                                        : g.type_of_place[place_of[r]];
    }
    std::vector<u32> words(end - begin);
    chance.dense_words(person.partition().first() + begin, person.tag(), 0,
                       "epidemic.infectiousness", 0, words);
    for (Row r = begin; r < end; ++r) {
      infectiousness[r] = static_cast<u8>(words[r - begin] >> 24);
    }
  });
}

}  // namespace

person::Geography geography_of(const PopulationSource& source) {
  person::Geography g;
  const u32 n = source.neighborhoods();
  for (const auto& b : source.boroughs()) {
    g.boroughs.push_back(b.name);
    g.outsiders.push_back(source.outsider_share(static_cast<u8>(g.boroughs.size() - 1)));
  }
  for (const auto& s : source.sectors()) {
    g.sectors.push_back(s.code);
    g.telework.push_back(s.telework_share);
  }
  g.people_of_borough.assign(g.boroughs.size(), 0);
  for (u32 h = 0; h <= n; ++h) {
    g.first_person.push_back(source.first_person(h));
    g.first_place.push_back(source.first_place(h));
  }
  std::vector<u16> home(source.places()), sibling_count(source.places());
  std::vector<u8> type(source.places()), sector(source.places());
  std::vector<u32> first(source.places());
  source.build_places(0, n, {home, type, sector, first, sibling_count});
  for (u32 h = 0; h < n; ++h) {
    g.neighborhoods.push_back(source.neighborhood_labels()[h].code);
    g.borough_of.push_back(source.borough_of(h));
    g.people_of_borough[g.borough_of[h]] += g.first_person[h + 1] - g.first_person[h];
    const auto is_team = [&](u32 p) { return type[p] == static_cast<u8>(PlaceType::team); };
    u32 begin = g.first_place[h], count = 0;
    while (begin < g.first_place[h + 1] && !is_team(begin)) {
      ++begin;
    }
    for (u32 p = begin; p < g.first_place[h + 1] && is_team(p); ++p) {
      ++count;
    }
    for (u32 p = begin + count; p < g.first_place[h + 1]; ++p) {
      ensures(!is_team(p), "the teams of a neighborhood have consecutive ids");
    }
    g.first_team.push_back(begin);
    g.teams.push_back(count);
  }
  g.type_of_place = std::move(type);
  g.mixing.resize(std::size_t{n} * n);
  for (u32 h = 0; h < n; ++h) {
    for (u32 k = 0; k < n; ++k) {
      g.mixing[std::size_t{h} * n + k] = source.mixing_weight(h, k);
    }
  }
  return g;
}

Population build_by_geography(const Communicator& world, const PopulationSource& source,
                              const person::Geography& g, const AssembleOptions& options) {
  const auto bands = static_cast<u32>(options.age_bands.size());
  ensures(g.boroughs.size() * bands <= 256, "boroughs times age bands fit into one byte");
  const std::vector<u32> cuts = cut_neighborhoods(source, world.size());
  const auto me = static_cast<std::size_t>(world.rank());
  Population p;
  Kind& person =
      p.add_kind(std::string(person::kind),
                 cut_at(cuts, world.rank(), [&](u32 h) { return source.first_person(h); }));
  Kind& place =
      p.add_kind(std::string(person::place_kind),
                 cut_at(cuts, world.rank(), [&](u32 h) { return source.first_place(h); }));
  p.add_kind(std::string(person::neighborhood_kind),
             cut_at(cuts, world.rank(), [](u32 h) { return h; }));
  add_replicated_kinds(p, g, bands);
  person.name_labels(person::neighborhood.name, g.neighborhoods);

  source.build_people(cuts[me], cuts[me + 1],
                      {.age = person.values(person::age),
                       .sex = person.values(person::sex),
                       .neighborhood = person.values(person::neighborhood),
                       .household_position = person.values(person::household_position),
                       .household_size = person.values(person::household_size),
                       .income_band = person.values(person::income_band),
                       .sector = person.values(person::sector),
                       .contact_rate = person.values(person::contact_rate),
                       .place = person.values(person::place)});
  source.build_places(cuts[me], cuts[me + 1],
                      {.neighborhood = place.values(person::neighborhood_of_place),
                       .type = place.values(person::type_of_place),
                       .sector = place.values(person::sector_of_place),
                       .first_sibling = place.values(person::first_sibling),
                       .siblings = place.values(person::siblings)});
  fill_derived(person, options, g);
  person.group_counts_by(person::cell.name, static_cast<u32>(g.boroughs.size()) * bands);
  return p;
}

namespace {

/// Moves all columns of a kind to where another partition wants them.
void move_columns(const Communicator& world, const Kind& from, Kind& to) {
  const Partition &here = from.partition(), &there = to.partition();
  const auto ranks = static_cast<std::size_t>(world.size());
  std::vector<std::vector<AgentId>> ids(ranks);
  std::vector<AgentId> arrived;
  for (Row r = 0; r < from.rows(); ++r) {
    const AgentId id = here.id_of(r);
    ids[static_cast<std::size_t>(there.rank_of(id))].push_back(id);
  }
  const auto mine = static_cast<std::size_t>(world.rank());
  arrived = ids[mine];
  world.exchange(ids, arrived);
  for (const auto& e : from.columns()) {
    const ColumnInfo& info = e->store->info();
    std::vector<std::vector<u64>> values(ranks);
    for (std::size_t k = 0; k < ranks; ++k) {
      for (const AgentId id : ids[k]) {
        values[k].push_back(e->store->bits(here.row_of(id)));
      }
    }
    std::vector<u64> in = values[mine];
    world.exchange(values, in);
    if (info.labels.empty() && !e->label_names.empty()) {
      to.name_labels(info.name, e->label_names);
    }
    ColumnStore& store = *to.add(info).store;
    const std::size_t width = size_of(info.type);
    for (std::size_t k = 0; k < arrived.size(); ++k) {
      std::memcpy(store.data() + there.row_of(arrived[k]) * width, &in[k], width);
    }
  }
}

/// About equal numbers of places a rank, cut between families of siblings so that each stays in one
/// piece.
Partition cut_places(const Communicator& world, const Kind& place) {
  const Kind::Entry* first = place.find(person::first_sibling.name);
  std::vector<i64> starts(place.partition().total(), 0);
  for (Row r = 0; r < place.rows(); ++r) {
    const AgentId id = place.partition().id_of(r);
    starts[id] = first->store->bits(r) == id ? 1 : 0;
  }
  world.sum(std::span<i64>(starts));
  std::vector<AgentId> bounds = {0};
  for (int r = 1; r < world.size(); ++r) {
    auto at = static_cast<AgentId>(starts.size() * static_cast<std::size_t>(r) /
                                   static_cast<std::size_t>(world.size()));
    at = std::max(at, bounds.back());
    while (at < starts.size() && starts[at] == 0) {
      ++at;
    }
    bounds.push_back(at);
  }
  bounds.push_back(place.partition().total());
  return Partition::blocks(std::move(bounds), world.rank());
}

}  // namespace

Population redistribute(const Communicator& world, Population from, const person::Geography& g,
                        bool scatter, u64 shuffle) {
  const Kind& person = from.kind(person::kind);
  const Kind& place = from.kind(person::place_kind);
  const Kind& neighborhood = from.kind(person::neighborhood_kind);
  const auto spread = [&](const Kind& k) {
    return scatter ? Partition::scatter(k.partition().total(), world.size(), world.rank())
                   : k.partition();
  };
  Population to;
  Partition rows = spread(person);
  Kind& new_person = to.add_kind(person.name(), shuffle != 0 ? rows.shuffled(shuffle) : rows);
  Kind& new_place =
      to.add_kind(place.name(), scatter ? cut_places(world, place) : place.partition());
  to.add_kind(neighborhood.name(), spread(neighborhood));
  const u32 cells = from.kind(person::cell_kind).partition().total();
  add_replicated_kinds(to, g, cells / static_cast<u32>(g.boroughs.size()));
  move_columns(world, person, new_person);
  move_columns(world, place, new_place);
  new_person.group_counts_by(person::cell.name, cells);
  return to;
}

void add_networks(const Communicator& world, Population& population) {
  Kind& person = population.kind(person::kind);
  Kind& place = population.kind(person::place_kind);
  if (place.partition().total() > 0) {
    Groups places = Groups::build(world, person, place, person.values(person::place));
    places.set_siblings(place.values(person::first_sibling), place.values(person::siblings));
    population.add_groups(std::string(person::place_network), std::move(places));
  }
  population.add_groups(
      std::string(person::community_network),
      Groups::build(world, person, population.kind(person::neighborhood_kind),
                    person.values(person::neighborhood), person.values(person::contact_rate)));
}

}  // namespace throng
