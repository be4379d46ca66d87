#include "scenarios/city/households.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/planner.h"
#include "sim/error.h"

namespace throng {
namespace {

using Type = HouseholdType;

/// Roles of adults. The first two live alone; a mother and a father, a wife and a husband are
/// couples.
enum Role : u32 {
  alone_65,
  alone_young,
  mother,
  father,
  wife,
  husband,
  lone_mother,
  lone_father,
  head,
  mate,
  relative,
  roles
};
constexpr u32 adult_bands = age_bands - first_adult_band;

/// How usual a role is at 18-19, 20-24, ..., 80-84, 85+. Assumed; margins are the data's.
constexpr double usual[roles][adult_bands] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .8, 1, 1.2, 1.4, 1.4},
    {.02, .3, .9, .9, .7, .6, .7, .9, 1.1, 1.2, 0, 0, 0, 0, 0},
    {.02, .15, .5, 1.2, 1.6, 1.5, 1, .5, .15, .05, .02, .01, 0, 0, 0},
    {.01, .08, .35, .9, 1.4, 1.6, 1.3, .9, .4, .15, .05, .02, .01, 0, 0},
    {.02, .15, .5, .5, .3, .3, .5, .9, 1.3, 1.5, 1.5, 1.4, 1.1, .8, .4},
    {.01, .1, .45, .5, .3, .3, .4, .8, 1.2, 1.5, 1.6, 1.6, 1.4, 1.2, .8},
    {.1, .5, 1, 1.2, 1.2, 1.1, .8, .5, .2, .08, .03, .01, 0, 0, 0},
    {.05, .3, .8, 1.1, 1.2, 1.2, 1, .7, .3, .1, .05, .02, 0, 0, 0},
    {.1, .5, .9, .7, .6, .7, .9, 1.1, 1.1, 1, .9, .8, .8, .8, .8},
    {.4, 1.8, 2, 1, .5, .3, .3, .3, .3, .2, .2, .1, .1, .1, .1},
    {4, 3, 1.8, .9, .5, .35, .3, .3, .3, .35, .4, .5, .6, .8, 1}};
/// Share of women a role begins with; 0 and 1 are kept as far as the people allow.
constexpr double women[roles] = {.5, .5, 1, 0, 1, 0, 1, 0, .5, .5, .5};
/// Keeps every fit feasible: a role is taken against custom only where nobody else is left.
constexpr double unusual = 1e-6;

/// How usual a size is for a kind of household of two and more (2, 3, ..., 10). Assumed likewise.
constexpr u32 kinds = household_types - 1, many_sizes = largest_household - 1;
constexpr double usual_size[kinds][many_sizes] = {{0, 30, 40, 18, 7, 3, 1.5, .6, .3},
                                                  {58, 22, 11, 5, 2, 1, .5, .2, .1},
                                                  {30, 32, 20, 10, 5, 2, 1, .5, .2},
                                                  {50, 28, 13, 5, 2, 1, .5, .2, .1},
                                                  {72, 17, 7, 2.5, 1, .5, .2, .1, .05}};

bool is_couple(Type t) { return t == Type::couple || t == Type::couple_with_children; }
bool has_own_minors(Type t) { return t == Type::couple_with_children || t == Type::single_parent; }
u32 most_minors(const Household& q) { return q.size - (is_couple(q.type) ? 2u : 1u); }

class Filler {
 public:
  Filler(const NeighborhoodPlan& plan, u32 h, const Chance& chance)
      : plan_(plan),
        order_(chance, household_kind, h, "city.household.order"),
        people_(chance, household_kind, h, "city.household.people"),
        match_(chance, household_kind, h, "city.household.match") {}

  FilledHouseholds families() {
    list_households();
    share_out_minors();
    order_.shuffle(out_.households);
    pool_people();
    cast_roles();
    place_adults();
    place_minors();
    return std::move(out_);
  }

  FilledHouseholds at_random() {
    for (u32 size = 1; size <= largest_household; ++size) {
      out_.households.insert(out_.households.end(), plan_.households_of_size[size],
                             {.type = Type::shared, .size = static_cast<u8>(size), .minors = 0});
    }
    order_.shuffle(out_.households);
    for (u32 sex = 0; sex < 2; ++sex) {
      for (u32 age = 0; age < years_of_age; ++age) {
        out_.members.insert(out_.members.end(), plan_.in_households[sex][age],
                            person_byte(age, sex));
      }
    }
    people_.shuffle(out_.members);
    return std::move(out_);
  }

