// Others are looked at in observe, while they stand still.
// expect: Act.* has no member named .for_each_in_sight
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) {
    a.for_each_in_sight(me, looks_, [&](const Neighbor& other) { me.count(tally_, other[seen_]); });
  });
#else
  a.for_each(all(), [&](const ActRow& me) { me.count(tally_, 0); });
#endif
}

}  // namespace throng
