#include "behaviors/epidemic/stay_home_rule.h"

#include <algorithm>

#include "sim/error.h"
#include "sim/math.h"

namespace throng::epidemic {
namespace {
std::size_t position(const CellQuestions& questions, std::string_view feature) {
  const auto found = std::find(questions.names.begin(), questions.names.end(), feature);
  ensures(found != questions.names.end(),
          "a question about staying home mentions the order and the cases");
  return static_cast<std::size_t>(found - questions.names.begin());
}
}  // namespace

void StayHomeRule::answer(const CellQuestions& questions, std::span<u32> shares) const {
  const std::size_t cases = position(questions, stay_home_features[2]);
  const std::size_t order = position(questions, stay_home_features[3]);
  ensures(shares.size() == questions.count(), "every question gets one answer");
  for (std::size_t k = 0; k < shares.size(); ++k) {
    const double* features = &questions.features[k * questions.names.size()];
    const double x = coefficients_.intercept + coefficients_.order * features[order] +
                     coefficients_.cases * math::log1p(features[cases]);
    shares[k] = static_cast<u32>(whole_share / (1.0 + math::exp(-x)) + 0.5);
  }
}

}  // namespace throng::epidemic
