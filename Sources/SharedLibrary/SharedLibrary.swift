// The shared library: nothing but the C ABI of WasiThreads.
//
// This target exists for its linker settings, which a dynamic product takes from its own targets and which
// must not reach the tests and the command.

import WasiThreads
