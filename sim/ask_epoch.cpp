// One epoch of a decision: who is asked what, and what becomes of the answers.
#include "sim/ask_epoch.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "sim/error.h"

namespace throng {

// ---- questions ----------------------------------------------------------------------------------

std::size_t ArchetypeDecision::singles() const {
  return std::size_t{settings_.personas} * archetypes_.count() + settings_.audits;
}

/// Who is asked at an epoch, as rows are now. Collective.
void ArchetypeDecision::stand(Step epoch) {
  if (standing_.of == epoch) {
    return;  // checked builds run every phase twice
  }
  const u32 number = decision_number(settings_.name);
  if (changing_) {
    archetypes_.renew(world_, *rows_);
    if (settings_.personas > 0) {
      personas_ = stratified(world_, *rows_, archetypes_, settings_.outside, settings_.personas,
                             chance_, number);
    }
  }
  standing_ = {
      .of = epoch, .mass = {archetypes_.mass().begin(), archetypes_.mass().end()}, .audit = {}};
  if (settings_.audits > 0) {
    standing_.audit = audited(world_, *rows_, archetypes_, settings_.outside, settings_.audits,
                              epoch, chance_, number);
  }
}

ArchetypeDecision::Slots ArchetypeDecision::slots() const {
  Slots slots{.rows = standing_.mass, .who = personas_.who, .own = {}, .told = {}};
  const Audit& audit = standing_.audit;
  slots.who.insert(slots.who.end(), audit.who.begin(), audit.who.end());
  slots.own.resize(personas_.who.size());
  slots.own.insert(slots.own.end(), audit.own.begin(), audit.own.end());
  const std::size_t width = settings_.outside.size();
  const auto told = [&](const std::vector<u16>& labels, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
      slots.told.push_back(crossed(settings_.outside, std::span(labels).subspan(k * width, width)));
    }
  };
  told(personas_.labels, personas_.who.size());
  told(audit.labels, audit.who.size());
  return slots;
}

/// As they were at the epoch, where rows have changed since.
void ArchetypeDecision::stand_as(Step epoch, const Slots& slots) {
  const std::size_t width = settings_.outside.size();
  const std::size_t of_personas = std::size_t{settings_.personas} * archetypes_.count();
  standing_ = {.of = epoch, .mass = slots.rows, .audit = {}};
  personas_.labels.assign(of_personas * width, 0);
  personas_.who.assign(slots.who.begin(), slots.who.begin() + static_cast<i64>(of_personas));
  for (std::size_t k = 0; k < slots.who.size(); ++k) {
    std::vector<u16> labels(width);
    uncrossed(settings_.outside, slots.told[k], labels);
    if (k < of_personas) {
      std::copy(labels.begin(), labels.end(),
                personas_.labels.begin() + static_cast<i64>(k * width));
    } else {
      Audit& audit = standing_.audit;
      audit.who.push_back(slots.who[k]);
      audit.own.push_back(static_cast<u16>(slots.own[k]));
      audit.archetype.push_back(static_cast<u16>(archetypes_.asked_as(slots.own[k])));
      audit.labels.insert(audit.labels.end(), labels.begin(), labels.end());
    }
  }
}

