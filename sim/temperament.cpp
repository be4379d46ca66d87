#include "sim/temperament.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/math.h"

namespace throng {
namespace {

constexpr Draw group_draw = "decision.group", own_draw = "decision.own", now_draw = "decision.now";

constexpr double words = 4294967296.0;

/// How many of 2^32 words are below P(Z <= t).
u64 words_below(double t) { return static_cast<u64>(math::normal_cdf(t) * words); }

/// Bounds of words_below between neighboring points of a grid: most words are below both or above
/// both, and the distribution itself is asked for the rest.
class Bounds {
 public:
  static constexpr int half = 1024;              // cells on each side of 0
  static constexpr double cells_per_unit = 128;  // up to 8 standard deviations
  Bounds() {
    for (int j = 0; j < 2 * half; ++j) {
      // One more on both sides: the function is monotone only up to its rounding.
      const u64 low = words_below((j - half) / cells_per_unit);
      const u64 high = words_below((j + 1 - half) / cells_per_unit) + 2;
      low_[static_cast<std::size_t>(j)] = static_cast<u32>(low == 0 ? 0 : low - 1);
      high_[static_cast<std::size_t>(j)] = static_cast<u32>(std::min<u64>(high, ~u32{0}));
    }
  }
  /// word < words_below(t)
  bool below(u32 word, double t) const {
    const double at = t * cells_per_unit;
    if (!(std::abs(at) < half - 1)) {
      return word < words_below(t);
    }
    const auto j = static_cast<std::size_t>(static_cast<int>(at + half));
    // Between the bounds, a case in some hundreds: no guess of the branch is wrong often.
    if (word - low_[j] < high_[j] - low_[j]) [[unlikely]] {
      return word < words_below(t);
    }
    return word < low_[j];
  }

 private:
  std::array<u32, 2 * half> low_, high_;
};

const Bounds& bounds() {
  static const Bounds made;
  return made;
}

constexpr std::size_t block = 1024, few = 64;

/// Between which normal quantiles a word lies, by its first bits.
class WordBounds {
 public:
  struct Between {
    float low, high;
  };
  WordBounds() {
    constexpr u32 cells = 1u << bits;
    const auto quantile = [](u32 j) {
      return math::normal_quantile(static_cast<double>(j) / cells);
    };
    constexpr float beyond = std::numeric_limits<float>::infinity();
    for (u32 j = 0; j < cells; ++j) {
      of_[j] = {j == 0 ? -beyond : static_cast<float>(quantile(j)),
                j + 1 == cells ? beyond : static_cast<float>(quantile(j + 1))};
    }
  }
  Between operator[](u32 word) const { return of_[word >> (32 - bits)]; }