 private:
  /// Kinds by sizes: margins from the plan. A couple with children needs three members.
  void list_households() {
    out_.households.assign(plan_.households_of_size[1], Household{});
    std::array<u32, kinds> rows{};
    std::array<u32, many_sizes> columns{};
    std::copy_n(plan_.households_of_type.begin() + 1, kinds, rows.begin());
    std::copy_n(plan_.households_of_size.begin() + 2, many_sizes, columns.begin());
    std::vector<double> table(kinds * many_sizes);
    for (u32 at = 0; at < table.size(); ++at) {
      table[at] = usual_size[at / many_sizes][at % many_sizes];
    }
    const std::vector<double> row_totals(rows.begin(), rows.end());
    const std::vector<double> column_totals(columns.begin(), columns.end());
    fit_margins(table, row_totals, column_totals, 30);
    const std::vector<u32> counts = round_to_margins(table, rows, columns);
    for (u32 at = 0; at < counts.size(); ++at) {
      Household q{.type = static_cast<Type>(at / many_sizes + 1),
                  .size = static_cast<u8>(at % many_sizes + 2),
                  .minors = 0};
      q.type = q.type == Type::couple_with_children && q.size == 2 ? Type::couple : q.type;
      out_.households.insert(out_.households.end(), counts[at], q);
    }
  }

  template <class Weight>
  u64 sum(Weight&& weight) const {
    u64 n = 0;
    for (const Household& q : out_.households) {
      n += weight(q);
    }
    return n;
  }

  /// Gives `minors` to the households in proportion to their room, each within its room.
  template <class Room>
  void hand_out(u64 minors, Room&& room) {
    const u64 rooms = sum(room);
    ensures(minors <= rooms, "minors fit into households with adults");
    RunningRounder rounder(0.5);
    u64 left = minors;
    for (Household& q : out_.households) {
      const double share =
          rooms > 0 ? static_cast<double>(minors) * room(q) / static_cast<double>(rooms) : 0;
      const u32 n = static_cast<u32>(std::min<u64>({rounder.take(share), room(q), left}));
      q.minors = static_cast<u8>(q.minors + n);
      left -= n;
    }
    for (Household& q : out_.households) {  // what rounding left over
      const u32 n = static_cast<u32>(std::min<u64>(left, most_minors(q) - q.minors));
      q.minors = static_cast<u8>(q.minors + n);
      left -= n;
    }
  }

  /// Kinds change only where the people leave no choice: too few adults for the couples, too few
  /// children for the parents.
  void adapt_kinds() {
    const auto convert = [&](u64 surplus, auto&& applies, auto&& to) {
      for (Household& q : out_.households) {
        if (surplus == 0) {
          return;
        }
        if (applies(q)) {
          q.type = to(q);
          --surplus;
        }
      }
    };
    const u64 needed = sum([](const Household& q) { return is_couple(q.type) ? 2u : 1u; });
    convert(
        needed - std::min<u64>(needed, plan_.adults),
        [](const Household& q) { return is_couple(q.type); },
        [](const Household& q) {
          return q.type == Type::couple ? Type::other_family : Type::single_parent;
        });
    const u64 parents = sum([](const Household& q) { return has_own_minors(q.type) ? 1u : 0u; });
    convert(
        parents - std::min<u64>(parents, plan_.minors),
        [](const Household& q) { return has_own_minors(q.type); },
        [](const Household& q) { return is_couple(q.type) ? Type::couple : Type::other_family; });
  }

