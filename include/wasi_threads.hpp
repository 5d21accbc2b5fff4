/* libwasi-threads for C++17: objects that free themselves, host functions from any callable, results by type.
 *
 * A header without a library of its own: it calls the functions of wasi_threads.h, whose text is the reference for
 * meaning, threads and errors; what is said here is what C++ adds.
 *
 * Objects own what they hold, are moved and not copied, and may go in any order. A moved-from object holds nothing,
 * and every call on it fails with error_kind::misuse.
 *
 * Failures. A function that can fail throws `wasi_threads::error`. With WASI_THREADS_EXPECTED defined as 1 before this
 * header it throws nothing and returns `wasi_threads::expected<T>` instead, also where exceptions are switched off; all
 * files of a program choose the same. `outcome<T>` below is T, or `expected<T>`.
 */
#ifndef WASI_THREADS_HPP
#define WASI_THREADS_HPP

#include <wasi_threads.h>

#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#ifndef WASI_THREADS_EXPECTED
#define WASI_THREADS_EXPECTED 0
#endif
#if defined(__cpp_exceptions)
#define WASI_THREADS_HAS_EXCEPTIONS 1
#else
#define WASI_THREADS_HAS_EXCEPTIONS 0
#endif
#if !WASI_THREADS_EXPECTED && !WASI_THREADS_HAS_EXCEPTIONS
#error "Exceptions are switched off: define WASI_THREADS_EXPECTED as 1 before <wasi_threads.hpp>."
#endif

/* The name has the choice in it, so that files which chose differently do not link as one. */
#if WASI_THREADS_EXPECTED
#define WASI_THREADS_CHOICE returning
#else
#define WASI_THREADS_CHOICE throwing
#endif

