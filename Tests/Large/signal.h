/* There are no signals in a guest, and nothing to keep from a thread. */
#pragma once

typedef int sigset_t;

#define SIG_SETMASK 0
#define sigfillset(set) ((void)(set))
#define pthread_sigmask(how, set, old) ((void)(how), (void)(set), (void)(old), 0)
