/* Calls in both directions: values of all kinds, nesting, traps and their frames, finalizers. */
#include "check.h"

enum { CALL, PASS, CHOOSE, FOUR, FAIL, DEEP, SUM, THREE, EXPORTS };

static wasm_extern_vec_t exports;
static wasm_func_t *functions[EXPORTS];
static wasm_trap_t *(*behave)(const wasm_val_vec_t *args, wasm_val_vec_t *results);
static int gone;

static wasm_trap_t *on_call(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    EXPECT(env == &gone && args->size == 1 && results->size == 1 && results->data[0].kind == WASM_I32);
    return behave(args, results);
}

static wasm_trap_t *on_pass(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    EXPECT(args->data[0].kind == WASM_EXTERNREF && results->data[0].of.ref == NULL);
    wasm_val_copy(&results->data[0], &args->data[0]);
    return NULL;
}

/* Gives back the function that it is given, or `call` where it is null. */
static wasm_trap_t *on_choose(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    wasm_func_t *given = wasm_ref_as_func(args->data[0].of.ref);
    EXPECT(args->data[0].kind == WASM_FUNCREF && given && CALL_I32(given, 0) == 3);
    EXPECT(wasm_func_same(given, functions[THREE]));
    results->data[0].of.ref = wasm_ref_copy(args->data[0].of.ref);
    return NULL;
}

static wasm_trap_t *on_four(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    for (int i = 0; i < 4; ++i) wasm_val_copy(&results->data[i], &args->data[3 - i]);
    return NULL;
}

static wasm_trap_t *trap_with(const char *text) {
    wasm_message_t message;
    wasm_name_new_from_string_nt(&message, text);
    wasm_trap_t *trap = wasm_trap_new(store, &message);
    wasm_byte_vec_delete(&message);
    return trap;
}

static wasm_trap_t *twice(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    results->data[0].of.i32 = args->data[0].of.i32 * 2;
    return NULL;
}

static wasm_trap_t *wrong_kind(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args;
    wasm_val_t value = WASM_F64_VAL(1);
    results->data[0] = value;
    return NULL;
}

static wasm_trap_t *replaces(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args;
    results->data = NULL;
    return NULL;
}

/* Calls the guest again, which calls this again, until the argument is 0. */
static wasm_trap_t *nest(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    wasm_val_t argument = WASM_I32_VAL(args->data[0].of.i32 - 1);
    if (argument.of.i32 < 0) return NULL;
    wasm_trap_t *trap = call(functions[CALL], 1, &argument, &results->data[0]);
    results->data[0].of.i32++;
    return trap;
}

static wasm_trap_t *kept;

static wasm_trap_t *fail_deep(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    wasm_val_t argument = WASM_I32_VAL(args->data[0].of.i32 - 1);
    if (argument.of.i32 >= 0) return call(functions[CALL], 1, &argument, &results->data[0]);
    kept = trap_with("from the host");
    wasm_trap_set_host_info(kept, &kept);
    return wasm_trap_copy(kept);
}

static wasm_trap_t *returns_no_trap(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args, (void)results;
    return (wasm_trap_t *)wasm_foreign_new(store);
}

/* Deletes what it is called through. */
static wasm_trap_t *deletes(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    wasm_extern_vec_delete(&exports);
    return twice(args, results);
}

static wasm_func_t *new_function(wasm_functype_t *type, wasm_func_callback_t callback) {
    wasm_func_t *function = wasm_func_new(store, type, callback);
    EXPECT(function != NULL);
    wasm_functype_delete(type);
    return function;
}

/* The type of a function that gives what it takes. */
static wasm_functype_t *keeps(wasm_valkind_t kind) {
    return wasm_functype_new_1_1(wasm_valtype_new(kind), wasm_valtype_new(kind));
}

static void link(void) {
    wasm_functype_t *type = keeps(WASM_I32);
    wasm_valtype_t *kinds[] = {wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                               wasm_valtype_new_f64()};
    wasm_valtype_t *reversed[] = {kinds[3], kinds[2], kinds[1], kinds[0]};
    wasm_valtype_vec_t params, results;
    wasm_valtype_vec_new(&params, 4, kinds);
    wasm_valtype_vec_new(&results, 4, reversed);
    wasm_func_t *host[] = {
        wasm_func_new_with_env(store, type, on_call, &gone, tally),
        new_function(keeps(WASM_EXTERNREF), on_pass),
        new_function(keeps(WASM_FUNCREF), on_choose),
        new_function(wasm_functype_new(&params, &results), on_four),
    };
    wasm_functype_delete(type);
    wasm_extern_t *imports[4];
    for (int i = 0; i < 4; ++i) imports[i] = wasm_func_as_extern(host[i]);
    wasm_instance_t *instance = instantiate("calls", 4, imports, &exports);
    for (int i = 0; i < 4; ++i) wasm_func_delete(host[i]);
    static const int order[EXPORTS] = {CALL, PASS, THREE, CHOOSE, FOUR, FAIL, DEEP, SUM};
    for (int i = 0; i < EXPORTS; ++i) functions[order[i]] = wasm_extern_as_func(exports.data[i]);
    wasm_instance_delete(instance);
}

