#include "sim/ask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "sim/error.h"

namespace throng {
namespace {

constexpr u32 tenths = 12;  // none, then [0, 10 %) to 100 %
constexpr std::array<std::string_view, 3> remembered_names = {
    "share_last_time", "share_before_that", "share_three_times_ago"};

/// 1 + the tenth of a share; 0 is for none.
u32 tenth(u32 share) { return 1 + static_cast<u32>(u64{share} * 10 / whole_share); }

Feature remembered(u32 which) {
  Feature f = {.name = std::string(remembered_names[which]),
               .from = Feature::From::lattice,
               .unit = "1",
               .doc = "Share of this archetype that acted, in tenths.",
               .labels = {"none yet"},
               .numbers = {0}};
  for (u32 t = 0; t < 10; ++t) {
    f.labels.push_back(std::to_string(10 * t) + "-" + std::to_string(10 * t + 9) + " %");
    f.numbers.push_back(0.1 * t + 0.05);
  }
  f.labels.emplace_back("100 %");
  f.numbers.push_back(1);
  return f;
}

void check(const DecisionSettings& s) {
  ensures(s.lag >= 1 && s.every >= 1, "shares come into force after the step of their epoch");
  const std::string place = "decision." + s.name;
  if (s.audits > 0 && s.personas == 0) {
    throw InputError(place +
                     ".audits: single people are asked in full, but a question mentions none "
                     "(personas is 0). Set personas to 1 or more, and the features of a persona.");
  }
  if (s.personas > 0 && s.outside.empty()) {
    throw InputError(place +
                     ".personas: nothing tells a persona from its archetype (persona is empty). "
                     "Name the features outside of the archetype that its question mentions.");
  }
  if (s.lag > s.every) {
    throw InputError(place + ".lag = " + std::to_string(s.lag) +
                     " is longer than the time between two decisions (" + std::to_string(s.every) +
                     " steps). Choose a lag of at most that.");
  }
}

}  // namespace

/// One epoch: what is asked, and what came of it.
struct ArchetypeDecision::Batch {
  Step epoch = 0;
  std::vector<u16> values;   // [question x feature]; those of audits last
  std::vector<u64> mass;     // [question]
  std::vector<AgentId> who;  // [question], or empty
  std::vector<u32> of;       // [question]: archetype
  std::vector<u32> lattice;  // [archetype]
  std::size_t audits = 0;
  std::vector<Answer> answers;
  std::vector<u32> share;  // [archetype]
  std::vector<Rung> rung;  // [archetype]
  std::size_t asked() const { return of.size() - audits; }
};

// ---- who asks -----------------------------------------------------------------------------------

class ArchetypeDecision::Asker final : public Behavior {
 public:
  explicit Asker(ArchetypeDecision& decision)
      : decision_(decision), name_("decision." + decision.settings_.name) {}
  std::string_view name() const override { return name_; }
  std::string_view doc() const override {
    return "Archetypes are asked about, and their shares come into force.";
  }
  std::string_view kind() const override { return decision_.kind_; }
  void bind(Binder& b) override {
    decision_.settings_.circumstances->bind(b);
    share_ = b.decides(archetype_columns::share);
    rung_ = b.decides(archetype_columns::rung);
    asked_about_ = b.decides(archetype_columns::asked_about);
    answered_at_ = b.decides(archetype_columns::answered_at);
    memory_ = b.decides(archetype_columns::memory);
  }
  void decide(const Decide& d) const override {
    const Step now = d.now(), lag = decision_.settings_.lag;
    const Step epoch = decision_.epoch_in_force(now + 1);
    const bool comes_into_force = epoch > 0 && epoch + lag == now + 1;
    // What was asked before comes first: its columns are about to be written.
    if (comes_into_force && epoch < now) {
      put_in_force(d, epoch);
    }
    if (decision_.is_epoch(now)) {
      freeze(d);
    }
    if (comes_into_force && epoch == now) {
      put_in_force(d, epoch);
    }
  }

