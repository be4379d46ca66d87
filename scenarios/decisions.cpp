#include "scenarios/decisions.h"

#include <algorithm>
#include <array>
#include <limits>

#include "io/account_key.h"
#include "io/cassette.h"
#include "io/chat.h"
#include "io/replay_asker.h"
#include "io/surrogate.h"
#include "io/together.h"
#include "scenarios/law_provider.h"
#include "scenarios/live_asker.h"

namespace throng {

namespace {

/// A surrogate as a fallback: silent where nothing certifies it.
class Certified final : public DecisionProvider {
 public:
  explicit Certified(std::shared_ptr<SurrogateTable> table) : table_(std::move(table)) {}
  std::string_view name() const override { return table_->name(); }
  void answer(const Questions& questions, std::span<Answer> answers) override {
    table_->answer(questions, answers);
    const CodedSurrogate by_code = table_->coded(questions.features);
    for (std::size_t q = 0; q < questions.count(); ++q) {
      if (!by_code.certified(questions.of(q))) {
        answers[q] = {};
      }
    }
  }

 private:
  std::shared_ptr<SurrogateTable> table_;
};

/// In the place of a model where nothing is asked.
class NobodyAsked final : public DecisionProvider {
 public:
  std::string_view name() const override { return "nobody"; }
  void answer(const Questions&, std::span<Answer>) override {
    ensures(false, "who is put together to be looked at is not asked");
  }
};

std::vector<i64> bands_of(const Values& section, const std::string& feature) {
  for (const auto& [name, lower] : section.map(decision::bands)) {
    if (name == feature) {
      return lower;
    }
  }
  return {};
}

}  // namespace

/// What rank 0 asks with.
struct DecisionAssembly::Machinery {
  std::unique_ptr<KnownAnswers> cache;
  std::unique_ptr<Cassette> cassette;
  std::unique_ptr<LiveAsker> live;
  std::unique_ptr<Asker> recorded;
};

// ---- what is recorded ---------------------------------------------------------------------------

class DecisionAssembly::Record final : public Recorder {
 public:
  Record(DecisionAssembly& assembly, Rank rank) : has_ledger(rank == 0), assembly_(assembly) {}

  void begin(Simulation&) override {
    if (shares_.empty()) {
      shares_.push_back(0);
    }
  }
  void step(Simulation& simulation) override {
    ArchetypeDecision& decision = *assembly_.decision_;
    for (const DecisionEpoch& e : decision.take_epochs()) {
      add(decision, e);
    }
    // Of the share that people act on from the next step on: as columns stand.
    double in_force = shares_.back();
    for (const Row& row : epochs_) {
      if (row.in_force == simulation.now() + 1) {
        in_force = row.mean_share;
      }
    }
    shares_.push_back(in_force);
  }
  void keep(Keeper& keeper) override {
    const std::string place = "decision/" + assembly_.offer_.name + "/";
    const auto grows = [&](const char* name, auto field) {
      keeper.grows(place + name, epochs_, field);
    };
    grows("asked", &Row::asked);
    grows("in_force", &Row::in_force);
    grows("questions", &Row::questions);
    grows("people", &Row::people);
    grows("degraded", &Row::degraded);
    grows("partial", &Row::partial);
    grows("as_nearest", &Row::as_nearest);
    grows("mean_share", &Row::mean_share);
    grows("audits", &Row::audits);
    grows("correction", &Row::correction);
    grows("error", &Row::error);
    keeper.grows(place + "shares", shares_);
    ledger.keep(keeper, place + "ledger/");
    if (!keeper.keeps() && assembly_.machinery_ && assembly_.machinery_->live) {
      assembly_.machinery_->live->restore(ledger);
    }
  }
  void write(Results& results) const;
  u64 questions() const {
    u64 sum = 0;
    for (const Row& row : epochs_) {
      sum += row.questions;
    }
    return sum;
  }
  double degraded_share() const {
    double degraded = 0, people = 0;
    for (const Row& row : epochs_) {
      degraded += static_cast<double>(row.degraded);
      people += static_cast<double>(row.people);
    }
    return people == 0 ? 0 : degraded / people;
  }

