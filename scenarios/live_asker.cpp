#include "scenarios/live_asker.h"

#include "scenarios/decision_parameters.h"

namespace throng {
namespace {

i64 or_no_limit(i64 most) { return most == 0 ? no_limit : most; }
i64 millionths(double amount) { return static_cast<i64>(amount * 1e6 + 0.5); }

}  // namespace

ModelSettings model_settings(const Values& server) {
  ModelSettings m;
  m.dialect = server.get(decision::dialect);
  m.model = server.get(decision::model);
  m.temperature = server.get(decision::temperature);
  m.top_p = server.get(decision::top_p);
  m.max_tokens = server.get(decision::max_tokens);
  if (const i64* seed = server.find(decision::sampling_seed)) {
    m.seed = *seed;
  }
  return m;
}

BrokerSettings broker_settings(const Values& server) {
  BrokerSettings b;
  b.endpoint.url = server.get(decision::url);
  b.endpoint.key_variable = server.get(decision::key_variable);
  b.endpoint.http.allow_http = server.get(decision::allow_http);
  b.endpoint.http.total_s = server.get(decision::total_time);
  b.budget.calls = or_no_limit(server.get(decision::max_calls));
  b.budget.tokens = or_no_limit(server.get(decision::max_tokens_in_all));
  // Less than half a millionth is a limit too.
  const double most = server.get(decision::max_cost);
  b.budget.cost = most > 0 ? millionths(most) : no_limit;
  b.prices.prompt = millionths(server.get(decision::prompt_price));
  b.prices.completion = millionths(server.get(decision::completion_price));
  b.most_at_once = server.get(decision::at_once);
  b.max_attempts = server.get(decision::attempts);
  b.requests_per_minute = server.get(decision::requests_per_minute);
  b.tokens_per_minute = server.get(decision::tokens_per_minute);
  return b;
}

Probe probe_server(const Values& section) {
  const Values& server = section.table("http");
  const BrokerSettings settings = broker_settings(server);
  return probe(settings.endpoint, model_settings(server), settings.prices);
}

}  // namespace throng