static void values(void) {
    behave = twice;
    EXPECT(CALL_I32(functions[CALL], 21) == 42 && CALL_I32(functions[SUM], 1000) == 1001000);
    EXPECT(CALL_I32(functions[CHOOSE], 0) == 3);

    wasm_val_t in[] = {WASM_I32_VAL(-1), WASM_I64_VAL(INT64_MIN), WASM_F32_VAL(0.5f), WASM_F64_VAL(-2.25)};
    wasm_val_t out[4];
    wasm_val_vec_t args = WASM_ARRAY_VEC(in), results = WASM_ARRAY_VEC(out);
    EXPECT_SUCCESS(wasm_func_call(functions[FOUR], &args, &results));
    EXPECT(out[0].kind == WASM_F64 && out[0].of.f64 == -2.25 && out[1].kind == WASM_F32);
    EXPECT(out[1].of.f32 == 0.5f && out[2].of.i64 == INT64_MIN && out[3].of.i32 == -1);
    EXPECT(wasm_func_param_arity(functions[FOUR]) == 4 && wasm_func_result_arity(functions[CALL]) == 1);
    wasm_functype_t *type = wasm_func_type(functions[FOUR]);
    EXPECT(wasm_valtype_kind(wasm_functype_results(type)->data[0]) == WASM_F64);
    wasm_functype_delete(type);

    /* Any reference is an externref. */
    wasm_ref_t *foreign = wasm_foreign_as_ref(wasm_foreign_new(store));
    wasm_ref_t *refs[] = {NULL, foreign, wasm_func_as_ref(functions[CALL])};
    for (int i = 0; i < 3; ++i) {
        wasm_val_t ref = WASM_REF_VAL(refs[i]), back = WASM_INIT_VAL;
        EXPECT_SUCCESS(call(functions[PASS], 1, &ref, &back));
        EXPECT(back.kind == WASM_EXTERNREF && wasm_ref_same(back.of.ref, refs[i]));
        wasm_val_delete(&back);
    }
    wasm_ref_delete(foreign);
}

static void wrong_calls(void) {
    wasm_val_t i32 = WASM_I32_VAL(1), i64 = WASM_I64_VAL(1), unknown = {.kind = 77}, result = WASM_INIT_VAL;
    wasm_val_t foreign = WASM_REF_VAL(wasm_foreign_as_ref(wasm_foreign_new(store)));
    behave = twice;
    EXPECT_TRAP(call(functions[CALL], 0, NULL, &result), "it was called with ()");
    EXPECT_TRAP(call(functions[CALL], 1, &i64, &result), "func (i32) -> (i32); it was called with (i64)");
    EXPECT_TRAP(call(functions[CALL], 1, &unknown, &result), "unknown kind 77");
    EXPECT_TRAP(call(functions[CALL], 1, &foreign, &result), "externref");
    EXPECT_TRAP(call(functions[CALL], 1, &i32, NULL), "room for 0 results");
    EXPECT_TRAP(wasm_func_call(functions[CALL], NULL, NULL), "called with ()");
    EXPECT_TRAP(wasm_func_call(NULL, NULL, NULL), "NULL");
    EXPECT_TRAP(wasm_func_call((wasm_func_t *)foreign.of.ref, NULL, NULL), "no function");
    wasm_store_t *other = wasm_store_new(engine);
    wasm_val_t far = WASM_REF_VAL(wasm_foreign_as_ref(wasm_foreign_new(other)));
    EXPECT_TRAP(call(functions[PASS], 1, &far, &result), "of another store");
    wasm_val_delete(&far);
    wasm_store_delete(other);
    wasm_val_delete(&foreign);

    behave = wrong_kind;
    EXPECT_TRAP(call(functions[CALL], 1, &i32, &result), "gave a result 0 of another type");
    behave = replaces;
    EXPECT_TRAP(call(functions[CALL], 1, &i32, &result), "replaced its vector of results");
    behave = returns_no_trap;
    EXPECT_TRAP(call(functions[CALL], 1, &i32, &result), "no trap");
}