 private:
  void freeze(const Decide& d) const {
    std::vector<u32> memory(d.kind().rows()), about(d.kind().rows());
    d.for_each(all(), [&](const DecideRow& me) { memory[me.row()] = me[memory_]; });
    decision_.freeze(d.now(), memory, about);
    d.for_each(all(), [&](const DecideRow& me) { me.set(asked_about_, about[me.row()]); });
  }
  void put_in_force(const Decide& d, Step epoch) const {
    const std::size_t rows = d.kind().rows();
    std::vector<u32> about(rows), shares(rows);
    std::vector<StoredStep> answered(rows);
    d.for_each(all(), [&](const DecideRow& me) {
      about[me.row()] = me[asked_about_];
      shares[me.row()] = me[share_];
      answered[me.row()] = me[answered_at_];
    });
    const Batch& batch = decision_.answered(epoch, about, shares, answered);
    d.for_each(all(), [&](const DecideRow& me) {
      const u32 a = me.row();
      const Rung rung = batch.rung[a];
      if (rung == Rung::none) {
        return;  // nobody is of this archetype
      }
      me.set(share_, batch.share[a]);
      // A replay has the same bits: an answer is an answer, wherever it was kept.
      me.set(rung_, static_cast<u8>(rung <= Rung::cassette ? Rung::live : rung));
      if (rung <= Rung::cassette) {
        me.set(answered_at_, static_cast<StoredStep>(epoch));
      }
      me.set(memory_, me[memory_] * tenths % (tenths * tenths * tenths) + tenth(batch.share[a]));
    });
  }

  ArchetypeDecision& decision_;
  std::string name_;
  Decides<u32> share_, asked_about_, memory_;
  Decides<u8> rung_;
  Decides<StoredStep> answered_at_;
};

// ---- put together -------------------------------------------------------------------------------

namespace {

/// Where everybody is asked alone, what would have made archetypes is said of each.
DecisionSettings as_asked(DecisionSettings s) {
  if (s.everyone) {
    s.outside.insert(s.outside.begin(), s.archetype.begin(), s.archetype.end());
    s.archetype.clear();
    s.personas = 1;
  }
  return s;
}

}  // namespace

std::vector<Feature> ArchetypeDecision::features_of(const DecisionSettings& settings) {
  const DecisionSettings s = as_asked(settings);
  ensures(s.remembered <= remembered_names.size(), "three shares are remembered");
  std::vector<Feature> features;
  for (const RowFeature& f : s.archetype) {
    features.push_back(f.feature);
  }
  for (const Feature& f : s.circumstances->features()) {
    features.push_back(f);
  }
  for (u32 k = 0; k < s.remembered; ++k) {
    features.push_back(remembered(k));
  }
  if (s.personas > 0) {
    for (const RowFeature& f : s.outside) {
      features.push_back(f.feature);
      features.back().from = Feature::From::persona;
    }
  }
  for (std::size_t f = 0; f < features.size(); ++f) {
    for (std::size_t g = 0; g < f; ++g) {
      if (features[f].name == features[g].name) {
        throw InputError("'" + features[f].name + "' is mentioned twice. Name it once.");
      }
    }
  }
  return features;
}

ArchetypeDecision::ArchetypeDecision(DecisionSettings settings)
    : settings_(as_asked(std::move(settings))),
      kind_(settings_.name + "_archetype"),
      archetypes_(settings_.archetype),
      features_(features_of(settings_)) {
  ensures(settings_.provider != nullptr, "a decision knows who answers");
  check(settings_);
  if (features_.empty()) {
    throw InputError("decision." + settings_.name +
                     ".archetype: a question would mention nothing (archetype, lattice and persona "
                     "are empty). Name at least one feature.");
  }
  told_ = features_.size() - (settings_.personas > 0 ? settings_.outside.size() : 0);
  if (lattice_points() > std::numeric_limits<u32>::max()) {
    throw InputError("decision." + settings_.name +
                     ".lattice: more than 4,294,967,295 points. Take fewer features, or wider "
                     "bands.");
  }
}

std::vector<u16> ArchetypeDecision::labels(u32 archetype, u32 lattice) const {
  std::vector<u16> labels(told_);
  archetypes_.labels_of(archetype, labels);
  for (std::size_t f = told_; f-- > archetypes_.features().size();) {
    const auto count = static_cast<u32>(features_[f].labels.size());
    labels[f] = static_cast<u16>(lattice % count);
    lattice /= count;
  }
  return labels;
}

ArchetypeDecision::~ArchetypeDecision() = default;

void ArchetypeDecision::populate(const Communicator& world, Population& population, u64 seed) {
  world_ = world;
  chance_ = Chance(seed);
  const Kind& rows = population.kind(settings_.kind);
  rows_ = &rows;
  // A run that goes on from the middle of a lag asks its questions again, of the rows as they are.
  ensures(are_fixed(rows, settings_.archetype) && are_fixed(rows, settings_.outside),
          "rows are told apart by columns that do not change");
  const u32 number = decision_number(settings_.name);
  if (settings_.everyone) {
    archetypes_ = Archetypes::everyone(rows.partition().total());
  }
  archetypes_.index(world, rows);
  merged_ = archetypes_.merge_below(settings_.least_rows);
  if (settings_.personas > 0) {
    personas_ = stratified(world, rows, archetypes_, settings_.outside, settings_.personas, chance_,
                           number);
  }
  temperament_ = Temperament(chance_, rows.tag(), number, settings_.correlation);
  Kind& kind = population.add_kind(kind_, Partition::replicated(archetypes_.count()));
  const auto identities = kind.values(archetype_columns::identity);
  // What was asked and is not in force yet is kept as a point of this very lattice.
  u64 lattice = 0;
  for (std::size_t f = 0; f < features_.size(); ++f) {
    if (features_[f].from == Feature::From::lattice) {
      for (const std::string& label : features_[f].labels) {
        lattice = mix(lattice * 31 + decision_number(features_[f].name + "=" + label));
      }
    }
  }
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    identities[a] = archetypes_.identity(a) ^ lattice;
  }
}

