// What prototypes mean, and what is said of those that mean nothing.

import NativeCalls
import Testing
import WasmModule

private func prototype(_ text: String) throws(PrototypeError) -> NativePrototype {
    try NativePrototype(Array(text.utf8))
}

private func type(_ text: String) -> String {
    do {
        return try prototype(text).type.description
    } catch {
        return "\(error.place(in: Array(text.utf8))): \(error.reason)"
    }
}

private let structures = """
    struct point { double x, y; };
    typedef struct { int32_t left; struct point at[2]; } box;
    struct number { float value; };
    struct length { long length; };
    """

@Suite(.timeLimit(.minutes(5))) struct Prototypes {
    @Test(arguments: [
        ("void f(void)", "() -> ()"),
        ("void f()", "() -> ()"),
        ("double scale(const double *values, size_t count, double by)", "(i32 i32 f64) -> (f64)"),
        ("int f(char, signed char, unsigned char, short, unsigned short int, int, unsigned)",
            "(i32 i32 i32 i32 i32 i32 i32) -> (i32)"),
        ("long f(long int, unsigned long, long unsigned int long, signed long long int)", "(i64 i64 i64 i64) -> (i64)"),
        ("int unsigned long long f(int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t)",
            "(i32 i32 i32 i32 i32 i32 i64 i64) -> (i64)"),
        ("size_t f(ssize_t, ptrdiff_t, intptr_t, uintptr_t)", "(i32 i32 i32 i32) -> (i32)"),
        ("_Bool f(bool, float)", "(i32 f32) -> (i32)"),
        ("externref f(wasi_threads_externref_t)", "(externref) -> (externref)"),
        ("int f(const char *s, void *env, wasi_threads_caller_t *caller)", "(i32) -> (i32)"),
        ("wasi_threads_error_t *f(const void *bytes, size_t length)", "(i32 i32) -> ()"),
        ("extern int f(int n, const float values[static n], char text[16]);", "(i32 i32 i32) -> (i32)"),
        ("int32_t (int32_t, int *)", "(i32 i32) -> (i32)"),
        ("int (f)(int (x), char *_Nullable s)", "(i32 i32) -> (i32)"),
        ("enum color { red, green = 3 }; enum color f(enum color c);", "(i32) -> (i32)"),
        ("typedef unsigned u32; typedef u32 word; word f(const word *w)", "(i32) -> (i32)"),
        ("typedef int unary(int); unary f;", "(i32) -> (i32)"),
        ("void qsort(void *, size_t, size_t, int (*)(const void *, const void *))", "(i32 i32 i32 i32) -> ()"),
        ("void each(void visit(void *, externref), void *context)", "(i32 i32) -> ()"),
        ("typedef void (*handler)(int); handler signal(int, handler _Nullable)", "(i32 i32) -> (i32)"),
        ("double (*f(void))(double, float)", "() -> (i32)"),
        ("void *f(int *p)", "(i32) -> (i32)"),
        ("int f(int x, wasi_threads_errno_t *error)", "(i32 i32) -> (i32)"),
        ("typedef union { char bytes[12]; struct { double x; } y; } value; int f(const value *v, int n)",
            "(i32 i32) -> (i32)"),
        ("int f(const double *_Nullable values, char a[n * m], size_t n, short m)", "(i32 i32 i32 i32) -> (i32)"),
        ("__attribute__((nonnull)) int f(int x) __attribute__((pure));", "(i32) -> (i32)"),
        (structures + "double f(struct point p, const struct point *q)", "(i32 i32) -> (f64)"),
        (structures + "struct point f(box b)", "(i32 i32) -> ()"),
        (structures + "struct number f(struct number n, struct length l)", "(f32 i32) -> (f32)"),
        ("#include <x.h>\n// one\nint /* two */ f(int a,\n  long b);\n#define A \\\n  B\n", "(i32 i64) -> (i32)"),
    ]) func types(_ text: String, _ expected: String) {
        #expect(type(text) == expected, "\(text)")
    }

    /// The column, and a part of the sentence.
    @Test(arguments: [
        ("", "column 1: ", "no function"),
        ("int x;", "column 7: ", "no function"),
        ("int f(foo x)", "column 7: ", "No type foo is known"),
        ("int f(int x", "column 12: ", "Expected \")\""),
        ("int f(int x) int", "column 14: ", "Expected \";\""),
        ("int f(int); int g(int);", "column 17: ", "second function, g"),
        ("long short f(void)", "column 1: ", "no type of C"),
        ("int f(int x, ...)", "column 5: ", "variable number"),
        ("int f(int (*g)(int, ...))", "column 13: ", "leads to no guest"),
        ("int f(int (**g)(int))", "column 7: ", "a pointer to a pointer"),
        ("int f(int (*g[2])(int))", "column 7: ", "an array of such elements"),
        ("int f(int (*g)(int (*)(int)))", "column 16: ", "another function pointer"),
        ("struct s { int a; }; int f(int (*g)(struct s))", "column 37: ", "a structure by value"),
        ("int f(int (*g)(long double))", "column 16: ", "a long double"),
        ("int f(char *(*g)(wasi_threads_caller_t *))", "column 18: ", "a pointer of the library's"),
        ("char *(*f(void))(int)", "column 9: ", "a pointer to a string"),
        ("struct s { int (*g)(int); }; int f(struct s *x)", "column 36: ", "a function pointer"),
        ("int f(size_t n, int a[n * m])", "column 23: ", "No parameter has the name m"),
        ("size_t *f(void)", "column 9: ", "4 bytes in a guest's memory"),
        ("struct s *f(void)", "column 11: ", "not defined"),
        ("int f(char **list)", "column 7: ", "a pointer to a pointer"),
        ("long double f(void)", "column 13: ", "a long double"),
        ("int f(long double)", "column 7: ", "a long double"),
        ("union u { int a; }; int f(union u x)", "column 27: ", "nobody knows what it holds"),
        ("struct s { union { int a; } b; }; struct s f(void)", "column 44: ", "nobody knows what it holds"),
        ("union u { size_t a; long b; }; int f(union u *x)", "column 38: ", "laid out in another way"),
        ("int f(__int128 x)", "column 7: ", "no number of WebAssembly has 128 bits"),
        ("double _Complex f(void)", "column 17: ", "a complex number is two values"),
        ("int f(_BitInt(7) x)", "column 7: ", "_BitInt"),
        ("int f(wasi_threads_errno_t *error, int x)", "column 7: ", "the last parameter"),
        ("int f(wasi_threads_errno_t error)", "column 7: ", "not supported"),
        ("ZEXTERN int f(void)", "column 1: ", "cc -E"),
        ("struct s { int a : 3; }; int f(struct s x)", "column 32: ", "bit fields"),
        ("struct s { char *name; }; int f(struct s x)", "column 33: ", "a pointer"),
        ("struct s; int f(struct s *x)", "column 17: ", "not defined"),
        ("struct s { int a; } __attribute__((packed)); int f(struct s x)", "column 52: ", "attributes"),
        ("struct s { int a; }; struct s { int b; };", "column 31: ", "second definition"),
        ("char *f(void)", "column 7: ", "The result is a pointer"),
        ("int f(size_t *sizes)", "column 7: ", "4 bytes in a guest's memory"),
        ("struct s { size_t n; }; int f(struct s *x)", "column 31: ", "laid out in another way"),
        ("int f(int a[n])", "column 13: ", "No parameter has the name n"),
        ("int f(float n, int a[n])", "column 22: ", "no integer"),
        ("int f(int n, int a[2 * n])", "column 20: ", "no size"),
        ("int f(int a[0])", "column 7: ", "no elements"),
        ("int f(wasi_threads_error_t *e)", "column 7: ", "no parameter"),
        ("int f(void x)", "column 7: ", "not supported"),
        ("int f(_Atomic int x)", "column 7: ", "_Atomic"),
        ("int f(int \u{1}x)", "column 11: ", "the value 1"),
        ("int f(int x /* ", "column 13: ", "no end"),
        ("int\nf(\n  foo x)", "line 3, column 3: ", "No type foo"),
        ("#pragma pack(1)\nint f(int);", "line 1, column 1: ", "#pragma pack"),
    ]) func refusals(_ text: String, _ place: String, _ words: String) {
        let said = type(text)
        #expect(said.hasPrefix(place) && said.contains(words), "\(text): \(said)")
    }

    @Test func limits() {
        let sixtyFour = Array(repeating: "int", count: 64).joined(separator: ", ")
        #expect(type("void f(\(sixtyFour))").hasSuffix("-> ()"))
        #expect(type("void f(\(sixtyFour), int)").contains("at most 64 parameters"))
        #expect(type("struct s { char a[129]; }; void f(struct s x)").contains("more than 128 scalars"))
        #expect(type("struct s { char a[4096]; }; void f(struct s *x)") == "(i32) -> ()")
        let five = Array(repeating: "struct s", count: 5).joined(separator: ", ")
        #expect(type("struct s { double a[128]; }; void f(\(five))").contains("5120 bytes"))
        let deep = (1...20).map { "struct s\($0) { struct s\($0 - 1) inner; };" }.joined()
        #expect(type("struct s0 { int a; };\(deep) void f(struct s20 x)").contains("more than 16 levels"))
        let large = (1...20).map { "struct s\($0) { struct s\($0 - 1) inner[1000]; };" }.joined()
        #expect(type("struct s0 { int a; };\(large) void f(struct s20 *x)").contains("bytes"))
        let pairs = [("(", ")"), ("{", "}"), ("[", "]"), ("*", ""), ("struct {", "} x;"), ("f(int ", ")")]
        for (opening, closing) in pairs {
            let text = "int " + String(repeating: opening, count: 100_000) + String(repeating: closing, count: 100_000)
            #expect(throws: PrototypeError.self) { try prototype(text) }
        }
        let chain = (1...50_000).map { "typedef t\($0 - 1) *t\($0);" }.joined()
        #expect(type("typedef int t0;\(chain) int f(t50000 x)").contains("pointer to a pointer"))
    }

    @Test(arguments: [
        ("(ii*~)i", "(i32 i32 i32 i32) -> (i32)"), ("()", "() -> ()"),
        ("(iIfFr$)F", "(i32 i64 f32 f64 externref i32) -> (f64)"),
        ("(*$)", "(i32 i32) -> ()"), ("()r", "() -> (externref)"),
    ]) func signatures(_ signature: String, _ expected: String) throws {
        #expect(try NativePrototype(symbol: "s", signature: Array(signature.utf8)).type.description == expected)
    }

    @Test(arguments: [("", 0), ("i", 0), ("(i", 2), ("(i)ii", 4), ("(~)", 1), ("(x)", 1), ("(i)*", 3), ("(i~)", 2)])
    func signatureRefusals(_ signature: String, _ offset: Int) {
        let error = #expect(throws: PrototypeError.self) {
            try NativePrototype(symbol: "s", signature: Array(signature.utf8))
        }
        #expect(error?.offset == offset, "\(signature)")
    }

    @Test func headersMayDeclareMore() throws {
        let header = """
            #ifndef H
            #include <stddef.h>
            extern "C" {
            typedef struct node { struct node *next; } node;
            typedef int (*callback)(void *, int);
            int printf(const char *format, ...);
            void each(node *list, callback call);
            static inline int twice(int x) { return x * (2 + "}"[0] * 0); }
            extern int table[3], other;
            double hypot(double x, double y);
            double hypot(double x, double y);
            typedef unsigned long size_t;
            size_t length(const char *s);
            }
            """
        let declarations = try NativeDeclarations(Array(header.utf8))
        #expect(try declarations.prototype(named: "hypot")?.type.description == "(f64 f64) -> (f64)")
        #expect(try declarations.prototype(named: "length")?.type.description == "(i32) -> (i32)")
        #expect(try declarations.prototype(named: "twice")?.text == "static inline int twice(int x)")
        #expect(try declarations.prototype(named: "absent") == nil)
        for name in ["printf", "each"] {
            #expect(throws: PrototypeError.self) { try declarations.prototype(named: name) }
        }
    }
}

