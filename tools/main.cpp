#include <cstdio>

int main() {
  std::printf("throng\n");
  return 0;
}