void ArchetypeDecision::freeze(Step now, std::span<const u32> memory, std::span<u32> asked_about) {
  stand(now);
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
    for (std::size_t f = 0; archetypes_.of_single_rows() && f < settings_.outside.size(); ++f) {
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
  const std::vector<u64>& mass = standing_.mass;
  batch->rows = mass;
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    for (u32 k = 0; k < std::max(1U, settings_.personas) && mass[a] > 0; ++k) {
      const std::size_t at = std::size_t{a} * settings_.personas + k;
      add(a, labels(a, asked_about[a]),
          settings_.personas > 0 ? personas_.of(a, k) : std::span<const u16>{},
          settings_.personas > 0 ? personas_.who[at] : no_agent, mass[a]);
    }
  }
  if (settings_.audits > 0) {
    const Audit& audit = standing_.audit;
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

const ArchetypeDecision::Batch& ArchetypeDecision::answered(Step epoch, const InForce& before,
                                                            const Slots& slots) {
  if (answered_ != nullptr && answered_->epoch == epoch) {
    return *answered_;
  }
  if (pending_ != nullptr && pending_->epoch == epoch) {
    answered_ = std::move(pending_);
  } else {  // the run was stopped in between
    changing_ ? stand_as(epoch, slots) : stand(epoch);
    answered_ = questions(epoch, before.asked_about);
  }
  Batch& batch = *answered_;
  batch.answers.assign(batch.of.size(), {});
  settings_.provider->answer(asked(batch), batch.answers);
  leave_out(batch);
  climb_down(batch, before);
  put_together(batch);
  refuse_degraded(batch);
  record(batch, before);
  return batch;
}

/// Personas that did not answer, where enough of their archetype did.
void ArchetypeDecision::leave_out(Batch& batch) const {
  batch.left_out.assign(archetypes_.count(), 0);
  const u32 each = std::max(1U, settings_.personas);
  const auto least =
      std::max<u32>(1, static_cast<u32>(std::ceil(settings_.least_answered * each - 1e-9)));
  for (std::size_t q = 0; q < batch.asked(); q += each) {
    const auto of_one = std::span(batch.answers).subspan(q, each);
    const auto silent = static_cast<u32>(std::count_if(
        of_one.begin(), of_one.end(), [](const Answer& a) { return a.rung == Rung::none; }));
    batch.left_out[batch.of[q]] = each - silent >= least ? silent : 0;
  }
}

void ArchetypeDecision::put_together(Batch& batch) const {
  std::vector<u64> sum(archetypes_.count());
  batch.share.assign(archetypes_.count(), 0);
  batch.rung.assign(archetypes_.count(), Rung::none);
  std::vector<u32> counted(archetypes_.count());
  for (std::size_t q = 0; q < batch.asked(); ++q) {
    if (batch.does_without(q)) {
      continue;
    }
    const u32 a = batch.of[q];
    sum[a] += std::min(batch.answers[q].share, whole_share);
    // The lowest rung of its questions.
    const Rung rung = batch.answers[q].rung;
    batch.rung[a] = counted[a]++ == 0 ? rung : std::max(batch.rung[a], rung);
  }
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    const u32 n = std::max(1U, counted[a]);
    batch.share[a] = static_cast<u32>((sum[a] + n / 2) / n);
  }
}

void ArchetypeDecision::climb_down(Batch& batch, const InForce& before) {
  for (const Rung rung : settings_.fallback) {
    std::vector<std::size_t> open;
    for (std::size_t q = 0; q < batch.asked(); ++q) {
      if (batch.answers[q].rung == Rung::none && !batch.does_without(q)) {
        open.push_back(q);
      }
    }
    if (open.empty()) {
      return;
    }
    if (rung == Rung::last) {
      for (const std::size_t q : open) {
        const StoredStep when = before.answered_at[batch.of[q]];
        if (when != never &&
            (settings_.last_for == 0 || batch.epoch - when <= settings_.last_for)) {
          batch.answers[q].share = before.share[batch.of[q]];
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
      rows += batch.mass[q];
      degraded += batch.degraded(batch.of[q], each);
      silent += batch.rung[batch.of[q]] == Rung::none ? batch.mass[q] : 0;
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

void ArchetypeDecision::record(const Batch& batch, const InForce& before) {
  DecisionEpoch e;
  e.asked = batch.epoch;
  e.in_force = batch.epoch + settings_.lag;
  e.questions = static_cast<u32>(batch.of.size());
  u64 sum = 0;  // below 2^20 times the rows
  const std::vector<u64>& mass = batch.rows;
  const u32 each = std::max(1U, settings_.personas);
  const bool was_asked = std::any_of(before.rung.begin(), before.rung.end(),
                                     [](u8 rung) { return rung != static_cast<u8>(Rung::none); });
  for (u32 a = 0; a < archetypes_.count(); ++a) {
    const Rung rung = batch.rung[a];
    if (rung == Rung::none) {
      continue;
    }
    e.rows += mass[a];
    e.degraded_rows += batch.degraded(a, each);
    e.partial_rows += batch.left_out[a] > 0 ? mass[a] : 0;
    e.rows_as_nearest += was_asked && before.rung[a] == static_cast<u8>(Rung::none) ? mass[a] : 0;
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
