// State changes in act, not in decide.
// expect: no matching (member )?function|no known conversion
#include "tests/misuse/law.h"

namespace throng {

void Lawful::decide(const Decide& d) const {
#ifdef THRONG_MISUSE
  d.for_each(all(), [&](const DecideRow& me) { me.set(writes_stage_, u8{1}); });
#else
  d.for_each(all(), [&](const DecideRow& me) { me.set(wish_, u8{1}); });
#endif
}

}  // namespace throng
