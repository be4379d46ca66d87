#include "sim/ask.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sim/ask_epoch.h"
#include "sim/error.h"

namespace throng {
namespace {

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
  ensures(s.least_answered > 0 && s.least_answered <= 1, "some of the personas have to answer");
  if (s.lag > s.every) {
    throw InputError(place + ".lag = " + std::to_string(s.lag) +
                     " is longer than the time between two decisions (" + std::to_string(s.every) +
                     " steps). Choose a lag of at most that.");
  }
}

}  // namespace

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
    for (const Draw draw : archetype_draws()) {
      b.shares_draw(draw);
    }
    for (const auto& other :
         {decision_.settings_.provider, decision_.settings_.surrogate, decision_.settings_.rule}) {
      for (const Draw draw : other == nullptr ? std::vector<Draw>() : other->draws()) {
        b.shares_draw(draw);
      }
    }
    share_ = b.decides(archetype_columns::share);
    rung_ = b.decides(archetype_columns::rung);
    asked_about_ = b.decides(archetype_columns::asked_about);
    answered_at_ = b.decides(archetype_columns::answered_at);
    memory_ = b.decides(archetype_columns::memory);
    if (decision_.changing_) {
      rows_ = b.decides(archetype_columns::rows);
      who_ = b.decides(archetype_columns::who);
      own_ = b.decides(archetype_columns::own);
      told_ = b.decides(archetype_columns::told);
    }
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
  u32 count() const { return decision_.archetypes_.count(); }

  template <class F>
  void for_each_archetype(const Decide& d, F&& f) const {
    d.for_each(all(), [&](const DecideRow& me) {
      if (me.row() < count()) {
        f(me, me.row());
      }
    });
  }
  void freeze(const Decide& d) const {
    std::vector<u32> memory(count()), about(count());
    for_each_archetype(d, [&](const DecideRow& me, u32 a) { memory[a] = me[memory_]; });
    decision_.freeze(d.now(), memory, about);
    for_each_archetype(d, [&](const DecideRow& me, u32 a) { me.set(asked_about_, about[a]); });
    if (decision_.changing_) {
      keep(d, decision_.slots());
    }
  }
  void keep(const Decide& d, const Slots& slots) const {
    d.for_each(all(), [&](const DecideRow& me) {
      if (me.row() < count()) {
        me.set(rows_, slots.rows[me.row()]);
      } else {
        const std::size_t k = me.row() - count();
        me.set(who_, slots.who[k]);
        me.set(own_, slots.own[k]);
        me.set(told_, slots.told[k]);
      }
    });
  }
  Slots kept(const Decide& d) const {
    Slots slots;
    if (decision_.changing_) {
      slots.rows.resize(count());
      for (std::vector<u32>* column : {&slots.who, &slots.own, &slots.told}) {
        column->resize(decision_.singles());
      }
      d.for_each(all(), [&](const DecideRow& me) {
        if (me.row() < count()) {
          slots.rows[me.row()] = me[rows_];
        } else {
          const std::size_t k = me.row() - count();
          slots.who[k] = me[who_];
          slots.own[k] = me[own_];
          slots.told[k] = me[told_];
        }
      });
    }
    return slots;
  }
  InForce in_force(const Decide& d) const {
    InForce now;
    now.asked_about.resize(count());
    now.share.resize(count());
    now.rung.resize(count());
    now.answered_at.resize(count());
    for_each_archetype(d, [&](const DecideRow& me, u32 a) {
      now.asked_about[a] = me[asked_about_];
      now.share[a] = me[share_];
      now.rung[a] = me[rung_];
      now.answered_at[a] = me[answered_at_];
    });
    return now;
  }
  void put_in_force(const Decide& d, Step epoch) const {
    const Batch& batch = decision_.answered(epoch, in_force(d), kept(d));
    const std::vector<u16> nearest = decision_.archetypes_.fixed()
                                         ? std::vector<u16>()
                                         : decision_.archetypes_.nearest(batch.rows);
    for_each_archetype(d, [&](const DecideRow& me, u32 a) {
      const Rung rung = batch.rung[a];
      if (rung == Rung::none) {  // nobody is of this archetype, but somebody may come to be
        if (!nearest.empty()) {
          me.set(share_, batch.share[nearest[a]]);
          me.set(rung_, static_cast<u8>(Rung::none));
          me.set(answered_at_, never);
        }
        return;
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
  Decides<u32> share_, asked_about_, memory_, who_, own_, told_;
  Decides<u64> rows_;
  Decides<u8> rung_;
  Decides<StoredStep> answered_at_;
};

// ---- put together -------------------------------------------------------------------------------

namespace {

/// Where single rows are asked, what would have made archetypes is said of each.
DecisionSettings as_asked(DecisionSettings s) {
  if (s.everyone || s.sample > 0) {
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
  // A run that goes on from the middle of a lag asks its questions again: of fixed columns of the
  // rows as they are, else of who was noted at the epoch.
  changing_ = !are_fixed(rows, settings_.archetype) || !are_fixed(rows, settings_.outside);
  if (changing_ && labels_crossed(settings_.outside) > std::numeric_limits<u32>::max()) {
    throw InputError("decision." + settings_.name +
                     ".persona: more than 4,294,967,295 kinds of single people. Take fewer "
                     "features, or wider bands.");
  }
  const u32 number = decision_number(settings_.name);
  if (settings_.everyone) {
    archetypes_ = Archetypes::everyone(rows.partition().total());
  } else if (settings_.sample > 0) {
    archetypes_ = Archetypes::sampled(rows.partition().total(), settings_.sample, chance_, number);
  }
  archetypes_.index(world, rows);
  merged_ = archetypes_.merge_below(settings_.least_rows);
  if (settings_.personas > 0) {
    personas_ = stratified(world, rows, archetypes_, settings_.outside, settings_.personas, chance_,
                           number);
  }
  temperament_ = Temperament(chance_, rows.tag(), number, settings_.correlation);
  Kind& kind = population.add_kind(
      kind_,
      Partition::replicated(archetypes_.count() + static_cast<u32>(changing_ ? singles() : 0)));
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
  const u64 an_epoch = archetypes_.fixed()
                           ? questions_per_epoch() - settings_.audits
                           : u64{archetypes_.within_reach()} * std::max(1U, settings_.personas);
  return an_epoch * lattice_points();
}

Step ArchetypeDecision::epoch_in_force(Step now) const {
  if (now < 1 + settings_.lag) {
    return 0;
  }
  const Step latest = now - settings_.lag;
  const Step multiple = latest / settings_.every * settings_.every;
  return multiple == 0 ? 1 : multiple;
}

}  // namespace throng