std::unique_ptr<Behavior> ArchetypeDecision::asker() { return std::make_unique<Asker>(*this); }

ArchetypeDecision::Acting ArchetypeDecision::acting(Binder& b) {
  ensures(b.own().name() == settings_.kind, "rows act on a decision of their own kind");
  for (const Draw draw : Temperament::draws()) {
    b.shares_draw(draw);
  }
  Acting acting;
  acting.decision_ = this;
  acting.share_ = b.sees(kind_, archetype_columns::share);
  if (settings_.correlation.group > 0) {
    acting.group_ = b.reads(
        Fixed<u8>{.name = settings_.group_column, .unit = "1", .doc = "Place in its group."});
  }
  return acting;
}

u64 ArchetypeDecision::lattice_points() const {
  u64 points = 1;
  for (const Feature& f : features_) {
    if (f.from == Feature::From::lattice) {
      points = std::min<u64>(points * f.labels.size(), u64{1} << 40);
    }
  }
  return points;
}

u64 ArchetypeDecision::questions_per_epoch() const {
  const auto mass = archetypes_.mass();
  const auto there =
      mass.size() - static_cast<std::size_t>(std::count(mass.begin(), mass.end(), 0));
  return there * std::max(1U, settings_.personas) + settings_.audits;
}

u64 ArchetypeDecision::most_questions() const {
  return (questions_per_epoch() - settings_.audits) * lattice_points();
}

Step ArchetypeDecision::epoch_in_force(Step now) const {
  if (now < 1 + settings_.lag) {
    return 0;
  }
  const Step latest = now - settings_.lag;
  const Step multiple = latest / settings_.every * settings_.every;
  return multiple == 0 ? 1 : multiple;
}

// ---- questions ----------------------------------------------------------------------------------

