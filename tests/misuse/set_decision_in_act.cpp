// Decisions are made in decide, not in act.
// expect: no matching (member )?function
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me.set(wish_, u8{1}); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, me[wish_]); });
#endif
}

}  // namespace throng
