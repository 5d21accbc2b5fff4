/* There are no signals in a guest, and nothing to keep from a thread. */
#pragma once

#include <__typedef_sigset_t.h>

#define SIGINT 2
#define SIG_SETMASK 0
#define sigfillset(set) ((void)(set))
#define pthread_sigmask(how, set, old) ((void)(how), (void)(set), (void)(old), 0)
#define signal(number, handler) ((void)(number), (void)(handler))
