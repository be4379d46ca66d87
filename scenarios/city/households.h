// The people of one neighborhood, put into households: who lives with whom.
#pragma once
#include <vector>

#include "scenarios/city/plan.h"
#include "sim/chance.h"
#include "sim/types.h"

namespace throng {

/// Age and sex in one byte.
constexpr u8 person_byte(u32 age, u32 sex) { return static_cast<u8>(age | sex << 7); }
constexpr u8 age_in(u8 person) { return person & 127; }
constexpr u8 sex_in(u8 person) { return person >> 7; }

struct Household {
  HouseholdType type = HouseholdType::alone;
  u8 size = 1;    ///< members
  u8 minors = 0;  ///< of them, younger than 18
};

struct FilledHouseholds {
  std::vector<Household> households;
  std::vector<u8> members;  ///< person bytes, household after household, adults before minors
};

/// A stream of random words for one neighborhood and purpose.
class Draws {
 public:
  Draws(const Chance& chance, KindTag kind, AgentId id, Draw name)
      : chance_(chance),
        counter_{.id = id, .kind = kind, .step = 0, .name = name.hash, .index = 0} {}
  u32 next() {
    if (at_ == 4) {
      words_ = chance_.words(counter_);
      ++counter_.index;
      counter_.step += counter_.index > Counter::max_index;  // beyond 2^26 words: the next page
      counter_.index &= Counter::max_index;
      at_ = 0;
    }
    return words_[at_++];
  }
  u32 below(u32 n) { return throng::below(next(), n); }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(static_cast<u32>(i))]);
    }
  }

 private:
  Chance chance_;
  Counter counter_;
  Words words_;
  std::size_t at_ = 4;
};

/// Households with `families`: kinds, sizes, children with adults, couples of like age, parents of
/// an age to have the children. Without: the same sizes, filled at random.
FilledHouseholds fill_households(const NeighborhoodPlan& plan, u32 h, const Chance& chance,
                                 bool families);

}  // namespace throng
