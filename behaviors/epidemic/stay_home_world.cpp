#include "behaviors/epidemic/stay_home_world.h"

#include <algorithm>
#include <functional>

#include "behaviors/epidemic/columns.h"
#include "behaviors/person/columns.h"
#include "sim/error.h"

namespace throng::epidemic {
namespace {

Feature lattice_feature(std::string_view name, std::string unit, std::string doc) {
  Feature f;
  f.name = name;
  f.from = Feature::From::lattice;
  f.unit = std::move(unit);
  f.doc = std::move(doc);
  return f;
}

Feature cases(const std::vector<i64>& bands) {
  Feature f = lattice_feature(reported_cases_feature, "case/100000 people/week",
                              "Cases reported in the last week, per 100,000 people.");
  name_bands(f, bands);
  return f;
}

Feature trend_of_cases() {
  Feature f = lattice_feature(trend_feature, "label",
                              "Reported cases of the last week against the week before.");
  f.labels = {"falling fast", "falling", "steady", "rising", "rising fast"};
  f.numbers = {-2, -1, 0, 1, 2};
  return f;
}

Feature order() {
  Feature f =
      lattice_feature(order_feature, "label", "What the authorities say about staying home.");
  f.labels = {"none", "advice", "order"};
  f.numbers = {0, 1, 2};
  return f;
}

std::size_t position(const Questions& questions, std::string_view name) {
  for (std::size_t f = 0; f < questions.features.size(); ++f) {
    if (questions.features[f].name == name) {
      return f;
    }
  }
  ensures(false, "a question that the rule answers mentions the order and the cases");
  return 0;
}

}  // namespace

StayHomeWorld::StayHomeWorld(const Settings& settings, std::vector<std::string> features,
                             std::vector<i64> bands)
    : order_in_force_(settings.stay_home.order_in_force),
      every_(settings.stay_home.every),
      bands_(std::move(bands)) {
  if (bands_.empty() || bands_.front() != 0) {
    throw InputError(
        "bands of reported_cases: they do not begin at 0 (nobody reported is a rate too). Give "
        "lower bounds, as in [0, 50, 200].");
  }
  for (const std::string& name : features) {
    if (name == reported_cases_feature) {
      features_.push_back(cases(bands_));
    } else if (name == trend_feature) {
      features_.push_back(trend_of_cases());
    } else if (name == order_feature) {
      features_.push_back(order());
    } else {
      throw InputError("'" + name +
                       "' is nothing that is known of the epidemic (there are reported_cases, "
                       "trend and order_in_force). Name one of these.");
    }
  }
}

void StayHomeWorld::bind(Binder& b) {
  last_week_ = b.sees(person::borough_kind, cases_last_week);
  week_before_ = b.sees(person::borough_kind, cases_week_before);
  people_ = b.sees(person::borough_kind, borough_people);
  boroughs_ = b.kind(person::borough_kind).rows();
}

u16 StayHomeWorld::trend(i64 last_week, i64 week_before) {
  constexpr i64 few = 5;
  if (last_week < few && week_before < few) {
    return 2;
  }
  if (2 * last_week < week_before) {
    return 0;
  }
  if (5 * last_week < 4 * week_before) {
    return 1;
  }
  if (4 * last_week <= 5 * week_before) {
    return 2;
  }
  return last_week <= 2 * week_before ? 3 : 4;
}

void StayHomeWorld::look(Step now, u32 archetypes, const LabelOf& label_of,
                         std::span<u16> out) const {
  const u32 boroughs = boroughs_;
  std::vector<i64> last(boroughs + 1), before(boroughs + 1), people(boroughs + 1);
  for (u32 b = 0; b < boroughs; ++b) {
    last[b] = last_week_.at(b);
    before[b] = week_before_.at(b);
    people[b] = people_.at(b);
    last[boroughs] += last[b];
    before[boroughs] += before[b];
    people[boroughs] += people[b];
  }
  for (u32 a = 0; a < archetypes; ++a) {
    const u32 b = label_of(a, "borough").value_or(static_cast<u16>(boroughs));
    const i64 rate = last[b] * 7 * 100'000 / (std::max<i64>(1, people[b]) * every_);
    for (std::size_t f = 0; f < features_.size(); ++f) {
      u16& label = out[a * features_.size() + f];
      if (features_[f].name == reported_cases_feature) {
        const auto above = std::upper_bound(bands_.begin(), bands_.end(), rate);
        label = static_cast<u16>(above - bands_.begin() - 1);
      } else if (features_[f].name == trend_feature) {
        label = trend(last[b], before[b]);
      } else {
        label = order_in_force_.empty() ? u16{0} : order_in_force_[now];
      }
    }
  }
}

void BandedRule::answer(const Questions& questions, std::span<Answer> answers) {
  const std::size_t cases_at = position(questions, reported_cases_feature);
  const std::size_t order_at = position(questions, order_feature);
  std::vector<double> features;
  for (std::size_t q = 0; q < questions.count(); ++q) {
    const auto values = questions.of(q);
    features.insert(features.end(), {0, 0, questions.features[cases_at].numbers[values[cases_at]],
                                     questions.features[order_at].numbers[values[order_at]]});
  }
  std::vector<u32> shares(questions.count());
  rule_.answer({stay_home_features, features}, shares);
  for (std::size_t q = 0; q < shares.size(); ++q) {
    answers[q].share = shares[q];
    answers[q].rung = Rung::live;
  }
}

}  // namespace throng::epidemic
