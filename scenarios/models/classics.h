// The classics: small worlds whose folders of behaviors say everything about them.
#pragma once
#include <vector>

#include "scenarios/model.h"

namespace throng {

/// Each with a scenario of its own in scenarios/classics.
std::vector<ModelEntry> classic_models();

}  // namespace throng
