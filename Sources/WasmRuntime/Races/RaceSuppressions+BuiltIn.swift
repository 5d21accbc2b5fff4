// What libraries do on purpose.

extension RaceSuppressions {
    /// In the format of suppressions; each entry after its reason.
    package static let builtIn = """
        # musl, and so wasi-libc, reads words of its locks that others change by plain loads of `volatile` objects, and
        # relies on their order. So in the functions that do, such accesses are atomic ones.
        # A lock that is looked at before it is waited for, and the number of its waiters, which who unlocks it reads.
        atomic:^__wait$
        atomic:^__timedwait$
        atomic:^__timedwait_cp$
        atomic:^__lock$
        atomic:^__unlock$
        atomic:^pthread_mutex_lock$
        atomic:^__pthread_mutex_lock$
        atomic:^pthread_mutex_trylock$
        atomic:^__pthread_mutex_trylock$
        atomic:^__pthread_mutex_trylock_owner$
        atomic:^pthread_mutex_timedlock$
        atomic:^__pthread_mutex_timedlock$
        atomic:^pthread_mutex_unlock$
        atomic:^__pthread_mutex_unlock$
        atomic:^pthread_rwlock_*
        atomic:^__pthread_rwlock_*
        atomic:^pthread_spin_*
        # Waiters of a condition variable stand in a list of words on their stacks, each a lock of its own.
        atomic:^pthread_cond_*
        atomic:^__pthread_cond_*
        atomic:^__private_cond_signal$
        # A semaphore's value and waiters, a barrier's instance.
        atomic:^sem_*
        atomic:^pthread_barrier_*
        # The one word of a pthread_once_t says that the initialisation is over.
        atomic:^pthread_once$
        atomic:^__pthread_once$
        atomic:^__pthread_once_full$
        # The state of a thread that ends, which a join waits for, and the lock of the list of threads.
        atomic:^pthread_join$
        atomic:^__pthread_join$
        atomic:^__pthread_timedjoin_np$
        atomic:^__pthread_tryjoin_np$
        atomic:^__pthread_detach$
        atomic:^pthread_detach$
        atomic:^__tl_lock$
        atomic:^__tl_unlock$
        atomic:^__tl_sync$
        # The owner of a stream's lock.
        atomic:^__lockfile$
        atomic:^__unlockfile$
        atomic:^ftrylockfile$
        """
}
