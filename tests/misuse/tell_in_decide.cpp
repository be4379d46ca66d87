// Messages are told in observe: decide thinks alone.
// expect: Decide.* has no member named .tell|no member named .tell. in
#include "tests/misuse/law.h"

namespace throng {

void Lawful::decide(const Decide& d) const {
#ifdef THRONG_MISUSE
  d.for_each(all(), [&](const DecideRow& me) { d.tell(me, 0, tells_, 1u); });
#else
  d.for_each(all(), [&](const DecideRow& me) { me.set(wish_, me[stage_]); });
#endif
}

}  // namespace throng
