// The model of Life: cells on a torus.
#pragma once
#include "scenarios/model.h"

namespace throng {

ModelEntry life_model();

}  // namespace throng
