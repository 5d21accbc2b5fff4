// A trap inside of functions that were inlined, of scopes and of templates; built without a C++ library.
// The tests know the lines that are marked.

namespace shapes {
template <typename Number> struct Circle {
    Number radius;

    __attribute__((always_inline)) inline Number divide(Number by) const {
        if (by == 0) __builtin_trap();  // line: trap
        return radius / by;
    }

    __attribute__((noinline)) Number shrink(Number by) const {
        volatile Number result = divide(by);  // line: divide
        return result;
    }
};
}  // namespace shapes

namespace {
__attribute__((noinline)) int shrunk(int radius, volatile int &by) {
    shapes::Circle<int> circle{radius};
    volatile int result = circle.shrink(by);  // line: shrink
    return result;
}
}  // namespace

static volatile int zero = 0;

extern "C" __attribute__((export_name("_start"))) void _start() {
    volatile int result = shrunk(3, zero);  // line: shrunk
    (void)result;
}