  /// Every parent has one child at least; some children live with grandparents or others; the rest
  /// go to parents as the size of their household allows.
  void share_out_minors() {
    adapt_kinds();
    const auto own = [](const Household& q) {
      return has_own_minors(q.type) ? most_minors(q) : 0u;
    };
    const auto other = [](const Household& q) {
      return has_own_minors(q.type) || q.size == 1 ? 0u : most_minors(q);
    };
    const auto first_other = [&](const Household& q) { return std::min(1u, other(q)); };
    const auto first_own = [&](const Household& q) { return std::min(1u, own(q)); };
    const u64 parents = sum(first_own), own_room = sum(own), all = plan_.minors;
    const u64 wanted = all - std::min<u64>({all, plan_.with_other_minors, sum(other)});
    const u64 with_parents = std::min(own_room, std::max(parents, wanted));
    const u64 with_others = all - std::min(all, with_parents);
    hand_out(parents, first_own);
    const auto later_own = [&](const Household& q) { return own(q) - first_own(q); };
    hand_out(with_parents - parents, later_own);
    if (const u64 firsts = sum(first_other); with_others <= firsts) {
      hand_out(with_others, first_other);
    } else {
      hand_out(firsts, first_other);
      hand_out(with_others - firsts, [&](const Household& q) { return other(q) - first_other(q); });
    }
  }

  /// The ages that are there, by band and sex, in random order.
  void pool_people() {
    for (u32 sex = 0; sex < 2; ++sex) {
      for (u32 age = adult_age; age < years_of_age; ++age) {
        std::vector<u8>& pool = pool_[sex][band_of(age) - first_adult_band];
        pool.insert(pool.end(), plan_.in_households[sex][age], person_byte(age, sex));
      }
      for (std::vector<u8>& pool : pool_[sex]) {
        people_.shuffle(pool);
      }
    }
  }

  std::array<u32, roles> count_roles() const {
    std::array<u32, roles> count{};
    u32 lone = 0;
    count[alone_65] = std::min(plan_.alone_65, plan_.households_of_size[1]);
    count[alone_young] = plan_.households_of_size[1] - count[alone_65];
    for (const Household& q : out_.households) {
      const u32 adults = q.size - q.minors;
      count[mother] += q.type == Type::couple_with_children;
      count[wife] += q.type == Type::couple;
      lone += q.type == Type::single_parent;
      count[head] += q.type == Type::other_family || q.type == Type::shared;
      if (q.type != Type::alone) {
        count[q.type == Type::shared ? mate : relative] += adults - (is_couple(q.type) ? 2 : 1);
      }
    }
    count[father] = count[mother];
    count[husband] = count[wife];
    count[lone_mother] = std::min(lone, plan_.single_mothers);
    count[lone_father] = lone - count[lone_mother];
    return count;
  }

  /// Adults by role, band and sex: fitted to the numbers of roles and of people, then dealt.
  void cast_roles() {
    const std::array<u32, roles> rows = count_roles();
    constexpr u32 columns = 2 * adult_bands;
    std::vector<double> table(roles * columns);
    std::array<u32, columns> people{};
    for (u32 c = 0; c < columns; ++c) {
      const u32 sex = c / adult_bands, band = c % adult_bands;
      people[c] = static_cast<u32>(pool_[sex][band].size());
      for (u32 r = 0; r < roles; ++r) {
        const double share = sex == 0 ? women[r] : 1 - women[r];
        table[r * columns + c] = (usual[r][band] + unusual) * (share + unusual) * people[c];
      }
    }
    const std::vector<double> row_totals(rows.begin(), rows.end());
    const std::vector<double> column_totals(people.begin(), people.end());
    fit_margins(table, row_totals, column_totals, 40);
    const std::vector<u32> counts = round_to_margins(table, rows, people);
    for (u32 at = 0; at < counts.size(); ++at) {
      std::vector<u8>& pool = pool_[at % columns / adult_bands][at % columns % adult_bands];
      std::vector<u8>& cast = cast_[at / columns];
      const auto from = pool.end() - static_cast<std::ptrdiff_t>(counts[at]);
      cast.insert(cast.end(), from, pool.end());
      pool.erase(from, pool.end());
    }
    pair_by_age(mother, father);
    pair_by_age(wife, husband);
    for (std::vector<u8>& cast : cast_) {
      if (&cast != &cast_[father] && &cast != &cast_[husband]) {
        shuffle_with_partners(cast);
      }
    }
  }