static void traps(void) {
    wasm_val_t argument = WASM_I32_VAL(3), result = WASM_INIT_VAL;
    behave = nest;
    argument.of.i32 = 30;
    EXPECT_SUCCESS(call(functions[CALL], 1, &argument, &result));
    EXPECT(result.of.i32 == 30);
    argument.of.i32 = 1000;
    EXPECT_TRAP(call(functions[CALL], 1, &argument, &result), "call stack exhausted");
    EXPECT_TRAP(call(functions[DEEP], 1, &argument, &result), "call stack exhausted");
    behave = twice;
    EXPECT(CALL_I32(functions[CALL], 1) == 2);

    /* A trap of the host is the same object outside, with a frame for each call of the guest. */
    behave = fail_deep;
    argument.of.i32 = 2;
    wasm_trap_t *trap = call(functions[CALL], 1, &argument, &result);
    EXPECT(trap == kept && wasm_trap_same(trap, kept) && wasm_trap_get_host_info(trap) == &kept);
    wasm_frame_vec_t trace, copy;
    wasm_trap_trace(trap, &trace);
    EXPECT(trace.size == 3);
    wasm_frame_vec_copy(&copy, &trace);
    wasm_frame_vec_delete(&trace);
    EXPECT(copy.size == 3 && wasm_frame_func_index(copy.data[2]) == 4);
    wasm_frame_vec_delete(&copy);
    wasm_trap_delete(kept);
    EXPECT_TRAP(trap, "from the host");

    trap = call(functions[FAIL], 1, &argument, &result);
    wasm_frame_t *origin = wasm_trap_origin(trap), *twin = wasm_frame_copy(origin);
    wasm_frame_delete(origin);
    EXPECT(wasm_frame_func_index(twin) == 9 && wasm_frame_func_offset(twin) == 1);
    EXPECT(wasm_frame_module_offset(twin) > 100 && wasm_frame_instance(twin) != NULL);
    wasm_extern_vec_t again;
    wasm_instance_exports(wasm_frame_instance(twin), &again);
    EXPECT(again.size == EXPORTS && wasm_extern_same(again.data[0], exports.data[0]));
    wasm_extern_vec_delete(&again);
    wasm_frame_delete(twin);
    EXPECT_TRAP(trap, "unreachable");

    trap = wasm_trap_new(NULL, NULL);
    EXPECT(trap && wasm_trap_origin(trap) == NULL);
    wasm_trap_trace(trap, &trace);
    EXPECT(trace.size == 0);
    wasm_frame_vec_new_uninitialized(&trace, 1);
    wasm_frame_vec_delete(&trace);
    wasm_frame_vec_new(&trace, 0, NULL);
    wasm_frame_vec_new_empty(&trace);
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    EXPECT(message.size == 1 && message.data[0] == 0);
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    wasm_name_new_from_string(&message, "no NUL");
    trap = wasm_trap_new(store, &message);
    wasm_byte_vec_delete(&message);
    EXPECT_TRAP(trap, "no NUL");
}

/* Functions of the host outlive their references as long as a guest can call them. */
static void lifetimes(void) {
    wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    int unused = 0;
    EXPECT(wasm_func_new_with_env(store, type, NULL, &unused, tally) == NULL && unused == 1);
    EXPECT(wasm_func_new_with_env(store, NULL, on_call, &unused, tally) == NULL && unused == 2);
    wasm_func_t *direct = wasm_func_new_with_env(store, type, on_call, &gone, tally);
    behave = twice;
    EXPECT(CALL_I32(direct, 4) == 8 && gone == 0);
    wasm_func_delete(direct);
    EXPECT(gone == 1);
    wasm_functype_delete(type);

    wasm_func_t *run = wasm_func_copy(functions[CALL]);
    behave = deletes;
    EXPECT(CALL_I32(run, 4) == 8 && exports.size == 0 && gone == 1);
    wasm_store_t *former = store;
    store = wasm_store_new(engine);
    wasm_store_delete(former);
    wasm_val_t argument = WASM_I32_VAL(1), result = WASM_INIT_VAL;
    EXPECT_TRAP(call(run, 1, &argument, &result), "was deleted");
    EXPECT(gone == 1);
    wasm_func_delete(run);
    EXPECT(gone == 2);
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    link();
    values();
    wrong_calls();
    traps();
    lifetimes();
    return end();
}
