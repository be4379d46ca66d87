// A row changes itself: only a loop makes rows that can be set.
// expect: is private|private member|private constructor|calling a private
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) {
    ActRow(const_cast<Kind&>(a.kind()), me.row() + 1, me.thread(), nullptr, 0)
        .set(writes_stage_, u8{1});
  });
#else
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, u8{1}); });
#endif
}

}  // namespace throng
