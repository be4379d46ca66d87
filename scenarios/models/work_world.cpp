#include "scenarios/models/work_world.h"

#include <algorithm>

namespace throng {
namespace {

constexpr std::size_t own = ~std::size_t{0};
constexpr i64 benefit_bands[] = {0, 1, 250, 450, 750};
constexpr Step days_in_quarter = 91;

Feature added_benefits() {
  Feature f;
  f.name = benefits_feature;
  f.from = Feature::From::lattice;
  f.unit = "USD/week";
  f.doc = "What is paid to the unemployed beyond regular benefits.";
  name_bands(f, benefit_bands);
  f.labels[0] = "nothing";
  f.numbers[0] = 0;
  return f;
}

Feature quarter() {
  Feature f;
  f.name = quarter_feature;
  f.from = Feature::From::lattice;
  f.unit = "label";
  f.doc = "Quarters of a year since the beginning.";
  f.labels = {"first", "second", "third", "fourth or later"};
  f.numbers = {1, 2, 3, 4};
  return f;
}

bool is_own(const std::string& name) { return name == benefits_feature || name == quarter_feature; }

std::vector<std::string> of_epidemic(const std::vector<std::string>& all) {
  std::vector<std::string> names;
  std::copy_if(all.begin(), all.end(), std::back_inserter(names),
               [](const std::string& name) { return !is_own(name); });
  return names;
}

std::size_t position(const Questions& questions, std::string_view name) {
  const auto at = std::find_if(questions.features.begin(), questions.features.end(),
                               [&](const Feature& f) { return f.name == name; });
  ensures(at != questions.features.end(),
          "a question about work that the rule answers mentions cases and benefits");
  return static_cast<std::size_t>(at - questions.features.begin());
}

}  // namespace

WorkWorld::WorkWorld(std::shared_ptr<const epidemic::Settings> settings,
                     std::vector<std::string> features, std::vector<i64> bands_of_cases,
                     std::vector<double> benefits)
    : benefits_(std::move(benefits)),
      of_epidemic_(std::move(settings), of_epidemic(features), std::move(bands_of_cases)) {
  std::size_t told = 0;
  for (const std::string& name : features) {
    from_.push_back(is_own(name) ? own : told++);
    features_.push_back(name == benefits_feature  ? added_benefits()
                        : name == quarter_feature ? quarter()
                                                  : of_epidemic_.features()[from_.back()]);
  }
}

void WorkWorld::look(Step now, u32 archetypes, const LabelOf& label_of, std::span<u16> out) const {
  const std::size_t known = of_epidemic_.features().size();
  std::vector<u16> told(archetypes * known);
  of_epidemic_.look(now, archetypes, label_of, told);
  const auto paid =
      static_cast<i64>(benefits_[std::min<std::size_t>(now, benefits_.size() - 1)] + 0.5);
  const auto band =
      static_cast<u16>(std::upper_bound(std::begin(benefit_bands), std::end(benefit_bands), paid) -
                       std::begin(benefit_bands) - 1);
  const auto since = static_cast<u16>(std::min<Step>(3, now / days_in_quarter));
  for (u32 a = 0; a < archetypes; ++a) {
    for (std::size_t f = 0; f < features_.size(); ++f) {
      out[a * features_.size() + f] = from_[f] != own ? told[a * known + from_[f]]
                                      : features_[f].name == benefits_feature ? band
                                                                              : since;
    }
  }
}

void BandedWorkRule::answer(const Questions& questions, std::span<Answer> answers) {
  const std::size_t cases = position(questions, epidemic::reported_cases_feature);
  const std::size_t benefits = position(questions, benefits_feature);
  for (std::size_t q = 0; q < questions.count(); ++q) {
    const auto values = questions.of(q);
    answers[q].share = rule_.share(questions.features[cases].numbers[values[cases]],
                                   questions.features[benefits].numbers[values[benefits]]);
    answers[q].rung = Rung::live;
  }
}

}  // namespace throng
