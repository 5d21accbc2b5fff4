// Umbrella of the C target: layouts shared with the code that the tiers make, and what Swift cannot say.
#pragma once
#include "compilers.h"
#include "debugger.h"
#include "files.h"
#include "input_output.h"
#include "interrupt.h"
#include "layout.h"
#include "native.h"
#include "platform.h"
#include "processor.h"
#include "stack.h"
#include "threads.h"
#include "unwind.h"
