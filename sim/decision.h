// Decisions asked for kinds of rows instead of single ones: a question per archetype, answered as
// the share who would, by a rule, a table or anything behind this interface.
#pragma once
#include <span>
#include <string_view>

#include "sim/types.h"

namespace throng {

/// Distinct questions of one epoch: row k of `features` is what question k mentions.
struct Questions {
  std::span<const std::string_view> names;  ///< of the features
  std::span<const double> features;         ///< [question x feature]
  std::size_t count() const { return names.empty() ? 0 : features.size() / names.size(); }
};

/// Shares are kept in units of 2^-20.
inline constexpr u32 whole_share = 1u << 20;

class DecisionProvider {
 public:
  virtual ~DecisionProvider() = default;
  virtual std::string_view name() const = 0;
  /// shares[k]: the share, in [0, whole_share], who would say yes to question k. Equal on every
  /// rank.
  virtual void answer(const Questions& questions, std::span<u32> shares) const = 0;
};

}  // namespace throng