  /// Sorts both lists by age plus up to 7 years of luck, so that partners are of like age.
  void pair_by_age(Role a, Role b) {
    for (const Role role : {a, b}) {
      std::vector<u8> sorted(cast_[role].size());
      std::vector<u8> key(sorted.size());
      std::array<u32, 130> at{};
      for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<u8>(age_in(cast_[role][i]) + match_.below(8));
        ++at[key[i] + 1u];
      }
      std::partial_sum(at.begin(), at.end(), at.begin());
      for (std::size_t i = 0; i < key.size(); ++i) {
        sorted[at[key[i]]++] = cast_[role][i];
      }
      cast_[role] = std::move(sorted);
    }
  }

  void shuffle_with_partners(std::vector<u8>& cast) {
    std::vector<u8>* partners = &cast == &cast_[mother] ? &cast_[father]
                                : &cast == &cast_[wife] ? &cast_[husband]
                                                        : nullptr;
    for (std::size_t i = cast.size(); i > 1; --i) {
      const u32 j = people_.below(static_cast<u32>(i));
      std::swap(cast[i - 1], cast[j]);
      if (partners != nullptr) {
        std::swap((*partners)[i - 1], (*partners)[j]);
      }
    }
  }

  u8 take(Role role) {
    const u8 person = cast_[role].back();
    cast_[role].pop_back();
    return person;
  }

  void place_adults() {
    u64 lone = cast_[lone_mother].size() + cast_[lone_father].size();
    u64 single = cast_[alone_65].size() + cast_[alone_young].size();
    out_.members.reserve(plan_.adults + plan_.minors);
    for (const Household& q : out_.households) {
      const std::size_t begin = out_.members.size();
      switch (q.type) {
        case Type::alone: {
          const bool old = order_.below(static_cast<u32>(single--)) < cast_[alone_65].size();
          out_.members.push_back(take(old ? alone_65 : alone_young));
          break;
        }
        case Type::couple_with_children:
          out_.members.push_back(take(mother));
          out_.members.push_back(take(father));
          break;
        case Type::couple:
          out_.members.push_back(take(wife));
          out_.members.push_back(take(husband));
          break;
        case Type::single_parent: {
          const bool is_mother = order_.below(static_cast<u32>(lone--)) < cast_[lone_mother].size();
          out_.members.push_back(take(is_mother ? lone_mother : lone_father));
          break;
        }
        case Type::other_family:
        case Type::shared:
          out_.members.push_back(take(head));
          break;
      }
      while (out_.members.size() < begin + q.size - q.minors) {
        out_.members.push_back(take(q.type == Type::shared ? mate : relative));
      }
      out_.members.resize(begin + q.size, 0);
    }
  }

  /// Older children to older parents: slots ordered by the first adult's age, brothers and sisters
  /// some years apart, with luck; the children, ordered by age, fill them.
  void place_minors() {
    std::vector<u8> children;
    for (u32 age = 0; age < adult_age; ++age) {
      const std::size_t begin = children.size();
      children.insert(children.end(), plan_.in_households[0][age], person_byte(age, 0));
      children.insert(children.end(), plan_.in_households[1][age], person_byte(age, 1));
      for (std::size_t i = children.size(); i > begin + 1; --i) {
        std::swap(children[i - 1], children[begin + match_.below(static_cast<u32>(i - begin))]);
      }
    }
    std::vector<u8> score(children.size());
    std::vector<u32> slot(children.size());
    std::array<u32, 129> at{};
    std::size_t member = 0, n = 0;
    for (const Household& q : out_.households) {
      const u32 parent = std::clamp<u32>(age_in(out_.members[member]), 20, 52);
      for (u32 j = 0; j < q.minors; ++j, ++n) {
        slot[n] = static_cast<u32>(member + q.size - q.minors + j);
        score[n] = static_cast<u8>(30 + parent - 3 * j + match_.below(10));
        ++at[std::min(127, score[n] + 0) + 1];
      }
      member += q.size;
    }
    ensures(n == children.size(), "every minor has a slot in a household");
    std::partial_sum(at.begin(), at.end(), at.begin());
    for (std::size_t i = 0; i < n; ++i) {
      out_.members[slot[i]] = children[at[std::min<u32>(127, score[i])]++];
    }
  }

  const NeighborhoodPlan& plan_;
  Draws order_, people_, match_;
  std::array<std::array<std::vector<u8>, adult_bands>, 2> pool_;
  std::array<std::vector<u8>, roles> cast_;
  FilledHouseholds out_;
};

}  // namespace

FilledHouseholds fill_households(const NeighborhoodPlan& plan, u32 h, const Chance& chance,
                                 bool families) {
  Filler filler(plan, h, chance);
  return families ? filler.families() : filler.at_random();
}

}  // namespace throng
