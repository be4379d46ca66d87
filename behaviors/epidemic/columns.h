// The columns of an epidemic, what is told in it and what is counted.
#pragma once
#include <compare>

#include "sim/column.h"
#include "sim/message.h"
#include "sim/tally.h"

namespace throng::epidemic {

/// Stages are named by the scenario's natural history; 0 is the susceptible one.
inline constexpr State<u8> stage{.name = "epidemic.stage",
                                 .unit = "label",
                                 .doc = "Stage of the disease.",
                                 .initial = 0,
                                 .indexed = true};
inline constexpr State<u8> next_stage{.name = "epidemic.next_stage",
                                      .unit = "label",
                                      .doc = "The stage that comes next.",
                                      .initial = 0};
inline constexpr State<StoredStep> changes_at{.name = "epidemic.changes_at",
                                              .unit = "step",
                                              .doc = "When the next stage begins.",
                                              .initial = never,
                                              .timer = true};
inline constexpr State<StoredStep> infected_on{.name = "epidemic.infected_on",
                                               .unit = "step",
                                               .doc = "When this person was infected.",
                                               .initial = never};
inline constexpr State<StoredStep> infectious_since{.name = "epidemic.infectious_since",
                                                    .unit = "step",
                                                    .doc = "First day this person could infect.",
                                                    .initial = never};
inline constexpr State<StoredStep> symptoms_on{.name = "epidemic.symptoms_on",
                                               .unit = "step",
                                               .doc = "Day symptoms began.",
                                               .initial = never,
                                               .timer = true};
inline constexpr State<AgentId> infector{
    .name = "epidemic.infector",
    .unit = "id",
    .doc = "Who infected this person; 4294967295: nobody, or from outside.",
    .initial = no_agent};
inline constexpr State<u8> infected_in{
    .name = "epidemic.infected_in",
    .unit = "label",
    .doc = "Layer of the infecting contact.",
    .initial = 7,
    .labels = "household,school,work,community,quarters,edges,outside,none"};
inline constexpr State<StoredStep> next_contact{
    .name = "epidemic.next_contact",
    .unit = "step",
    .doc =
        "Next day with a candidate transmission. A past day means none: the process has no memory.",
    .initial = never,
    .timer = true};
inline constexpr State<StoredStep> isolating_until{.name = "epidemic.isolating_until",
                                                   .unit = "step",
                                                   .doc = "First day after isolation; 0: none.",
                                                   .initial = 0};
inline constexpr State<StoredStep> reported_at{.name = "epidemic.reported_at",
                                               .unit = "step",
                                               .doc = "When this case is reported.",
                                               .initial = never,
                                               .timer = true};
inline constexpr Fixed<u8> infectiousness{
    .name = "epidemic.infectiousness",
    .unit = "class",
    .doc = "Individual infectiousness: one of 256 equal classes of a Gamma distribution of mean 1.",
    .source = "definition of the model; the shape is that of epidemic.infectiousness_shape"};

/// Where contacts happen.
enum class Layer : u8 { household, school, work, community, quarters, edges, outside, none };
inline constexpr u32 layers = 7;
inline constexpr std::string_view layer_names[] = {"household", "school", "work",   "community",
                                                   "quarters",  "edges",  "outside"};

/// When, seen from the infector's own symptoms, an infection happened.
enum class Timing : u8 { before_symptoms, on_the_day, after, never_symptoms };

/// A candidate transmission, told to its target. `mark` is uniform: the target's coin, and, once
/// admitted and rescaled, the key by which one of several infects.
struct Exposure {
  u32 mark = 0;
  u32 info = 0;  ///< layer, timing, and the day the infector was infected
  static Exposure of(u32 mark, Layer layer, Timing timing, StoredStep infector_infected_on) {
    return {mark,
            static_cast<u32>(layer) << 28 | static_cast<u32>(timing) << 24 | infector_infected_on};
  }
  Layer layer() const { return static_cast<Layer>(info >> 28); }
  Timing timing() const { return static_cast<Timing>(info >> 24 & 15); }
  StoredStep infector_infected_on() const { return static_cast<StoredStep>(info & 0xFFFF); }
  friend auto operator<=>(const Exposure&, const Exposure&) = default;
};
inline constexpr Observation<Exposure> exposure{
    .name = "epidemic.exposure", .doc = "A candidate transmission at the largest susceptibility."};

/// An infection, for the transmission log.
struct Transmission {
  AgentId target, source;
  u32 place;
  u8 layer;
};
inline constexpr Event<Transmission> transmission{
    .name = "transmission", .doc = "Every infection: target, source, layer and place."};

inline constexpr Tally infections_by_layer{.name = "epidemic.infections_by_layer",
                                           .unit = "person",
                                           .doc = "Infections by layer of contact."};
inline constexpr Tally offspring_of_day{
    .name = "epidemic.offspring_of_day",
    .unit = "person",
    .doc = "Infections by the day their infector was infected."};
inline constexpr Tally generation_time{
    .name = "epidemic.generation_time",
    .unit = "person",
    .doc = "Infections by days since the infector's own (64: later)."};
inline constexpr u32 generation_days = 65;
inline constexpr Tally generation_sum{
    .name = "epidemic.generation_sum",
    .unit = "day",
    .doc = "Days between infections and their infectors' own, summed."};
inline constexpr Tally infections_by_timing{.name = "epidemic.infections_by_timing",
                                            .unit = "person",
                                            .doc =
                                                "Infections before, on the day of and after the "
                                                "infector's symptoms, and by those without any."};

inline constexpr Tally admissions{
    .name = "epidemic.admissions",
    .unit = "person",
    .doc = "People who came into a bed of a hospital from outside, by borough and age band."};

/// Reported cases by borough, and what surveillance makes of them.
inline constexpr Sum reports{
    .name = "epidemic.reports", .unit = "person", .doc = "Cases reported today in this borough."};
inline constexpr State<i64> cases_this_week{.name = "borough.cases_this_week",
                                            .unit = "person",
                                            .doc = "Cases reported since the week began.",
                                            .initial = 0};
inline constexpr State<i64> cases_last_week{.name = "borough.cases_last_week",
                                            .unit = "person",
                                            .doc = "Cases reported in the last full week.",
                                            .initial = 0};
/// Only where archetypes decide: they are told the trend.
inline constexpr State<i64> cases_week_before{.name = "borough.cases_week_before",
                                              .unit = "person",
                                              .doc = "Cases reported in the full week before.",
                                              .initial = 0};
inline constexpr Fixed<i64> borough_people{
    .name = "borough.people", .unit = "person", .doc = "People who live in this borough."};
/// Shares are kept in units of 2^-20, so that the same answer is the same bits.
inline constexpr Decision<u32> stay_home_share{
    .name = "cell.stay_home_share",
    .unit = "2^-20",
    .doc = "Share of this group that stays home this week.",
    .initial = 0};

}  // namespace throng::epidemic