void ArchetypeDecision::freeze(Step now, std::span<const u32> memory, std::span<u32> asked_about) {
  archetypes_.renew(world_, *rows_);
  const auto& world = settings_.circumstances->features();
  const u32 count = archetypes_.count();
  const auto label_of = [&](u32 a, std::string_view name) -> std::optional<u16> {
    std::array<u16, 16> labels;
    archetypes_.labels_of(a, labels);
    const auto& of = archetypes_.features();
    for (std::size_t f = 0; f < of.size(); ++f) {
      if (of[f].feature.name == name) {
        return labels[f];
      }
    }
    for (std::size_t f = 0; settings_.everyone && f < settings_.outside.size(); ++f) {
      if (settings_.outside[f].feature.name == name) {
        return personas_.of(a, 0)[f];
      }
    }
    return std::nullopt;
  };
  std::vector<u16> seen(std::size_t{count} * world.size());
  settings_.circumstances->look(now, count, label_of, seen);
  for (u32 a = 0; a < count; ++a) {
    u32 point = 0;
    for (std::size_t f = 0; f < world.size(); ++f) {
      point = point * static_cast<u32>(world[f].labels.size()) + seen[a * world.size() + f];
    }
    u32 digits = memory[a];
    for (u32 k = 0; k < settings_.remembered; ++k, digits /= tenths) {
      point = point * tenths + digits % tenths;
    }
    asked_about[a] = point;
  }
  // Checked builds run every phase twice.
  const auto is_of_now = [&](const auto& b) { return b != nullptr && b->epoch == now; };
  if (!is_of_now(pending_) && !is_of_now(answered_)) {
    pending_ = questions(now, asked_about);
    // What is due after the end is asked by whoever goes on from there.
    if (settings_.last_step == 0 || now + settings_.lag <= settings_.last_step) {
      settings_.provider->prepare(asked(*pending_));
    }
  }
}

std::unique_ptr<ArchetypeDecision::Batch> ArchetypeDecision::questions(
    Step epoch, std::span<const u32> asked_about) const {
  auto batch = std::make_unique<Batch>();
  batch->epoch = epoch;
  batch->lattice.assign(asked_about.begin(), asked_about.end());
  const auto add = [&](u32 a, const std::vector<u16>& told, std::span<const u16> persona,
                       AgentId who, u64 mass) {
    batch->values.insert(batch->values.end(), told.begin(), told.end());
    batch->values.insert(batch->values.end(), persona.begin(), persona.end());
    batch->mass.push_back(mass);
    batch->of.push_back(a);
    if (settings_.personas > 0) {
      batch->who.push_back(who);
    }
  };
  const auto mass = archetypes_.mass();
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    for (u32 k = 0; k < std::max(1U, settings_.personas) && mass[a] > 0; ++k) {
      const std::size_t at = std::size_t{a} * settings_.personas + k;
      add(a, labels(a, asked_about[a]),
          settings_.personas > 0 ? personas_.of(a, k) : std::span<const u16>{},
          settings_.personas > 0 ? personas_.who[at] : no_agent, mass[a]);
    }
  }
  if (settings_.audits > 0) {
    const Audit audit = audited(world_, *rows_, archetypes_, settings_.outside, settings_.audits,
                                epoch, chance_, decision_number(settings_.name));
    const std::size_t width = settings_.outside.size();
    u32 memories = 1;
    for (u32 k = 0; k < settings_.remembered; ++k) {
      memories *= tenths;
    }
    for (std::size_t i = 0; i < audit.who.size(); ++i) {
      // Who is asked as another archetype has its own circumstances, and that one's memory.
      const u32 own = audit.own[i], as = audit.archetype[i];
      const u32 lattice = asked_about[own] / memories * memories + asked_about[as] % memories;
      add(as, labels(own, lattice), std::span(audit.labels).subspan(i * width, width), audit.who[i],
          0);
    }
    batch->audits = audit.who.size();
  }
  return batch;
}

