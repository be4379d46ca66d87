#include "sim/network.h"

#include <algorithm>

#include "sim/chance.h"
#include "sim/column.h"
#include "sim/pages.h"
#include "sim/parallel.h"

namespace throng {
namespace {

struct Membership {
  u32 group;
  AgentId member;
  u32 weight;
};

/// Rosters and edges are made once; rows that come and go meet in space.
void refuse_listed(const Kind& kind, const std::string& as) {
  if (kind.listed()) {
    throw ContractError(
        "kind '" + kind.name() + "': its rows come and go, and cannot be " + as +
        " (a network is made once). Let them meet in a space, or give the kind rows "
        "that stay.");
  }
}

}  // namespace

template <class G>
Groups Groups::make(const Communicator& world, const Kind& members, const Kind& groups,
                    std::span<const G> group_of, std::span<const u8> weight_of) {
  constexpr G none = static_cast<G>(no_group);
  const Partition& who = members.partition();
  const Partition& where = groups.partition();
  ensures(world.alone() || !where.is_replicated(), "the roster of a group has one owner");
  refuse_listed(members, "members of groups");
  refuse_listed(groups, "groups with rosters");
  Groups g;
  g.members_ = &members;
  g.groups_ = &groups;
  g.weighted_ = !weight_of.empty();

  std::vector<std::vector<Membership>> out(static_cast<std::size_t>(world.size()));
  std::vector<Membership> in;
  g.at_ = zeros_on_large_pages<u32>(groups.rows() + 1);
  for (Row r = 0; r < members.rows(); ++r) {
    if (group_of[r] == none) {
      continue;
    }
    ensures(group_of[r] < where.total(), "a member names a group that does not exist");
    if (where.is_mine(group_of[r])) {
      ++g.at_[where.row_of(group_of[r]) + 1];
    } else {
      out[static_cast<std::size_t>(where.rank_of(group_of[r]))].push_back(
          {group_of[r], who.id_of(r), g.weighted_ ? weight_of[r] : 0u});
    }
  }
  world.exchange(out, in);
  out = {};
  for (const Membership& m : in) {
    ++g.at_[where.row_of(m.group) + 1];
  }
  for (Row r = 0; r < groups.rows(); ++r) {
    g.at_[r + 1] += g.at_[r];
  }
  g.roster_ = zeros_on_large_pages<AgentId>(g.at_.back());
  std::vector<u8> weights(g.weighted_ ? g.roster_.size() : 0);
  {
    std::vector<u32> next(g.at_.begin(), g.at_.end() - 1);
    const auto put = [&](Row group, AgentId id, u32 weight) {
      const u32 k = next[group]++;
      g.roster_[k] = id;
      if (g.weighted_) {
        weights[k] = static_cast<u8>(weight);
      }
    };
    for (Row r = 0; r < members.rows(); ++r) {
      if (group_of[r] != none && where.is_mine(group_of[r])) {
        put(where.row_of(group_of[r]), who.id_of(r), g.weighted_ ? weight_of[r] : 0u);
      }
    }
    for (const Membership& m : in) {
      put(where.row_of(m.group), m.member, m.weight);
    }
  }
  if (g.weighted_) {
    g.cumulative_ = zeros_on_large_pages<u32>(std::size_t{groups.rows()} * 257);
    g.start_ = zeros_on_large_pages<u32>(std::size_t{groups.rows()} * 257);
    g.guide_.assign(std::size_t{groups.rows()} * 256, 0);
  }
  parallel_for(groups.rows() / 64 + 1, g.roster_.size(), [&](std::size_t block) {
    std::vector<u64> sorted;
    const Row end = std::min<Row>(groups.rows(), static_cast<Row>(block + 1) * 64);
    for (Row r = static_cast<Row>(block) * 64; r < end; ++r) {
      const auto begin = g.roster_.begin() + static_cast<std::ptrdiff_t>(g.at_[r]);
      const auto stop = g.roster_.begin() + static_cast<std::ptrdiff_t>(g.at_[r + 1]);
      if (!g.weighted_) {
        if (!std::is_sorted(begin, stop)) {
          std::sort(begin, stop);
        }
        continue;
      }
      sorted.clear();
      u32* cumulative = &g.cumulative_[std::size_t{r} * 257];
      u32* start = &g.start_[std::size_t{r} * 257];
      for (u64 k = g.at_[r]; k < g.at_[r + 1]; ++k) {
        sorted.push_back(u64{weights[k]} << 32 | g.roster_[k]);
        ++start[weights[k] + 1];
      }
      std::sort(sorted.begin(), sorted.end());
      std::transform(sorted.begin(), sorted.end(), begin,
                     [](u64 x) { return static_cast<AgentId>(x); });
      u64 sum = 0;
      for (u32 w = 0; w < 256; ++w) {
        sum += u64{start[w + 1]} * w;
        ensures(sum <= 0xFFFFFFFFu, "the weights of one group add up to less than 2^32");
        cumulative[w + 1] = static_cast<u32>(sum);
        start[w + 1] += start[w];
      }
      for (u32 first = 0, w = 0; first < 256 && sum > 0; ++first) {
        const u32 v = below(first << 24, static_cast<u32>(sum));
        while (cumulative[w + 1] <= v) {
          ++w;
        }
        g.guide_[std::size_t{r} * 256 + first] = static_cast<u8>(w);
      }
    }
  });
  return g;
}

Groups Groups::build(const Communicator& world, const Kind& members, const Kind& groups,
                     std::span<const u32> group_of, std::span<const u8> weight_of) {
  return make(world, members, groups, group_of, weight_of);
}

Groups Groups::build(const Communicator& world, const Kind& members, const Kind& groups,
                     std::span<const u16> group_of, std::span<const u8> weight_of) {
  return make(world, members, groups, group_of, weight_of);
}

void Groups::set_siblings(std::span<const u32> first_sibling, std::span<const u16> siblings) {
  const Partition& where = groups_->partition();
  first_sibling_.resize(groups_->rows());
  siblings_.assign(siblings.begin(), siblings.end());
  for (Row r = 0; r < groups_->rows(); ++r) {
    const AgentId first = first_sibling[r];
    ensures(siblings[r] > 0 && where.is_mine(first) && where.is_mine(first + siblings[r] - 1u),
            "the siblings of a group live on its rank");
    first_sibling_[r] = where.row_of(first);
    for (u32 k = 1; k < (where.is_contiguous() ? 1 : siblings[r]); ++k) {
      ensures(where.is_mine(first + k) && where.row_of(first + k) == first_sibling_[r] + k,
              "the siblings of a group stand in consecutive rows");
    }
  }
}

AgentId Groups::pick(std::span<const AgentId> among, u32 word, AgentId self, u32 slots) {
  if (among.size() < 2) {
    return no_agent;
  }
  // One word for n - 1 places: who lands on itself takes the last place instead.
  const auto others = static_cast<u32>(among.size() - 1);
  const u32 k = below(word, std::max(slots, others));
  if (k >= others) {
    return no_agent;
  }
  return among[k] == self ? among.back() : among[k];
}

u64 Groups::weighted_slot(Row group, u32 word) const {
  const u32* cumulative = &cumulative_[std::size_t{group} * 257];
  const u32 total = cumulative[256];
  if (total == 0) {
    return no_slot;
  }
  const u32 v = below(word, total);
  u32 w = guide_[std::size_t{group} * 256 + (word >> 24)];
  while (cumulative[w + 1] <= v) {
    ++w;
  }
  // Members of weight w stand together, those of smaller weight before them.
  return at_[group] + start_[std::size_t{group} * 257 + w] + (v - cumulative[w]) / w;
}

Edges::Edges(const Kind& kind, std::span<const Edge> all)
    : sources_(&kind), at_(kind.rows() + 1, 0) {
  refuse_listed(kind, "ends of edges");
  const Partition& where = kind.partition();
  // Sorted by (row, target), then by weight; a weight is never negative, so its bits sort as it
  // does.
  std::vector<std::pair<u64, u64>> mine;
  for (const Edge& e : all) {
    ensures(e.source < where.total() && e.target < where.total(),
            "an edge joins two rows that exist");
    ensures(e.weight >= 0, "the weight of an edge is not negative");
    if (where.is_mine(e.source)) {
      const Row row = where.row_of(e.source);
      mine.emplace_back(u64{row} << 32 | e.target, __builtin_bit_cast(u64, e.weight + 0.0));
      ++at_[row + 1];
    }
  }
  parallel_sort(mine);
  for (Row r = 0; r < kind.rows(); ++r) {
    at_[r + 1] += at_[r];
  }
  for (const auto& [ends, weight] : mine) {
    const bool first_of_row = target_.size() == at_[ends >> 32];
    cumulative_.push_back((first_of_row ? 0.0 : cumulative_.back()) +
                          __builtin_bit_cast(double, weight));
    target_.push_back(static_cast<AgentId>(ends));
  }
}

AgentId Edges::choose(Row row, double u) const {
  expects(degree(row) > 0, "a row with an edge chooses one");
  const double* begin = cumulative_.data() + at_[row];
  const double* end = cumulative_.data() + at_[row + 1];
  const auto k = std::min<std::ptrdiff_t>(std::upper_bound(begin, end, u * strength(row)) - begin,
                                          end - begin - 1);
  return targets(row)[static_cast<std::size_t>(k)];
}

u64 Groups::hash() const {
  u64 sum = 0;
  for (Row group = 0; group + 1 < at_.size(); ++group) {
    const u64 key = u64{groups_->partition().id_of(group)} << 32;
    u64 k = 0;
    for (const AgentId member : roster(group)) {
      sum += mix(mix(key | k++) ^ member);
    }
    sum += mix(key ^ total_weight(group));
  }
  return sum;
}

u64 Edges::hash() const {
  u64 sum = 0;
  for (Row row = 0; !empty() && row < sources_->rows(); ++row) {
    const u64 key = u64{sources_->partition().id_of(row)} << 32;
    for (u32 k = 0; k < degree(row); ++k) {
      sum += mix(mix(mix(key | k) ^ targets(row)[k]) ^ bits_of(weight(row, k)));
    }
  }
  return sum;
}

}  // namespace throng
