// What a row finds is found in observe: act knows nobody else.
// expect: no matching function for call to .throng::ActRow::set
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me.set(glimpse_, u8{1}); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.count(tally_, me[glimpse_]); });
#endif
}

}  // namespace throng
