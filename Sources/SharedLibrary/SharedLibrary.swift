// The shared library: nothing but the C ABIs of WasiThreads and of WasmC.
//
// This target exists for its linker settings, which a dynamic product takes from its own targets and which
// must not reach the tests and the command.

import WasiThreads
import WasmC