namespace wasi_threads {
inline namespace WASI_THREADS_CHOICE {

/* ---- Errors ----------------------------------------------------------------------------------------- */

/* The numbers are those of wasi_threads_error_kind_t and wasi_threads_trap_code_t. */
using error_kind = wasi_threads_error_kind_t;
using trap_code = wasi_threads_trap_code_t;

/* A function that was active when a thread trapped. */
struct frame {
    /* Empty where the module does not name it. */
    std::string function_name;
    uint32_t function_index;
    /* In bytes from the start of the module. */
    uint64_t module_offset;
};

/* What went wrong. Copies share one object of the library's. */
class exception;

class error : public std::exception {
public:
    /* Takes ownership of `raw`, which is not NULL. */
    explicit error(wasi_threads_error_t *raw) : raw_(raw, wasi_threads_error_delete) {}
    /* One for a host function to fail with. */
    explicit error(const std::string &message) : error(wasi_threads_error_new(message.c_str())) {}

    /* A sentence for a user; lives as long as this object. */
    const char *what() const noexcept override { return wasi_threads_error_message(raw_.get()); }
    error_kind kind() const noexcept { return wasi_threads_error_kind(raw_.get()); }
    /* WASI_THREADS_TRAP_NONE where the error is not a trap. */
    trap_code trap() const noexcept { return wasi_threads_error_trap_code(raw_.get()); }
    /* The TID of the thread that trapped. */
    uint32_t thread() const noexcept { return wasi_threads_error_thread(raw_.get()); }
    /* What the guest gave proc_exit, for WASI_THREADS_ERROR_EXITED. */
    uint32_t exit_status() const noexcept { return wasi_threads_error_exit_status(raw_.get()); }
    /* Where in the binary a module is refused. */
    uint64_t module_offset() const noexcept { return wasi_threads_error_module_offset(raw_.get()); }
    /* Of a trap, the innermost first. */
    std::vector<frame> frames() const {
        std::vector<frame> frames;
        for (size_t index = 0; index < wasi_threads_error_frame_count(raw_.get()); index++) {
            const wasi_threads_frame_t *raw = wasi_threads_error_frame(raw_.get(), index);
            frames.push_back({raw->function_name ? raw->function_name : "", raw->function_index, raw->module_offset});
        }
        return frames;
    }
    /* That of the guest's which nobody caught, where the error is of one: see `exception` below. */
    std::optional<wasi_threads::exception> exception() const;
    const wasi_threads_error_t *raw() const noexcept { return raw_.get(); }

private:
    std::shared_ptr<wasi_threads_error_t> raw_;
};

/* A value, or why there is none. */
template <class T> class [[nodiscard]] expected {
    using held = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

public:
    using value_type = T;
    expected(held value) : content_(std::in_place_index<0>, std::move(value)) {}
    expected(wasi_threads::error reason) : content_(std::in_place_index<1>, std::move(reason)) {}

    bool has_value() const noexcept { return content_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    /* Only where there is a value, respectively where there is none: otherwise the program ends. */
    held &value() noexcept { return *pointer<0>(); }
    const held &value() const noexcept { return *const_cast<expected *>(this)->template pointer<0>(); }
    held &operator*() noexcept { return value(); }
    held *operator->() noexcept { return pointer<0>(); }
    const wasi_threads::error &error() const noexcept { return *const_cast<expected *>(this)->template pointer<1>(); }

private:
    template <size_t index> auto *pointer() noexcept {
        auto *found = std::get_if<index>(&content_);
        if (!found) std::terminate();
        return found;
    }
    std::variant<held, wasi_threads::error> content_;
};

#if WASI_THREADS_EXPECTED
template <class T> using outcome = expected<T>;
#else
template <class T> using outcome = T;
#endif

namespace detail {

/* What `make` gives, unless there is an error. */
template <class Make> auto finish(wasi_threads_error_t *raw, Make make) -> outcome<decltype(make())> {
#if WASI_THREADS_EXPECTED
    if (raw) return error(raw);
    if constexpr (std::is_void_v<decltype(make())>) {
        make();
        return std::monostate();
    } else {
        return make();
    }
#else
    if (raw) throw error(raw);
    return make();
#endif
}

inline outcome<void> finish(wasi_threads_error_t *raw) {
    return finish(raw, [] {});
}

template <class T, auto remove> struct deleter {
    void operator()(T *object) const noexcept { (void)remove(object); }
};
template <class T, auto remove> using owner = std::unique_ptr<T, deleter<T, remove>>;

inline void remove_process(wasi_threads_process_t *process) {
    if (wasi_threads_error_t *raw = wasi_threads_process_delete(process)) wasi_threads_error_delete(raw);
}
inline void remove_thread(wasi_threads_thread_t *thread) {
    if (wasi_threads_error_t *raw = wasi_threads_thread_detach(thread)) wasi_threads_error_delete(raw);
}

/* ---- Types ---- */

template <class T> struct always_false : std::false_type {};

/* How a C++ type crosses: its kind, the member of a value that has it, and its name in a prototype. */
template <class T> struct crossing {
    static_assert(always_false<T>::value,
                  "Values that cross are int32_t, uint32_t, int64_t, uint64_t, float, double and void * (externref).");
};

#define WASI_THREADS_CROSSING(type, kind_, member, text)                       \
    template <> struct crossing<type> {                                        \
        static constexpr wasi_threads_value_kind_t kind = kind_;               \
        static constexpr std::string_view prototype = text;                    \
        static type get(const wasi_threads_value_t &value) {                   \
            type result;                                                       \
            static_assert(sizeof result == sizeof value.of.member);            \
            std::memcpy(&result, &value.of.member, sizeof result);             \
            return result;                                                     \
        }                                                                      \
        static void put(wasi_threads_value_t &value, type content) {           \
            value.kind = kind;                                                 \
            std::memcpy(&value.of.member, &content, sizeof content);           \
        }                                                                      \
    }
WASI_THREADS_CROSSING(int32_t, WASI_THREADS_I32, i32, "int32_t");
WASI_THREADS_CROSSING(uint32_t, WASI_THREADS_I32, i32, "uint32_t");
WASI_THREADS_CROSSING(long, WASI_THREADS_I64, i64, "int64_t");
WASI_THREADS_CROSSING(unsigned long, WASI_THREADS_I64, i64, "uint64_t");
WASI_THREADS_CROSSING(long long, WASI_THREADS_I64, i64, "int64_t");
WASI_THREADS_CROSSING(unsigned long long, WASI_THREADS_I64, i64, "uint64_t");
WASI_THREADS_CROSSING(float, WASI_THREADS_F32, f32, "float");
WASI_THREADS_CROSSING(double, WASI_THREADS_F64, f64, "double");
WASI_THREADS_CROSSING(void *, WASI_THREADS_EXTERNREF, externref, "externref");
#undef WASI_THREADS_CROSSING

/* Only as a parameter of a host function: a copy of the guest's string. */
template <> struct crossing<const char *> {
    static constexpr std::string_view prototype = "const char *";
};

/* The results of a function: none, one, or a tuple. */
template <class T> struct results {
    static constexpr size_t count = 1;
    static T get(const wasi_threads_value_t *values) { return crossing<T>::get(values[0]); }
};
template <> struct results<void> {
    static constexpr size_t count = 0;
    static void get(const wasi_threads_value_t *) {}
};
template <class... T> struct results<std::tuple<T...>> {
    static constexpr size_t count = sizeof...(T);
    static std::tuple<T...> get(const wasi_threads_value_t *values) {
        return get(values, std::index_sequence_for<T...>());
    }
    template <size_t... index>
    static std::tuple<T...> get(const wasi_threads_value_t *values, std::index_sequence<index...>) {
        return {crossing<T>::get(values[index])...};
    }
};

/* Arguments as values, and a call with them: `call(arguments, count, results, count)`. */
template <class Result, class Call, class... Arguments> auto call_with(Call call, Arguments... arguments) {
    std::array<wasi_threads_value_t, sizeof...(Arguments) + 1> values{};
    std::array<wasi_threads_value_t, results<Result>::count + 1> found{};
    size_t count = 0;
    (crossing<Arguments>::put(values[count++], arguments), ...);
    return finish(call(values.data(), count, found.data(), results<Result>::count),
                  [&]() -> Result { return results<Result>::get(found.data()); });
}

template <class... T> std::array<wasi_threads_value_t, sizeof...(T) + 1> values_of(T... contents) {
    std::array<wasi_threads_value_t, sizeof...(T) + 1> values{};
    size_t count = 0;
    (crossing<T>::put(values[count++], contents), ...);
    return values;
}

/* A value that must be of the type T. */
template <class T> outcome<T> content(wasi_threads_error_t *raw, const wasi_threads_value_t &value) {
    if (!raw && value.kind != crossing<T>::kind) raw = wasi_threads_error_new("The value is of another type.");
    return finish(raw, [&] { return crossing<T>::get(value); });
}

} // namespace detail

/* A reference to something of the host's that a guest carries and never looks at. */
using externref = void *;

/* ---- Memory ----------------------------------------------------------------------------------------- */

/* A linear memory; guests may read and write the same bytes at any time. */
class memory {
public:
    memory() = default;
    explicit memory(wasi_threads_memory_t *raw) : raw_(raw) {}

    /* Where it starts and how many bytes it has. The start does not move; the length only grows. */
    outcome<std::pair<uint8_t *, uint64_t>> data() const {
        uint8_t *base = nullptr;
        uint64_t length = 0;
        wasi_threads_error_t *raw = wasi_threads_memory_data(raw_.get(), &base, &length);
        return detail::finish(raw, [&] { return std::pair(base, length); });
    }
    outcome<void> read(uint64_t offset, void *buffer, size_t length) const {
        return detail::finish(wasi_threads_memory_read(raw_.get(), offset, buffer, length));
    }
    outcome<void> write(uint64_t offset, const void *buffer, size_t length) {
        return detail::finish(wasi_threads_memory_write(raw_.get(), offset, buffer, length));
    }
    /* A number or structure, as the host lays it out. */
    template <class T> outcome<T> get(uint64_t offset) const {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        wasi_threads_error_t *raw = wasi_threads_memory_read(raw_.get(), offset, &value, sizeof value);
        return detail::finish(raw, [&] { return value; });
    }
    template <class T> outcome<void> set(uint64_t offset, const T &value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return write(offset, &value, sizeof value);
    }
    /* The pages it had before. */
    outcome<uint64_t> grow(uint64_t pages) {
        uint64_t previous = 0;
        wasi_threads_error_t *raw = wasi_threads_memory_grow(raw_.get(), pages, &previous);
        return detail::finish(raw, [&] { return previous; });
    }
    /* How many of the threads that wait there were woken. */
    outcome<uint32_t> notify(uint64_t offset, uint32_t count) {
        uint32_t woken = 0;
        wasi_threads_error_t *raw = wasi_threads_memory_notify(raw_.get(), offset, count, &woken);
        return detail::finish(raw, [&] { return woken; });
    }
    wasi_threads_memory_t *raw() const noexcept { return raw_.get(); }

private:
    detail::owner<wasi_threads_memory_t, wasi_threads_memory_delete> raw_;
};

/* ---- Engine and module ------------------------------------------------------------------------------ */

/* Limits and tier of an engine. */
class engine_config {
public:
    engine_config() : raw_(wasi_threads_engine_config_new()) {}
    outcome<void> set_limit(wasi_threads_limit_t limit, uint64_t value) {
        return detail::finish(wasi_threads_engine_config_set_limit(raw_.get(), limit, value));
    }
    outcome<void> set_tier(wasi_threads_tier_t tier) {
        return detail::finish(wasi_threads_engine_config_set_tier(raw_.get(), tier));
    }
    outcome<void> set_cache(const std::string &directory, uint64_t byte_limit) {
        return detail::finish(wasi_threads_engine_config_set_cache(raw_.get(), directory.c_str(), byte_limit));
    }
    const wasi_threads_engine_config_t *raw() const noexcept { return raw_.get(); }

private:
    detail::owner<wasi_threads_engine_config_t, wasi_threads_engine_config_delete> raw_;
};

class engine {
public:
    static outcome<engine> make() { return make(nullptr); }
    static outcome<engine> make(const engine_config &config) { return make(config.raw()); }
    wasi_threads_engine_t *raw() const noexcept { return raw_.get(); }

private:
    static outcome<engine> make(const wasi_threads_engine_config_t *config) {
        engine made;
        wasi_threads_engine_t *raw = nullptr;
        wasi_threads_error_t *failure = wasi_threads_engine_new(config, &raw);
        made.raw_.reset(raw);
        return detail::finish(failure, [&] { return std::move(made); });
    }
    detail::owner<wasi_threads_engine_t, wasi_threads_engine_delete> raw_;
};

class module {
public:
    static outcome<module> make(const engine &engine, const uint8_t *bytes, size_t length) {
        return make([&](auto **raw) { return wasi_threads_module_new(engine.raw(), bytes, length, raw); });
    }
    static outcome<module> from_file(const engine &engine, const std::string &path) {
        return make([&](auto **raw) { return wasi_threads_module_new_from_file(engine.raw(), path.c_str(), raw); });
    }
    /* What compile_to_file or `wasi-threads compile` made. Whoever can change the file can run code in this program. */
    static outcome<module> from_compiled_file(const engine &engine, const std::string &path) {
        return make([&](auto **raw) {
            return wasi_threads_module_new_compiled_from_file(engine.raw(), path.c_str(), raw);
        });
    }
    outcome<void> compile_to_file(const std::string &path) const {
        return detail::finish(wasi_threads_module_compile_to_file(raw_.get(), path.c_str()));
    }
    /* Borrowed from the module. */
    outcome<std::vector<const wasi_threads_external_t *>> imports() const {
        return externals(wasi_threads_module_imports);
    }
    outcome<std::vector<const wasi_threads_external_t *>> exports() const {
        return externals(wasi_threads_module_exports);
    }
    wasi_threads_module_t *raw() const noexcept { return raw_.get(); }

private:
    template <class Open> static outcome<module> make(Open open) {
        module made;
        wasi_threads_module_t *raw = nullptr;
        wasi_threads_error_t *failure = open(&raw);
        made.raw_.reset(raw);
        return detail::finish(failure, [&] { return std::move(made); });
    }
    template <class List> outcome<std::vector<const wasi_threads_external_t *>> externals(List list) const {
        const wasi_threads_external_t *const *first = nullptr;
        size_t count = 0;
        wasi_threads_error_t *raw = list(raw_.get(), &first, &count);
        return detail::finish(raw, [&] { return std::vector(first, first + count); });
    }
    detail::owner<wasi_threads_module_t, wasi_threads_module_delete> raw_;
};

/* ---- Tags and exceptions ---------------------------------------------------------------------------- */

/* What an exception of a guest is, and which values it carries. Copies share one object of the library's. */
class tag {
public:
    explicit tag(wasi_threads_tag_t *raw) : raw_(raw, wasi_threads_tag_delete) {}
    /* One whose exceptions carry these types: `tag::make<int32_t, double>(engine, "failed")`. */
    template <class... T> static outcome<tag> make(const engine &engine, const std::string &name) {
        std::array<wasi_threads_value_kind_t, sizeof...(T) + 1> kinds{detail::crossing<T>::kind...};
        wasi_threads_tag_t *raw = nullptr;
        wasi_threads_error_t *failure =
            wasi_threads_tag_new(engine.raw(), name.c_str(), kinds.data(), sizeof...(T), &raw);
        return detail::finish(failure, [&] { return tag(raw); });
    }
    size_t parameter_count() const noexcept { return wasi_threads_tag_parameter_count(raw_.get()); }
    wasi_threads_tag_t *raw() const noexcept { return raw_.get(); }

private:
    std::shared_ptr<wasi_threads_tag_t> raw_;
};

/* An exception of a guest. A host function that throws one, or an error that is of one, throws it in the guest that
 * called; without exceptions of C++, `caller::fail` does. Copies share one object of the library's. */
class exception : public std::exception {
public:
    explicit exception(wasi_threads_exception_t *raw) : raw_(raw, wasi_threads_exception_delete) {}
    /* `exception::make(tag, 7, 0.5)`. */
    template <class... T> static outcome<exception> make(const tag &tag, T... contents) {
        auto values = detail::values_of(contents...);
        wasi_threads_exception_t *raw = nullptr;
        wasi_threads_error_t *failure = wasi_threads_exception_new(tag.raw(), values.data(), sizeof...(T), &raw);
        return detail::finish(failure, [&] { return exception(raw); });
    }
    const char *what() const noexcept override { return "An exception of a guest."; }
    bool is(const tag &tag) const noexcept { return wasi_threads_exception_is(raw_.get(), tag.raw()); }
    /* Its values, of these types: `auto [code, ratio] = exception.values<int32_t, double>()`. */
    template <class... T> outcome<std::tuple<T...>> values() const {
        std::array<wasi_threads_value_t, sizeof...(T) + 1> found{};
        wasi_threads_error_t *raw = wasi_threads_exception_values(raw_.get(), found.data(), sizeof...(T));
        size_t count = 0;
        bool agree = raw || ((found[count++].kind == detail::crossing<T>::kind) && ...);
        if (!agree) raw = wasi_threads_error_new("The exception carries values of other types.");
        return detail::finish(raw, [&] { return detail::results<std::tuple<T...>>::get(found.data()); });
    }
    wasi_threads_exception_t *raw() const noexcept { return raw_.get(); }

private:
    std::shared_ptr<wasi_threads_exception_t> raw_;
};

inline std::optional<exception> error::exception() const {
    wasi_threads_exception_t *found = nullptr;
    if (wasi_threads_error_t *raw = wasi_threads_error_exception(raw_.get(), &found)) wasi_threads_error_delete(raw);
    return found ? std::optional(wasi_threads::exception(found)) : std::nullopt;
}

/* ---- Host functions --------------------------------------------------------------------------------- */

/* The call that a host function is in: for the time of the call, on its thread. */
class caller {
public:
    explicit caller(wasi_threads_caller_t *raw) : raw_(raw) {}
    /* The TID of the calling thread. */
    outcome<uint32_t> thread() const {
        uint32_t thread = 0;
        wasi_threads_error_t *raw = wasi_threads_caller_thread(raw_, &thread);
        return detail::finish(raw, [&] { return thread; });
    }
    /* The calling instance's first memory; look at the length that this call gives before each access. */
    outcome<std::pair<uint8_t *, uint64_t>> memory() const {
        uint8_t *base = nullptr;
        uint64_t length = 0;
        wasi_threads_error_t *raw = wasi_threads_caller_memory(raw_, &base, &length);
        return detail::finish(raw, [&] { return std::pair(base, length); });
    }
    /* Lets the thread trap with this message when the host function has returned. */
    void fail(const std::string &message) { fail(wasi_threads_error_new(message.c_str())); }
    /* Throws this exception in the guest then. */
    void fail(const exception &thrown) { fail(wasi_threads_error_from_exception(thrown.raw())); }
    /* One of the two, by what the error is of. */
    void fail(const error &failure) {
        if (auto thrown = failure.exception()) fail(*thrown);
        else fail(failure.what());
    }
    void fail(const char *message) { fail(wasi_threads_error_new(message)); }
    /* Calls an export of the calling instance: `caller.call<int32_t>("callback", 1, 2.0)`. */
    template <class Result = void, class... Arguments>
    outcome<Result> call(const std::string &name, Arguments... arguments) {
        return detail::call_with<Result>(
            [&](auto... words) { return wasi_threads_caller_call(raw_, name.c_str(), words...); }, arguments...);
    }
    wasi_threads_caller_t *raw() const noexcept { return raw_; }

private:
    void fail(wasi_threads_error_t *given) {
        if (wasi_threads_error_t *raw = wasi_threads_caller_fail(raw_, given)) wasi_threads_error_delete(raw);
    }
    wasi_threads_caller_t *raw_;
};

namespace detail {

/* The signature of a function, a function pointer, or an object with one call operator. */
template <class T> struct signature : signature<decltype(&std::decay_t<T>::operator())> {};
template <class R, class... A> struct signature<R (*)(A...)> { using type = R(A...); };
template <class R, class... A> struct signature<R (*)(A...) noexcept> { using type = R(A...); };
template <class C, class R, class... A> struct signature<R (C::*)(A...)> { using type = R(A...); };
template <class C, class R, class... A> struct signature<R (C::*)(A...) const> { using type = R(A...); };
template <class C, class R, class... A> struct signature<R (C::*)(A...) noexcept> { using type = R(A...); };
template <class C, class R, class... A> struct signature<R (C::*)(A...) const noexcept> { using type = R(A...); };

template <class T> struct is_expected : std::false_type {};
template <class T> struct is_expected<expected<T>> : std::true_type {};
/* What a callable's result is for the guest. */
template <class T> struct given { using type = T; };
template <class T> struct given<expected<T>> { using type = T; };

template <class Result, class... Arguments> std::string text() {
    std::string text;
    if constexpr (std::is_void_v<Result>) text = "void";
    else text = crossing<Result>::prototype;
    text += " f(void *env, wasi_threads_caller_t *caller";
    ((text += ", ", text += crossing<Arguments>::prototype), ...);
    return text + ")";
}

/* The result of `body`, where it is one; a failure becomes the trap of the calling thread. */
template <class Result, class Body> Result unwrap(wasi_threads_caller_t *caller, Body body) {
    if constexpr (is_expected<decltype(body())>::value) {
        auto found = body();
        if (!found) wasi_threads::caller(caller).fail(found.error());
        if constexpr (!std::is_void_v<Result>) return found ? *found : Result();
    } else {
        return body();
    }
}

/* The same, and no exception reaches the guest's frames. */
template <class Result, class Body> Result run(wasi_threads_caller_t *caller, Body body) {
#if WASI_THREADS_HAS_EXCEPTIONS
    try {
        return unwrap<Result>(caller, body);
    } catch (const wasi_threads::exception &thrown) {
        wasi_threads::caller(caller).fail(thrown);
    } catch (const error &failure) {
        wasi_threads::caller(caller).fail(failure);
    } catch (const std::exception &failure) {
        wasi_threads::caller(caller).fail(failure.what());
    } catch (...) {
        wasi_threads::caller(caller).fail("A host function threw what is no std::exception.");
    }
    if constexpr (!std::is_void_v<Result>) return {};
#else
    return unwrap<Result>(caller, body);
#endif
}

/* A C function in front of a callable, whose prototype the library reads: `result f(void *, caller *, …)`. */
template <class Callable, class Signature> struct trampoline;
template <class Callable, class Returned, class... Arguments> struct trampoline<Callable, Returned(Arguments...)> {
    using Result = typename given<Returned>::type;
    static Result enter(void *env, wasi_threads_caller_t *caller, Arguments... arguments) {
        return run<Result>(caller, [&] { return (*static_cast<Callable *>(env))(arguments...); });
    }
    static std::string prototype() { return text<Result, Arguments...>(); }
};
template <class Callable, class Returned, class... Arguments>
struct trampoline<Callable, Returned(caller &, Arguments...)> {
    using Result = typename given<Returned>::type;
    static Result enter(void *env, wasi_threads_caller_t *raw, Arguments... arguments) {
        class caller caller(raw);
        return run<Result>(raw, [&] { return (*static_cast<Callable *>(env))(caller, arguments...); });
    }
    static std::string prototype() { return text<Result, Arguments...>(); }
};

} // namespace detail

/* Functions and memories of the host by import name. */
class linker {
public:
    static outcome<linker> make(const engine &engine) {
        linker made;
        wasi_threads_linker_t *raw = nullptr;
        wasi_threads_error_t *failure = wasi_threads_linker_new(engine.raw(), &raw);
        made.raw_.reset(raw);
        return detail::finish(failure, [&] { return std::move(made); });
    }

    /* Defines an import as a function, a lambda or another callable, whose signature is the import's type:
     * `linker.define("env", "add", [](int32_t a, int32_t b) { return a + b; })`. A first parameter `caller &` sees
     * the calling thread; `const char *` is a copy of a guest's string. The callable is copied or moved in, called by
     * all guest threads at the same time, and destroyed when nothing can call it any more. What it throws, or
     * the error in an expected<T> that it returns, is the calling thread's trap. */
    template <class Callable>
    outcome<void> define(const std::string &module, const std::string &name, Callable &&callable) {
        using Held = std::decay_t<Callable>;
        using Entry = detail::trampoline<Held, typename detail::signature<Held>::type>;
        auto held = std::make_unique<Held>(std::forward<Callable>(callable));
        wasi_threads_error_t *raw = wasi_threads_linker_define_native(
            raw_.get(), module.c_str(), name.c_str(), Entry::prototype().c_str(),
            reinterpret_cast<wasi_threads_native_function_t>(&Entry::enter), held.get(),
            [](void *env) { delete static_cast<Held *>(env); });
        if (!raw) (void)held.release();
        return detail::finish(raw);
    }
    /* Defines an import as a C function by its C prototype, with pointers into the guest's memory and structures. */
    template <class Function>
    outcome<void> define_native(const std::string &module, const std::string &name, const std::string &prototype,
                                Function *function) {
        return detail::finish(wasi_threads_linker_define_native(
            raw_.get(), module.c_str(), name.c_str(), prototype.c_str(),
            reinterpret_cast<wasi_threads_native_function_t>(function), nullptr, nullptr));
    }
    outcome<void> define_memory(const std::string &module, const std::string &name, const memory &memory) {
        return detail::finish(
            wasi_threads_linker_define_memory(raw_.get(), module.c_str(), name.c_str(), memory.raw()));
    }
    outcome<void> define_tag(const std::string &module, const std::string &name, const tag &tag) {
        return detail::finish(wasi_threads_linker_define_tag(raw_.get(), module.c_str(), name.c_str(), tag.raw()));
    }
    wasi_threads_linker_t *raw() const noexcept { return raw_.get(); }

private:
    detail::owner<wasi_threads_linker_t, wasi_threads_linker_delete> raw_;
};

/* ---- WASI configuration ----------------------------------------------------------------------------- */

/* What a guest is given. As it is made, nothing: input is at its end, and output is discarded. */
class wasi_config {
public:
    wasi_config() : raw_(wasi_threads_wasi_config_new()) {}
    /* By custom with the program's name first. */
    outcome<void> set_arguments(const std::vector<std::string> &arguments) {
        std::vector<const char *> words;
        for (const std::string &argument : arguments) words.push_back(argument.c_str());
        return detail::finish(wasi_threads_wasi_config_set_arguments(raw_.get(), words.data(), words.size()));
    }
    outcome<void> set_environment(const std::string &name, const std::string &value) {
        return detail::finish(wasi_threads_wasi_config_set_environment(raw_.get(), name.c_str(), value.c_str()));
    }
    outcome<void> inherit_environment() {
        return detail::finish(wasi_threads_wasi_config_inherit_environment(raw_.get()));
    }
    outcome<void> inherit_stream(wasi_threads_stream_t stream) {
        return detail::finish(wasi_threads_wasi_config_inherit_stream(raw_.get(), stream));
    }
    outcome<void> set_stream_descriptor(wasi_threads_stream_t stream, int descriptor) {
        return detail::finish(wasi_threads_wasi_config_set_stream_descriptor(raw_.get(), stream, descriptor));
    }
    outcome<void> set_input(std::string_view bytes) {
        return detail::finish(wasi_threads_wasi_config_set_input(
            raw_.get(), reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
    }
    /* For process::read_output. */
    outcome<void> capture_output(wasi_threads_stream_t stream) {
        return detail::finish(wasi_threads_wasi_config_capture_output(raw_.get(), stream));
    }
    outcome<void> preopen_directory(const std::string &host_path, const std::string &guest_path,
                                    uint32_t permissions = WASI_THREADS_READ_ONLY) {
        return detail::finish(wasi_threads_wasi_config_preopen_directory(raw_.get(), host_path.c_str(),
                                                                         guest_path.c_str(), permissions));
    }
    /* For what this class has no function for. */
    wasi_threads_wasi_config_t *raw() const noexcept { return raw_.get(); }

private:
    detail::owner<wasi_threads_wasi_config_t, wasi_threads_wasi_config_delete> raw_;
};

/* ---- Threads and processes -------------------------------------------------------------------------- */

/* The exported globals and tables of an instance: of a process's main one, or of an attached thread's. Nothing of the
 * guest runs. An element is a wasi_threads_value_t, since only one of the same instance may be stored. */
#define WASI_THREADS_STATE(object)                                                                       \
    template <class T> outcome<T> global(const std::string &name) const {                                \
        wasi_threads_value_t value{};                                                                    \
        wasi_threads_error_t *raw = wasi_threads_##object##_global(raw_.get(), name.c_str(), &value);    \
        return detail::content<T>(raw, value);                                                           \
    }                                                                                                    \
    template <class T> outcome<void> set_global(const std::string &name, T content) {                    \
        auto values = detail::values_of(content);                                                        \
        return detail::finish(                                                                           \
            wasi_threads_##object##_set_global(raw_.get(), name.c_str(), values.data()));                \
    }                                                                                                    \
    outcome<uint64_t> table_size(const std::string &name) const {                                        \
        uint64_t size = 0;                                                                               \
        wasi_threads_error_t *raw = wasi_threads_##object##_table_size(raw_.get(), name.c_str(), &size); \
        return detail::finish(raw, [&] { return size; });                                                \
    }                                                                                                    \
    outcome<wasi_threads_value_t> table_element(const std::string &name, uint64_t index) const {         \
        wasi_threads_value_t value{};                                                                    \
        wasi_threads_error_t *raw =                                                                      \
            wasi_threads_##object##_table_element(raw_.get(), name.c_str(), index, &value);              \
        return detail::finish(raw, [&] { return value; });                                               \
    }                                                                                                    \
    outcome<void> set_table_element(const std::string &name, uint64_t index,                             \
                                    const wasi_threads_value_t &value) {                                 \
        return detail::finish(                                                                           \
            wasi_threads_##object##_set_table_element(raw_.get(), name.c_str(), index, &value));         \
    }

/* The host thread that attached, as a thread of a process; detached when this object goes, on that thread. */
class attached_thread {
public:
    explicit attached_thread(wasi_threads_thread_t *raw) : raw_(raw) {}
    outcome<uint32_t> id() const {
        uint32_t id = 0;
        wasi_threads_error_t *raw = wasi_threads_thread_id(raw_.get(), &id);
        return detail::finish(raw, [&] { return id; });
    }
    template <class Result = void, class... Arguments>
    outcome<Result> call(const std::string &name, Arguments... arguments) {
        return detail::call_with<Result>(
            [&](auto... words) { return wasi_threads_thread_call(raw_.get(), name.c_str(), words...); },
            arguments...);
    }
    /* An export as a C function, the fastest way to call it: `thread.native<int32_t(int32_t)>("double")`. Its type is
     * not checked. take_error has what it could not return. */
    template <class Signature> outcome<Signature *> native(const std::string &name) {
        wasi_threads_native_function_t function = nullptr;
        wasi_threads_error_t *raw = wasi_threads_thread_native(raw_.get(), name.c_str(), &function);
        return detail::finish(raw, [&] { return reinterpret_cast<Signature *>(function); });
    }
    std::optional<error> take_error() {
        wasi_threads_error_t *raw = wasi_threads_thread_take_error(raw_.get());
        return raw ? std::optional(error(raw)) : std::nullopt;
    }
    WASI_THREADS_STATE(thread)
    outcome<void> detach() { return detail::finish(wasi_threads_thread_detach(raw_.release())); }

private:
    detail::owner<wasi_threads_thread_t, detail::remove_thread> raw_;
};

class process;

/* What the main instance of a process has between two calls; copies share one object of the library's. */
class snapshot {
public:
    explicit snapshot(wasi_threads_snapshot_t *raw) : raw_(raw, wasi_threads_snapshot_delete) {}
    wasi_threads_snapshot_t *raw() const noexcept { return raw_.get(); }

private:
    std::shared_ptr<wasi_threads_snapshot_t> raw_;
};

/* One running program. When this object goes, the program is ended, and all its threads are gone. */
class process {
public:
    static outcome<process> make(const engine &engine, const module &module, const wasi_config &config = {}) {
        return make(engine, module, nullptr, config);
    }
    static outcome<process> make(const engine &engine, const module &module, const linker &linker,
                                 const wasi_config &config = {}) {
        return make(engine, module, linker.raw(), config);
    }
    /* A process of the same module, with what the snapshot has. */
    static outcome<process> make(const snapshot &snapshot, const wasi_config &config = {}) {
        return make(snapshot, nullptr, config);
    }
    static outcome<process> make(const snapshot &snapshot, const linker &linker, const wasi_config &config = {}) {
        return make(snapshot, linker.raw(), config);
    }
    /* What the main instance has now: its memories, globals and tables. Between two calls, without other threads. */
    outcome<snapshot> take_snapshot() const {
        wasi_threads_snapshot_t *found = nullptr;
        wasi_threads_error_t *raw = wasi_threads_process_snapshot(raw_.get(), &found);
        return detail::finish(raw, [&] { return snapshot(found); });
    }
    /* Runs _start on this thread; gives the exit status when all threads of the program are gone. */
    outcome<uint32_t> run() {
        uint32_t status = 0;
        wasi_threads_error_t *raw = wasi_threads_process_run(raw_.get(), &status);
        return detail::finish(raw, [&] { return status; });
    }
    /* Runs the _start of a command that is used as a library: nothing where it lives on, for `call`, and otherwise the
     * exit status. */
    outcome<std::optional<uint32_t>> run_as_library() {
        uint32_t status = 0;
        bool is_alive = false;
        wasi_threads_error_t *raw = wasi_threads_process_run_as_library(raw_.get(), &is_alive, &status);
        return detail::finish(raw, [&] { return is_alive ? std::nullopt : std::optional(status); });
    }
    /* Readies a module that is no command, for `call`. */
    outcome<void> initialize() { return detail::finish(wasi_threads_process_initialize(raw_.get())); }
    /* Calls an export: `process.call<int32_t>("add", 1, 2)`; several results are a std::tuple. */
    template <class Result = void, class... Arguments>
    outcome<Result> call(const std::string &name, Arguments... arguments) {
        return detail::call_with<Result>(
            [&](auto... words) { return wasi_threads_process_call(raw_.get(), name.c_str(), words...); },
            arguments...);
    }
    /* The TID of a thread that runs wasi_thread_start. */
    outcome<uint32_t> spawn(uint32_t start_argument) {
        uint32_t thread = 0;
        wasi_threads_error_t *raw = wasi_threads_process_spawn(raw_.get(), start_argument, &thread);
        return detail::finish(raw, [&] { return thread; });
    }
    outcome<void> join(uint32_t thread) { return detail::finish(wasi_threads_process_join(raw_.get(), thread)); }
    outcome<void> wait() { return detail::finish(wasi_threads_process_wait(raw_.get())); }
    outcome<attached_thread> attach() {
        wasi_threads_thread_t *thread = nullptr;
        wasi_threads_error_t *raw = wasi_threads_process_attach(raw_.get(), &thread);
        return detail::finish(raw, [&] { return attached_thread(thread); });
    }
    /* From any thread: the program's threads leave guest code within milliseconds. */
    outcome<void> end(const std::string &reason) {
        return detail::finish(wasi_threads_process_end(raw_.get(), reason.c_str()));
    }
    outcome<void> set_time_limit(std::chrono::nanoseconds time) {
        return detail::finish(wasi_threads_process_set_time_limit(raw_.get(), static_cast<uint64_t>(time.count())));
    }
    /* All that is unread of a captured stream. */
    outcome<std::string> read_output(wasi_threads_stream_t stream = WASI_THREADS_STDOUT) {
        std::string bytes;
        size_t length = 0;
        wasi_threads_error_t *raw = wasi_threads_process_output_length(raw_.get(), stream, &length);
        if (!raw) {
            bytes.resize(length);
            raw = wasi_threads_process_read_output(raw_.get(), stream, reinterpret_cast<uint8_t *>(bytes.data()),
                                                   bytes.size(), &length);
            bytes.resize(raw ? 0 : length);
        }
        return detail::finish(raw, [&] { return std::move(bytes); });
    }
    /* The memory exported under this name, or the module's first. */
    outcome<memory> get_memory(const char *name = nullptr) {
        wasi_threads_memory_t *memory = nullptr;
        wasi_threads_error_t *raw = wasi_threads_process_memory(raw_.get(), name, &memory);
        return detail::finish(raw, [&] { return wasi_threads::memory(memory); });
    }
    WASI_THREADS_STATE(process)
    /* The tag exported under this name; outlives the process. */
    outcome<tag> get_tag(const std::string &name) const {
        wasi_threads_tag_t *found = nullptr;
        wasi_threads_error_t *raw = wasi_threads_process_tag(raw_.get(), name.c_str(), &found);
        return detail::finish(raw, [&] { return tag(found); });
    }
    /* The one with this number among those of the module, imported ones first. */
    outcome<memory> get_memory_at(uint32_t index) {
        wasi_threads_memory_t *memory = nullptr;
        wasi_threads_error_t *raw = wasi_threads_process_memory_at(raw_.get(), index, &memory);
        return detail::finish(raw, [&] { return wasi_threads::memory(memory); });
    }
    /* For what this class has no function for. */
    wasi_threads_process_t *raw() const noexcept { return raw_.get(); }

private:
    static outcome<process> make(const engine &engine, const module &module, wasi_threads_linker_t *linker,
                                 const wasi_config &config) {
        process made;
        wasi_threads_process_t *raw = nullptr;
        wasi_threads_error_t *failure =
            wasi_threads_process_new(engine.raw(), module.raw(), linker, config.raw(), &raw);
        made.raw_.reset(raw);
        return detail::finish(failure, [&] { return std::move(made); });
    }
    static outcome<process> make(const snapshot &snapshot, wasi_threads_linker_t *linker, const wasi_config &config) {
        process made;
        wasi_threads_process_t *raw = nullptr;
        wasi_threads_error_t *failure = wasi_threads_snapshot_process(snapshot.raw(), linker, config.raw(), &raw);
        made.raw_.reset(raw);
        return detail::finish(failure, [&] { return std::move(made); });
    }
    detail::owner<wasi_threads_process_t, detail::remove_process> raw_;
};

#undef WASI_THREADS_STATE

} // namespace WASI_THREADS_CHOICE
} // namespace wasi_threads

#endif