  const bool has_ledger;  ///< one rank has it
  Ledger ledger;

 private:
  struct Row {
    u32 asked = 0, in_force = 0, questions = 0, audits = 0;
    i64 people = 0, degraded = 0, partial = 0, as_nearest = 0;
    double mean_share = 0, correction = 0, error = 0;
  };
  void add(const ArchetypeDecision& decision, const DecisionEpoch& e) {
    epochs_.push_back({.asked = e.asked,
                       .in_force = e.in_force,
                       .questions = e.questions,
                       .audits = e.audits,
                       .people = static_cast<i64>(e.rows),
                       .degraded = static_cast<i64>(e.degraded_rows),
                       .partial = static_cast<i64>(e.partial_rows),
                       .as_nearest = static_cast<i64>(e.rows_as_nearest),
                       .mean_share = e.mean_share,
                       .correction = e.correction,
                       .error = e.error});
    if (!has_ledger) {
      return;
    }
    const auto told = std::span(decision.features()).first(decision.told_of_archetypes());
    for (const DecisionEpoch::Applied& a : e.applied) {
      const Subject subject = {
          .decision = assembly_.offer_.name,
          .step = e.asked,
          .features = features_text(told, decision.labels(a.archetype, a.lattice)),
          .mass = a.rows,
          .row = a.archetype};
      ledger.applied(subject, e.in_force, {.share = a.share, .rung = a.rung, .why = {}});
    }
  }

