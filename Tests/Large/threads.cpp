/* What a libc++ that was built without threads leaves out of its library: the functions of std::thread, std::mutex
 * and std::condition_variable that its headers declare. Nothing is told when a thread ends
 * (std::notify_all_at_thread_exit), and there are no futures. */
#include <condition_variable>
#include <mutex>
#include <thread>

namespace std {
inline namespace _LIBCPP_ABI_NAMESPACE {

__thread_struct::__thread_struct() : __p_(nullptr) {}
__thread_struct::~__thread_struct() {}

__thread_specific_ptr<__thread_struct> &__thread_local_data() {
    static auto *data = new __thread_specific_ptr<__thread_struct>();
    return *data;
}

thread::~thread() {
    if (joinable()) terminate();
}

void thread::join() {
    if (__libcpp_thread_join(&__t_)) terminate();
    __t_ = _LIBCPP_NULL_THREAD;
}

void mutex::lock() { __libcpp_mutex_lock(&__m_); }
bool mutex::try_lock() noexcept { return __libcpp_mutex_trylock(&__m_); }
void mutex::unlock() noexcept { __libcpp_mutex_unlock(&__m_); }
mutex::~mutex() noexcept {}

void condition_variable::notify_one() noexcept { __libcpp_condvar_signal(&__cv_); }
void condition_variable::notify_all() noexcept { __libcpp_condvar_broadcast(&__cv_); }
void condition_variable::wait(unique_lock<mutex> &lock) noexcept {
    __libcpp_condvar_wait(&__cv_, lock.mutex()->native_handle());
}
condition_variable::~condition_variable() {}

} // namespace _LIBCPP_ABI_NAMESPACE
} // namespace std