/// Random and damaged texts: each is read or refused, at a place in it.
@Suite(.timeLimit(.minutes(5))) struct HostilePrototypes {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private func read(_ text: [UInt8]) {
        do {
            _ = try NativePrototype(text).type
        } catch {
            #expect(error.offset >= 0 && error.offset <= text.count && error.reason.hasSuffix("."))
            #expect(!error.place(in: text).isEmpty)
        }
        _ = try? NativePrototype(symbol: "s", signature: text)
    }

    @Test func noise() {
        var generator = Generator(state: 1)
        let alphabet = Array("()[]{}*,;:.#/\"'\\\n intfvoid constructypeldbaoub_Nullable 0123456789x".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<60, using: &generator)
            let isAnyByte = Bool.random(using: &generator)
            read((0..<count).map { _ in
                isAnyByte ? UInt8.random(in: 0...255, using: &generator) : alphabet.randomElement(using: &generator)!
            })
        }
    }

    @Test func damage() {
        var generator = Generator(state: 2)
        let seeds = [
            structures + "struct point f(box b, const struct point *q, size_t n, long long int x[n])",
            "typedef int (*cb)(int); "
                + "double f(const char *_Nullable s, void *env, const void *p, size_t n, float a[16]);",
            "(ii*~$rIfF)i", "enum e { a, b = 0x10 }; union u { int x; }; int f(enum e v, int y : 3);",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var text = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !text.isEmpty {
                let index = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: text.remove(at: index)
                case 1: text.insert(UInt8.random(in: 32...126, using: &generator), at: index)
                case 2: text.removeSubrange(index..<min(index + 10, text.count))
                default: text.insert(contentsOf: text[index..<min(index + 20, text.count)], at: 0)
                }
            }
            read(text)
        }
    }
}