 private:
  static constexpr u32 bits = 11;
  std::array<Between, 1u << bits> of_;
};

const WordBounds& word_bounds() {
  static const WordBounds made;
  return made;
}

/// More than all roundings of a sum of three quantiles, of their bounds, and of one word in 2^32
/// where it may be that the bounds of the word of the epoch decide (beyond them they are infinite).
constexpr float slack = 1e-4F;

}  // namespace

u32 decision_number(std::string_view name) {
  u32 hash = 2166136261u;
  for (const char c : name) {
    hash = (hash ^ static_cast<u8>(c)) * 16777619u;
  }
  return hash & Counter::max_index;
}

std::array<Draw, 3> Temperament::draws() { return {group_draw, own_draw, now_draw}; }

Temperament::Temperament(Chance chance, KindTag kind, u32 decision, Correlation r)
    : chance_(chance), kind_(kind), decision_(decision), lasts_(r.group > 0 || r.own > 0) {
  ensures(r.group >= 0 && r.own >= 0 && r.group + r.own < 1,
          "what lasts is a share of the variance");
  group_ = std::sqrt(r.group);
  own_ = std::sqrt(r.own);
  now_ = std::sqrt(1 - r.group - r.own);
}

float Temperament::lasting(AgentId group, AgentId id) const {
  const double z_group =
      group_ == 0
          ? 0
          : math::normal_quantile(unit(chance_.dense_word(group, kind_, 0, group_draw, decision_)));
  const double z_own =
      own_ == 0
          ? 0
          : math::normal_quantile(unit(chance_.dense_word(id, kind_, 0, own_draw, decision_)));
  return static_cast<float>(group_ * z_group + own_ * z_own);
}

u32 Temperament::word(AgentId id, Step epoch) const {
  return chance_.dense_word(id, kind_, epoch, now_draw, decision_);
}

double Temperament::quantile(u32 share) { return math::normal_quantile(share * 0x1p-20); }

bool Temperament::acts_with(u32 share, float lasting, u32 word) const {
  if (share == 0 || share >= whole_share) {
    return share != 0;
  }
  return lasts_ ? word < words_below((quantile(share) - lasting) / now_) : word < share << 12;
}

void Temperament::lasting(AgentId first, std::span<const u8> group, std::span<float> out) const {
  ensures(group.empty() || group.size() == out.size(),
          "every row says how far its group's first is");
  std::array<u32, block + 256> bits;
  std::array<double, block + 256> z_group, z_own;
  const auto normals = [&](AgentId from, std::size_t n, Draw draw,
                           std::array<double, block + 256>& z) {
    chance_.dense_words(from, kind_, 0, draw, decision_, std::span(bits.data(), n));
    for (std::size_t i = 0; i < n; ++i) {
      z[i] = unit(bits[i]);
    }
    math::normal_quantile(std::span<const double>(z.data(), n), std::span(z.data(), n));
  };
  for (std::size_t at = 0; at < out.size(); at += block) {
    const std::size_t n = std::min(block, out.size() - at);
    const AgentId begin = first + static_cast<AgentId>(at);
    // Groups may begin before the block does.
    const u32 before = group.empty() ? 0 : std::min<u32>(begin, 255);
    z_group.fill(0);
    z_own.fill(0);
    if (group_ != 0) {
      normals(begin - before, n + before, group_draw, z_group);
    }
    if (own_ != 0) {
      normals(begin, n, own_draw, z_own);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t g = i + before - (group.empty() ? 0 : group[at + i]);
      out[at + i] = static_cast<float>(group_ * z_group[g] + own_ * z_own[i]);
    }
  }
}

void Temperament::act(AgentId first, Step epoch, std::span<const u16> code,
                      std::span<const u32> share_of, std::span<const float> lasts,
                      std::span<u8> out) const {
  ensures(code.size() == out.size() && lasts.size() == (lasts_ ? out.size() : 0),
          "every row has a code, a place for its answer and what lasts of it");
  std::vector<double> quantile_of(share_of.size());
  for (std::size_t c = 0; c < share_of.size(); ++c) {
    quantile_of[c] = quantile(share_of[c]);
  }
  const Bounds& table = bounds();
  const double per_now = now_;
  std::array<u32, block> bits;
  for (std::size_t at = 0; at < out.size(); at += block) {
    const std::size_t n = std::min(block, out.size() - at);
    chance_.dense_words(first + static_cast<AgentId>(at), kind_, epoch, now_draw, decision_,
                        std::span(bits.data(), n));
    for (std::size_t i = 0; i < n; ++i) {
      const u16 c = code[at + i];
      const u32 share = share_of[c];
      if (share == 0 || share >= whole_share) {
        out[at + i] = share != 0;
      } else if (!lasts_) {
        out[at + i] = bits[i] < share << 12;
      } else {
        out[at + i] = table.below(bits[i], (quantile_of[c] - lasts[at + i]) / per_now);
      }
    }
  }
}

void Temperament::pick(std::span<const AgentId> id, Step epoch, Draw draw, u32* out) const {
  std::array<Counter, few> counters;
  std::array<Words, few> words;
  for (std::size_t i = 0; i < id.size(); ++i) {
    counters[i] = {.id = id[i] / 4,
                   .kind = kind_,
                   .step = epoch,
                   .name = Chance::dense_hash(draw.hash),
                   .index = decision_};
  }
  chance_.fill(std::span(counters.data(), id.size()), words.data());
  for (std::size_t i = 0; i < id.size(); ++i) {
    out[i] = words[i][id[i] % 4];
  }
}

void Temperament::act(std::span<const u32> share, std::span<const AgentId> group,
                      std::span<const AgentId> id, Step epoch, std::span<u8> out) const {
  ensures(share.size() == out.size() && group.size() == out.size() && id.size() == out.size(),
          "every row has a share, a group, an id and a place for its answer");
  const WordBounds& bounds_of = word_bounds();
  const auto by_group = static_cast<float>(group_), by_own = static_cast<float>(own_),
             by_now = static_cast<float>(now_);
  std::array<u32, few> now, of_own{}, of_group{};
  u32 last_share = 0;
  float turns = 0;
  for (std::size_t at = 0; at < out.size(); at += few) {
    const std::size_t n = std::min(few, out.size() - at);
    pick(id.subspan(at, n), epoch, now_draw, now.data());
    if (group_ != 0) {
      pick(group.subspan(at, n), 0, group_draw, of_group.data());
    }
    if (own_ != 0) {
      pick(id.subspan(at, n), 0, own_draw, of_own.data());
    }
    for (std::size_t i = 0; i < n; ++i) {
      const u32 s = share[at + i];
      if (s == 0 || s >= whole_share || !lasts_) {
        out[at + i] = acts_with(s, 0, now[i]);
        continue;
      }
      if (s != last_share) {
        last_share = s;
        turns = static_cast<float>(quantile(s));
      }
      auto [low, high] = bounds_of[now[i]];
      low *= by_now;
      high *= by_now;
      if (group_ != 0) {
        const auto g = bounds_of[of_group[i]];
        low += by_group * g.low;
        high += by_group * g.high;
      }
      if (own_ != 0) {
        const auto o = bounds_of[of_own[i]];
        low += by_own * o.low;
        high += by_own * o.high;
      }
      if (high < turns - slack) {
        out[at + i] = 1;
      } else if (low > turns + slack) {
        out[at + i] = 0;
      } else {
        out[at + i] = acts_with(s, lasting(group[at + i], id[at + i]), now[i]);
      }
    }
  }
}

}  // namespace throng
