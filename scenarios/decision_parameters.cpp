#include "scenarios/decision_parameters.h"

namespace throng {

Fields decision_fields() {
  using namespace decision;
  Fields f;
  f.add(provider).add(ask).add(sample).add(archetype).add(lattice).add(persona).add(personas).add(
      audits);
  f.add(least_people).add(remembered).add(lag).add(household).add(person).map(bands);
  f.add(fallback).add(least_answered).add(last_for).add(max_degraded_share);
  f.add(surrogate).add(cassette).add(cache).add(prompt).add(calibration).add(mode);
  Fields law;
  law.add(law_table).add(law_personal).add(law_failing);
  f.table("law", "A known law, for tests.", std::move(law));
  Fields server;
  server.add(url).add(model).add(dialect).add(key_variable).add(allow_http);
  server.add(temperature).add(top_p).add(max_tokens).add(sampling_seed).add(both_orders);
  server.add(deadline).add(total_time).add(at_once).add(attempts);
  server.add(requests_per_minute).add(tokens_per_minute);
  server.add(max_calls).add(max_tokens_in_all).add(max_cost);
  server.add(prompt_price).add(completion_price);
  f.table("http", "A language model and its server.", std::move(server));
  return f;
}

}  // namespace throng
