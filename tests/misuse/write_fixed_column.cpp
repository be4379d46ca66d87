// A fixed column is written once, by whoever makes the population.
// expect: no matching (member )?function
#include "tests/misuse/law.h"

namespace throng {

void Lawful::bind(Binder& b) {
#ifdef THRONG_MISUSE
  writes_stage_ = b.writes(age);
#else
  age_ = b.reads(age);
#endif
}

}  // namespace throng
