// What people with opinions remember and say.
#pragma once
#include "sim/column.h"
#include "sim/message.h"

namespace throng::bounded_confidence {

inline constexpr State<double> opinion{
    .name = "bounded_confidence.opinion", .unit = "1", .doc = "Opinion, from 0 to 1."};
/// Pairs: a listener has one seat, and who is none claims one.
inline constexpr State<u8> listens{
    .name = "bounded_confidence.listens",
    .unit = "1",
    .doc = "1: waits for one partner in the next step. 0: asks somebody."};
inline constexpr State<AgentId> partner{
    .name = "bounded_confidence.partner",
    .unit = "id",
    .doc = "With whom one talks in this step; none: 4294967295.",
    .initial = no_agent};
inline constexpr Observation<double> said{.name = "bounded_confidence.said",
                                          .doc = "The partner's opinion."};
/// Everybody: who listens to all.
inline constexpr Finding<double> mean_nearby{
    .name = "bounded_confidence.mean_nearby",
    .unit = "1",
    .doc = "Mean opinion of those within reach, oneself included."};

}  // namespace throng::bounded_confidence
