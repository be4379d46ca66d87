// Tallies are counted in act.
// expect: no member named .count|has no member named .count
#include "tests/misuse/law.h"

namespace throng {

void Lawful::observe(const Observe& o) const {
#ifdef THRONG_MISUSE
  o.for_each(all(), [&](const SeenRow& me) { me.count(tally_, 0); });
#else
  o.for_each(all(), [&](const SeenRow& me) { o.add(me, adds_, 0, 1); });
#endif
}

}  // namespace throng