Questions ArchetypeDecision::asked(const Batch& batch) const {
  return {.decision = settings_.name,
          .step = batch.epoch,
          .features = features_,
          .values = batch.values,
          .mass = batch.mass,
          .who = batch.who};
}

// ---- answers ------------------------------------------------------------------------------------

const ArchetypeDecision::Batch& ArchetypeDecision::answered(
    Step epoch, std::span<const u32> asked_about, std::span<const u32> shares,
    std::span<const StoredStep> answered_at) {
  if (answered_ != nullptr && answered_->epoch == epoch) {
    return *answered_;
  }
  answered_ = pending_ != nullptr && pending_->epoch == epoch
                  ? std::move(pending_)
                  : questions(epoch, asked_about);  // the run was stopped in between
  Batch& batch = *answered_;
  batch.answers.assign(batch.of.size(), {});
  settings_.provider->answer(asked(batch), batch.answers);
  climb_down(batch, shares, answered_at);
  put_together(batch);
  refuse_degraded(batch);
  record(batch);
  return batch;
}

void ArchetypeDecision::put_together(Batch& batch) const {
  std::vector<u64> sum(archetypes_.count());
  batch.share.assign(archetypes_.count(), 0);
  batch.rung.assign(archetypes_.count(), Rung::none);
  const u32 each = std::max(1U, settings_.personas);
  for (std::size_t q = 0; q < batch.asked(); ++q) {
    const u32 a = batch.of[q];
    sum[a] += std::min(batch.answers[q].share, whole_share);
    // The lowest rung of its questions.
    const Rung rung = batch.answers[q].rung;
    batch.rung[a] = q % each == 0 ? rung : std::max(batch.rung[a], rung);
  }
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    batch.share[a] = static_cast<u32>((sum[a] + each / 2) / each);
  }
}

void ArchetypeDecision::climb_down(Batch& batch, std::span<const u32> shares,
                                   std::span<const StoredStep> answered_at) {
  for (const Rung rung : settings_.fallback) {
    std::vector<std::size_t> open;
    for (std::size_t q = 0; q < batch.asked(); ++q) {
      if (batch.answers[q].rung == Rung::none) {
        open.push_back(q);
      }
    }
    if (open.empty()) {
      return;
    }
    if (rung == Rung::last) {
      for (const std::size_t q : open) {
        const StoredStep when = answered_at[batch.of[q]];
        if (when != never &&
            (settings_.last_for == 0 || batch.epoch - when <= settings_.last_for)) {
          batch.answers[q].share = shares[batch.of[q]];
          batch.answers[q].rung = Rung::last;
        }
      }
      continue;
    }
    DecisionProvider* const other =
        (rung == Rung::surrogate ? settings_.surrogate : settings_.rule).get();
    ensures(other != nullptr, "a rung of the ladder is there");
    Batch rest;
    rest.epoch = batch.epoch;
    for (const std::size_t q : open) {
      const std::size_t width = features_.size();
      const auto begin = batch.values.begin() + static_cast<std::ptrdiff_t>(q * width);
      rest.values.insert(rest.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
      rest.mass.push_back(batch.mass[q]);
      rest.of.push_back(batch.of[q]);
      if (!batch.who.empty()) {
        rest.who.push_back(batch.who[q]);
      }
    }
    std::vector<Answer> answers(open.size());
    other->answer(asked(rest), answers);
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (answers[i].rung != Rung::none) {
        batch.answers[open[i]].share = answers[i].share;
        batch.answers[open[i]].rung = rung;
      }
    }
  }
}

std::string ArchetypeDecision::in_words(const Batch& batch, std::size_t q) const {
  std::string words;
  for (std::size_t f = 0; f < features_.size(); ++f) {
    const u16 label = batch.values[q * features_.size() + f];
    words += (words.empty() ? "" : ", ") + features_[f].name + " " + features_[f].labels[label];
  }
  const std::string& why = batch.answers[q].why;
  return words + ": " + (why.empty() ? "no answer" : why);
}

