// A row in sight is looked at and not changed.
// expect: Neighbor.* has no member named .set
#include "tests/misuse/law.h"

namespace throng {

void Lawful::observe(const Observe& o) const {
  o.for_each(all(), [&](const ObserveRow& me) {
    o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
#ifdef THRONG_MISUSE
      other.set(writes_stage_, u8{1});
#else
      me.set(glimpse_, other[seen_]);
#endif
    });
  });
}

}  // namespace throng
