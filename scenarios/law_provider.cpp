#include "scenarios/law_provider.h"

#include "sim/math.h"
#include "sim/temperament.h"

namespace throng {
namespace {
constexpr Draw personal_draw = "law.personal", failing_draw = "law.failing";
}

LawProvider::LawProvider(Surrogate table, Law law, std::string_view decision,
                         std::span<const Feature> features, u64 seed)
    : table_(std::move(table)), law_(law), chance_(seed), decision_(decision_number(decision)) {
  table_.check(decision, features);
}

double LawProvider::probability(std::span<const Feature> features, std::span<const u16> values,
                                AgentId who) const {
  return probability(table_.log_odds(features, values), who);
}

double LawProvider::probability(double log_odds, AgentId who) const {
  double x = log_odds;
  if (law_.personal > 0 && who != no_agent) {
    x += law_.personal *
         math::normal_quantile(unit(chance_.words(0, who, 0, personal_draw, decision_)[0]));
  }
  return 1 / (1 + math::exp(-x));
}

void LawProvider::answer(const Questions& questions, std::span<Answer> answers) {
  const CodedSurrogate by_code = table_.coded(questions.features);
  for (std::size_t q = 0; q < questions.count(); ++q) {
    const Words w =
        chance_.words(0, static_cast<AgentId>(q), questions.step, failing_draw, decision_);
    if (w[0] < threshold(law_.failing)) {
      answers[q].why = "the law is told to fail";
      continue;
    }
    const AgentId who = questions.who.empty() ? no_agent : questions.who[q];
    const double p = probability(by_code.log_odds(questions.of(q)), who);
    answers[q].share = static_cast<u32>(p * whole_share + 0.5);
    answers[q].rung = Rung::live;
  }
}

std::vector<Draw> LawProvider::draws() const { return {personal_draw, failing_draw}; }

}  // namespace throng
