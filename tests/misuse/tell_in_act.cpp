// Messages are told in observe: act never crosses ranks.
// expect: Act.* has no member named .tell|no member named .tell. in
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { a.tell(me, 0, tells_, 1u); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.count(tally_, 0); });
#endif
}

}  // namespace throng
