// From a share to an action: who of the many would. A one-factor probit model, so that people keep
// their temperament and the mean over many stays exactly the share, whatever the correlation:
//
//   act if  sqrt(r_group) z_group + sqrt(r_own) z_own + sqrt(1 - r_group - r_own) z_now < q(share)
//
// with q the normal quantile and all z standard normal: z_group of a group (a household), lasting;
// z_own of the row, lasting; z_now of the row and the epoch. Pure functions of (seed, kind, number
// of the decision, id, epoch): nothing to store. With r = 0 the draws of epochs are independent.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "sim/chance.h"
#include "sim/decision.h"
#include "sim/types.h"

namespace throng {

/// The words of a name as a number for counters: decisions of different names have chances of
/// their own.
u32 decision_number(std::string_view name);

class Temperament {
 public:
  struct Correlation {
    double group = 0, own = 0;  ///< shares of the variance that last; their sum is below 1
  };
  Temperament() = default;
  /// `decision`: decision_number(). Throws ContractError where the correlation is none.
  Temperament(Chance chance, KindTag kind, u32 decision, Correlation correlation);

  /// What of a row lasts; low values act more. `group` is the id of the group's first row.
  float lasting(AgentId group, AgentId id) const;
  /// The slow, obvious form; the form over spans gives the same bits.
  bool acts(u32 share, AgentId group, AgentId id, Step epoch) const {
    return acts_with(share, lasts_ ? lasting(group, id) : 0.0F, word(id, epoch));
  }
  /// lasting() of the rows first, first + 1, ...; group[i] is how far row i is behind the first of
  /// its group (0 for itself), or empty: every row is its own group.
  void lasting(AgentId first, std::span<const u8> group, std::span<float> out) const;
  /// out[i] = acts(share_of[code[i]], ..., first + i, epoch) as 0 or 1, where `lasts` holds
  /// lasting() of these rows; empty where nothing lasts. About 5 ns a row (x86-64-v3).
  void act(AgentId first, Step epoch, std::span<const u16> code, std::span<const u32> share_of,
           std::span<const float> lasts, std::span<u8> out) const;
  /// out[i] = acts(share[i], group[i], id[i], epoch), for rows that lie apart. About 15 ns a row
  /// (x86-64-v3): words that are far enough from where it turns decide without a quantile.
  void act(std::span<const u32> share, std::span<const AgentId> group, std::span<const AgentId> id,
           Step epoch, std::span<u8> out) const;
  /// The names it draws under.
  static std::array<Draw, 3> draws();
  /// Whether anything lasts: correlation above 0.
  bool lasts() const { return lasts_; }

 private:
  u32 word(AgentId id, Step epoch) const;
  bool acts_with(u32 share, float lasting, u32 word) const;
  static double quantile(u32 share);
  void pick(std::span<const AgentId> id, Step epoch, Draw draw, u32* out) const;

  Chance chance_{0};
  KindTag kind_ = 0;
  u32 decision_ = 0;
  bool lasts_ = false;
  double group_ = 0, own_ = 0, now_ = 1;  // square roots of the shares of variance
};

}  // namespace throng
