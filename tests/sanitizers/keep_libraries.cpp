// Keeps shared libraries loaded to the end of the process, so that AddressSanitizer can still name
// the functions of plug-ins (MPI's) when it looks for leaks and compares with its suppressions.
extern "C" int dlclose(void* /*handle*/) { return 0; }