void ArchetypeDecision::refuse_degraded(const Batch& batch) const {
  u64 rows = 0, degraded = 0, silent = 0;
  std::size_t failed = 0;
  std::string some;
  const u32 each = std::max(1U, settings_.personas);
  for (std::size_t q = 0; q < batch.asked(); ++q) {
    if (q % each == 0) {
      const Rung rung = batch.rung[batch.of[q]];
      rows += batch.mass[q];
      degraded += rung > Rung::cassette ? batch.mass[q] : 0;
      silent += rung == Rung::none ? batch.mass[q] : 0;
    }
    if (batch.answers[q].rung > Rung::cassette && ++failed <= 3) {
      some += "\n  " + in_words(batch, q);
    }
  }
  const double share = rows == 0 ? 0 : static_cast<double>(degraded) / static_cast<double>(rows);
  if (silent == 0 && share <= settings_.max_degraded_share) {
    return;
  }
  const auto percent = [](double part) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g %%", 100 * part);
    return std::string(text.data());
  };
  std::string message = "decision." + settings_.name + ", step " + std::to_string(batch.epoch) +
                        ": " + std::to_string(failed) + " of " + std::to_string(batch.asked()) +
                        " questions have no answer of '" + std::string(settings_.provider->name()) +
                        "', for " + std::to_string(degraded) + " of " + std::to_string(rows) +
                        " rows (" + percent(share) + "; max_degraded_share allows " +
                        percent(settings_.max_degraded_share) + ")";
  message += silent > 0
                 ? ", and no fallback has a number for " + std::to_string(silent) + " of these."
                 : ".";
  throw UnansweredError(message + some + (failed > 3 ? "\n  ..." : "") +
                        "\nSee to what failed and go on with 'throng resume' (without a checkpoint "
                        "run it again: answers that came are kept), or allow a fallback "
                        "(fallback, max_degraded_share).");
}

void ArchetypeDecision::record(const Batch& batch) {
  DecisionEpoch e;
  e.asked = batch.epoch;
  e.in_force = batch.epoch + settings_.lag;
  e.questions = static_cast<u32>(batch.of.size());
  u64 sum = 0;  // below 2^20 times the rows
  const auto mass = archetypes_.mass();
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    const Rung rung = batch.rung[a];
    if (rung == Rung::none) {
      continue;
    }
    e.rows += mass[a];
    e.degraded_rows += rung > Rung::cassette ? mass[a] : 0;
    e.rows_by_rung[static_cast<std::size_t>(rung)] += mass[a];
    sum += mass[a] * batch.share[a];
    e.applied.push_back({.archetype = a,
                         .lattice = batch.lattice[a],
                         .share = batch.share[a],
                         .rung = rung,
                         .rows = mass[a]});
  }
  e.mean_share = e.rows == 0 ? 0 : static_cast<double>(sum) * 0x1p-20 / static_cast<double>(e.rows);
  // The difference estimator: rows were drawn alike, so the mean of what archetypes miss in them is
  // what they miss in all.
  std::vector<double> missed;
  for (std::size_t q = batch.asked(); q < batch.of.size(); ++q) {
    if (batch.answers[q].rung <= Rung::cassette) {
      missed.push_back((static_cast<double>(batch.answers[q].share) - batch.share[batch.of[q]]) *
                       0x1p-20);
    }
  }
  e.audits = static_cast<u32>(missed.size());
  e.correction = e.error = std::numeric_limits<double>::quiet_NaN();
  if (missed.size() > 1) {
    const auto n = static_cast<double>(missed.size());
    double mean = 0, squares = 0;
    for (const double x : missed) {
      mean += x / n;
    }
    for (const double x : missed) {
      squares += (x - mean) * (x - mean);
    }
    e.correction = mean;
    e.error = std::sqrt(squares / (n - 1) / n);
  }
  epochs_.push_back(std::move(e));
}

}  // namespace throng
