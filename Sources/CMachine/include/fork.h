// What a thread of the library does that a fork waits for.
#pragma once

/// Notes that this thread may take locks that a child of a fork would find held for ever: those of the loader,
/// of the C library's exit and of Swift's runtime. Nests. Waits while the process is being forked.
void machine_fork_hold(void);

/// Undoes one `machine_fork_hold`.
void machine_fork_release(void);

/// Undoes all of this thread's, and returns how many they were. For a handler of a signal, and around what
/// takes long and holds no such lock.
unsigned machine_fork_release_all(void);

/// As many as `machine_fork_release_all` undid.
void machine_fork_hold_again(unsigned depth);
