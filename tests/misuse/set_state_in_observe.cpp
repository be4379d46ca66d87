// State changes in act: what others look at in observe stands still.
// expect: SeenRow.* has no member named .set
#include "tests/misuse/law.h"

namespace throng {

void Lawful::observe(const Observe& o) const {
#ifdef THRONG_MISUSE
  o.for_each(all(), [&](const SeenRow& me) { me.set(writes_stage_, u8{1}); });
#else
  o.for_each(all(), [&](const SeenRow& me) { o.tell(me, me[stage_], tells_, 1u); });
#endif
}

}  // namespace throng