  DecisionAssembly& assembly_;
  std::vector<Row> epochs_;
  std::vector<double> shares_;  // [step], in force in the next
};

void DecisionAssembly::Record::write(Results& results) const {
  ledger.write(results);
  assembly_.tell_sources(results.provenance.decisions);
  Table table = {.name = assembly_.offer_.name + "_epochs",
                 .doc =
                     "Every time archetypes were asked: what it came to, and by people who were "
                     "asked in full how much archetypes missed.",
                 .columns = {}};
  const auto column = [&](const char* name, const char* unit, const char* doc, auto field) {
    using T = std::remove_cvref_t<decltype(std::declval<Row>().*field)>;
    std::vector<T> values;
    for (const Row& row : epochs_) {
      values.push_back(row.*field);
    }
    table.columns.push_back(
        {.name = name, .unit = unit, .doc = doc, .labels = {}, .values = std::move(values)});
  };
  column("asked", "step", "End of the step that questions were about.", &Row::asked);
  column("in_force", "step", "First step in which the answers counted.", &Row::in_force);
  column("questions", "1", "Questions, of personas and audits too.", &Row::questions);
  column("people", "person", "People of all archetypes.", &Row::people);
  column("degraded", "person",
         "Of them, those who acted on a fallback, or whose part of an archetype's personas did not "
         "answer.",
         &Row::degraded);
  column("partial", "person",
         "People of archetypes whose share leaves out personas that did not answer.",
         &Row::partial);
  column("as_nearest", "person",
         "People of archetypes that nobody was of at the epoch before: until these answers they "
         "acted as the nearest archetype that somebody was of.",
         &Row::as_nearest);
  column("mean_share", "1", "Share of the people who act.", &Row::mean_share);
  column("audits", "person", "People asked in full who answered.", &Row::audits);
  column("correction", "1",
         "What has to be added to mean_share to make it that of people asked in full: unbiased.",
         &Row::correction);
  column("error", "1", "Standard error of the correction.", &Row::error);
  results.tables.push_back(std::move(table));
  results.series.push_back({.name = assembly_.offer_.name + "_share",
                            .unit = "1",
                            .long_name =
                                "Share of the people who act, by the decision in force from "
                                "the next step on",
                            .dimensions = {},
                            .values = shares_});
}

// ---- put together -------------------------------------------------------------------------------

DecisionAssembly::DecisionAssembly(const Values& section, DecisionOffer offer,
                                   const DecisionPlace& place)
    : section_(section),
      offer_(std::move(offer)),
      made_(std::make_unique<Record>(*this, place.world.rank())),
      record_(made_.get()) {
  using namespace decision;
  if (!AccountKey::names_variable(section_.table("http").get(key_variable))) {
    // It may be the key itself: neither it nor its place, which may be an override, is repeated.
    throw InputError(
        "decision." + offer_.name +
        ".http.key_variable: is no name of an environment variable (capital letters, "
        "digits and _; the key itself stands nowhere but in that variable). Name one.");
  }
  DecisionSettings s;
  s.name = offer_.name;
  s.kind = offer_.kind;
  s.everyone = section_.choice<AskOf>(ask) == AskOf::everyone;
  s.sample =
      section_.choice<AskOf>(ask) == AskOf::sample ? static_cast<u32>(section_.get(sample)) : 0;
  s.personas = static_cast<u32>(section_.get(personas));
  s.audits = static_cast<u32>(section_.get(audits));
  s.least_rows = static_cast<u64>(section_.get(least_people));
  s.every = offer_.every;
  s.last_step = offer_.last_step;
  s.lag = static_cast<u32>(section_.get(lag));
  s.remembered = static_cast<u32>(section_.get(remembered));
  s.correlation = {.group = section_.get(household), .own = section_.get(decision::person)};
  if (s.correlation.group + s.correlation.own >= 1) {
    refuse(household.name,
           "the correlations of household and person add up to 1 or more (something has to be left "
           "to the day). Lower one of them.");
  }
  s.group_column = offer_.group_column;
  s.last_for = static_cast<u32>(section_.get(last_for));
  s.least_answered = section_.get(least_answered);
  s.max_degraded_share = section_.get(max_degraded_share);
  s.fallback = ladder();
  const auto at = [&](std::string_view key, auto&& make) {
    try {
      return make();
    } catch (const InputError& error) {
      refuse(key, error.what());
    }
  };
  for (const std::string& name : section_.get(archetype)) {
    s.archetype.push_back(
        at(archetype.name, [&] { return offer_.row_feature(name, bands_of(section_, name)); }));
  }
  for (const std::string& name : section_.get(persona)) {
    s.outside.push_back(
        at(persona.name, [&] { return offer_.row_feature(name, bands_of(section_, name)); }));
  }
  s.circumstances = at(lattice.name, [&] {
    return offer_.circumstances(section_.get(lattice), bands_of(section_, "reported_cases"));
  });
  const std::vector<Feature> features =
      at(archetype.name, [&] { return ArchetypeDecision::features_of(s); });
  together(place.world, [&] {
    s.provider = provider(place, features);
    const auto uses = [&](Rung rung) {
      return std::find(s.fallback.begin(), s.fallback.end(), rung) != s.fallback.end();
    };
    if (uses(Rung::rule)) {
      if (offer_.rule == nullptr) {
        refuse(fallback.name, offer_.why_no_rule);
      }
      s.rule = offer_.rule;
    }
    if (uses(Rung::surrogate)) {
      s.surrogate = std::make_shared<Certified>(
          std::static_pointer_cast<SurrogateTable>(surrogate(features)));
    }
    if (record_->has_ledger) {
      record_->ledger.declare(offer_.name, features);
    }
  });
  decision_ = at(archetype.name, [&] { return std::make_shared<ArchetypeDecision>(std::move(s)); });
}

DecisionAssembly::~DecisionAssembly() = default;

void DecisionAssembly::refuse(std::string_view key, const std::string& problem) const {
  throw InputError(section_.place_of(key).str() + ": decision." + offer_.name + "." +
                   std::string(key) + ": " + problem);
}

template <class T>
const T& DecisionAssembly::needed(const Parameter<T>& parameter, std::string_view why) const {
  const T* value = section_.find(parameter);
  if (value == nullptr) {
    refuse(parameter.name, "is missing (" + std::string(why) + "). Add it.");
  }
  return *value;
}

std::vector<Rung> DecisionAssembly::ladder() const {
  std::vector<Rung> rungs;
  for (const std::string& word : section_.get(decision::fallback)) {
    const Rung rung = word == "surrogate" ? Rung::surrogate
                      : word == "last"    ? Rung::last
                      : word == "rule"    ? Rung::rule
                                          : Rung::none;
    if (rung == Rung::none || std::find(rungs.begin(), rungs.end(), rung) != rungs.end()) {
      refuse(decision::fallback.name, "'" + word +
                                          "' is no rung of the ladder, or there twice (surrogate, "
                                          "last and rule can be, once each). Correct it.");
    }
    rungs.push_back(rung);
  }
  return rungs;
}

std::shared_ptr<DecisionProvider> DecisionAssembly::surrogate(
    const std::vector<Feature>& features) {
  const FilePath& file = needed(decision::surrogate, "a surrogate is to answer");
  auto table = std::make_shared<SurrogateTable>(read_surrogate(file.text));
  table->check(offer_.name, features);
  provenance_ = table->provenance();
  title_ = table->surrogate().text("title");
  stands_for_ = table->surrogate().text("stands_for");
  return table;
}

std::shared_ptr<DecisionProvider> DecisionAssembly::provider(const DecisionPlace& place,
                                                             const std::vector<Feature>& features) {
  switch (section_.choice<DecisionBy>(decision::provider)) {
    case DecisionBy::rule:
      if (offer_.rule == nullptr) {
        refuse(decision::provider.name, offer_.why_no_rule);
      }
      return offer_.rule;
    case DecisionBy::surrogate:
      return surrogate(features);
    case DecisionBy::law: {
      const Values& law = section_.table("law");
      const FilePath* table = law.find(decision::law_table);
      if (table == nullptr) {
        refuse("law", "its table is missing (a law is to answer). Add law.table.");
      }
      return std::make_shared<LawProvider>(
          read_surrogate(table->text),
          LawProvider::Law{.personal = law.get(decision::law_personal),
                           .failing = law.get(decision::law_failing)},
          offer_.name, features, place.seed);
    }
    case DecisionBy::cassette:
    case DecisionBy::http:
      return model(place, features);
  }
  return nullptr;
}

std::shared_ptr<DecisionProvider> DecisionAssembly::model(const DecisionPlace& place,
                                                          const std::vector<Feature>& features) {
  const Values& server = section_.table("http");
  const bool replays = section_.choice<DecisionBy>(decision::provider) == DecisionBy::cassette;
  const AnswerMode how = section_.choice<AnswerMode>(decision::mode);
  const FilePath& text = needed(decision::prompt, "a model is asked in words");
  check_server(server);
  model_ = std::unique_ptr<ModelDecision>(new ModelDecision{
      .decision = offer_.name,
      .features = features,
      .prompt = PromptTemplate::read_file(text.text),
      .model = model_settings(server),
      .elicitation = {.both_orders = server.get(decision::both_orders), .calibration = {}},
      .deadline_s = server.get(decision::deadline)});
  if (const FilePath* map = section_.find(decision::calibration)) {
    model_->elicitation.calibration = Calibration::read_file(map->text);
  }
  model_->prompt.check(model_->features, model_->elicitation.both_orders);
  model_->elicitation.calibration.check(model_->model.model, model_->prompt.hash(),
                                        model_->elicitation.both_orders);
  const FilePath* const recorded =
      replays || how == AnswerMode::refresh
          ? &needed(decision::cassette, "recorded answers are to be used")
          : nullptr;
  if (!place.asks) {
    if (recorded != nullptr) {
      Cassette(Ledger::open(recorded->text));  // whether it can be played
    }
    return std::make_shared<NobodyAsked>();
  }
  Asker* asker = nullptr;
  if (place.world.rank() == 0) {
    machinery_ = std::make_unique<Machinery>();
    Machinery& m = *machinery_;
    if (recorded != nullptr) {
      m.cassette = std::make_unique<Cassette>(Ledger::open(recorded->text));
    }
    if (!replays) {
      const std::string& shared = section_.get(decision::cache);
      // A record holds nothing that another run had asked.
      if (!shared.empty() && how != AnswerMode::record) {
        m.cache = std::make_unique<AnswerCache>(shared);
      } else if (!place.folder.empty()) {
        m.cache = std::make_unique<OwnAnswers>(
            place.folder + "/" + (how == AnswerMode::record ? own_record : own_answers));
      }
      m.live = std::make_unique<LiveAsker>(
          broker_settings(server), model_->model, m.cache.get(),
          LiveAsker::Purse{.folder = place.folder, .decision = offer_.name, .seed = place.seed});
      asker = m.live.get();
    }
    if (replays) {
      m.recorded = std::make_unique<ReplayAsker>(model_->model, *m.cassette);
      asker = m.recorded.get();
    } else if (how == AnswerMode::refresh) {
      m.recorded = std::make_unique<RefreshAsker>(model_->model, *m.cassette, *m.live);
      asker = m.recorded.get();
    }
  }
  return std::make_shared<ModelProvider>(place.world, *model_, asker, &record_->ledger);
}

/// What is wrong with a server's settings before anybody speaks to it.
void DecisionAssembly::check_server(const Values& server) const {
  using namespace decision;
  if (server.get(decision::model).empty()) {
    refuse("http", "its model is missing (questions are of one). Add http.model.");
  }
  const std::string& named = server.get(dialect);
  std::string known;
  bool is_known = false;
  for (const Dialect& d : dialects()) {
    known += (known.empty() ? "" : ", ") + std::string(d.name);
    is_known = is_known || d.name == named;
  }
  if (!is_known) {
    refuse("http", "its dialect '" + named + "' is none that is known (there are " + known +
                       "). Name one of them.");
  }
  if (const auto wrong = problem_of_url(server.get(url), server.get(allow_http))) {
    refuse("http", "its url " + *wrong + ". Correct it.");
  }
  const double most = server.get(max_cost);
  if (most > 0 && server.get(prompt_price) == 0 && server.get(completion_price) == 0) {
    refuse("http",
           "max_cost limits nothing (no prices are given). Add http.prompt_price and "
           "http.completion_price, or take max_cost out.");
  }
  if (most > 0 && broker_settings(server).budget.cost < 1) {
    refuse("http",
           "max_cost is less than a millionth (money is counted in millionths). Choose at "
           "least 0.000001, or 0 for no limit.");
  }
}

// ---- what a run has of it -----------------------------------------------------------------------

std::unique_ptr<Recorder> DecisionAssembly::recorder() {
  ensures(made_ != nullptr, "a decision is recorded once");
  return std::move(made_);
}

void DecisionAssembly::write(Results& results) const { record_->write(results); }
void DecisionAssembly::write_ledger(const std::string& folder,
                                    std::span<const DecisionAssembly* const> others) const {
  std::vector<const Ledger*> more;
  for (const DecisionAssembly* other : others) {
    more.push_back(&other->record_->ledger);
  }
  record_->ledger.write_json_lines(folder + "/ledger.jsonl", more);
}

LedgerTotals DecisionAssembly::totals() const { return record_->ledger.totals(); }
u64 DecisionAssembly::questions() const { return record_->questions(); }

std::string DecisionAssembly::answered_by() const {
  const std::string name(decision_->settings().provider->name());
  return name + (model_ != nullptr ? " " + model_->model.model
                 : title_.empty()  ? ""
                                   : " '" + title_ + "', which stands for " + stands_for_);
}

void DecisionAssembly::tell_sources(DecisionSources& sources) const {
  // Of several decisions in a run: each once.
  const auto list = [](std::string& all, std::string_view one) {
    const bool is_there =
        (", " + all + ", ").find(std::string(", ").append(one).append(", ")) != all.npos;
    all.append(is_there ? "" : all.empty() ? "" : ", ").append(is_there ? "" : one);
  };
  list(sources.provider, decision_->settings().provider->name());
  const LedgerTotals sum = record_->ledger.totals();
  sources.cost += static_cast<double>(sum.cost) * 1e-6;
  if (model_ != nullptr) {
    list(sources.model, model_->model.model);
    sources.template_hashes.push_back(model_->prompt.hash());
    sources.calibration_hashes.push_back(model_->elicitation.calibration.hash());
  }
  std::string_view rest = rung_labels;
  for (const u64 applied : sum.applied) {
    const std::string_view label = rest.substr(0, rest.find(','));
    if (applied > 0) {
      sources.rungs[std::string(label)] += applied;
    }
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
}

double DecisionAssembly::degraded_share() const { return record_->degraded_share(); }

}  // namespace throng
