/* Functions of the interface in an order of chance, on references and values of chance, many of them wrong:
 * chaos FOLDER SEED ROUNDS. Nothing is expected but that it comes to its end. */
#include "check.h"

enum { PLACES = 48, STORES = 2 };

static unsigned long chance;

static unsigned long next(unsigned long below) {
    chance = chance * 6364136223846793005ul + 1442695040888963407ul;
    return (chance >> 33) % below;
}

static wasm_store_t *stores[STORES];
static wasm_ref_t *refs[PLACES];
static int depth;

static wasm_store_t *a_store(void) { return stores[next(STORES)]; }
static wasm_ref_t *a_ref(void) { return refs[next(PLACES)]; }

/* One of a kind, where there is one, and now and then anything else. */
#define FIND(NAME) \
    static wasm_##NAME##_t *a_##NAME(void) { \
        size_t start = next(PLACES), far = next(20) == 0 ? 0 : PLACES; \
        for (size_t i = 0; i < far; ++i) { \
            wasm_##NAME##_t *found = wasm_ref_as_##NAME(refs[(start + i) % PLACES]); \
            if (found) return found; \
        } \
        return (wasm_##NAME##_t *)a_ref(); \
    }

FIND(func)
FIND(global)
FIND(table)
FIND(memory)
FIND(module)
FIND(trap)

/* Puts a reference that the caller owns into a place of chance. */
static void put(wasm_ref_t *ref) {
    size_t place = next(PLACES);
    wasm_ref_delete(refs[place]);
    refs[place] = ref;
}

/* A value of a kind, or now and then of any. */
static wasm_val_t a_value(wasm_valkind_t kind) {
    static const wasm_valkind_t kinds[] = {WASM_I32,     WASM_I64,       WASM_F32, WASM_F64,
                                           WASM_FUNCREF, WASM_EXTERNREF, 99};
    wasm_val_t value = {.kind = next(20) == 0 ? kinds[next(7)] : kind, .of.i64 = (int64_t)next(12)};
    if (value.kind == WASM_FUNCREF) value.of.ref = next(4) == 0 ? NULL : wasm_func_as_ref(a_func());
    if (value.kind == WASM_EXTERNREF) value.of.ref = a_ref();
    return value;
}

static wasm_valtype_t *a_type(void) {
    static const wasm_valkind_t kinds[] = {WASM_I32, WASM_I64, WASM_F64, WASM_FUNCREF, WASM_EXTERNREF};
    return wasm_valtype_new(kinds[next(5)]);
}

static void step(void);

/* Does anything, and returns values that may fit, or a trap. */
static wasm_trap_t *anything(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)env;
    if (depth < 40) step();
    for (size_t i = 0; i < results->size; ++i) {
        wasm_val_t value = a_value(results->data[i].kind);
        if (i < args->size && args->data[i].kind == value.kind) value = args->data[i];
        if (value.kind != 99) wasm_val_copy(&results->data[i], &value);
    }
    return next(20) == 0 ? wasm_trap_copy(a_trap()) : NULL;
}

static void call_one(void) {
    wasm_val_t arguments[4], results[4];
    wasm_func_t *function = a_func();
    wasm_functype_t *type = wasm_func_type(function);
    const wasm_valtype_vec_t *params = wasm_functype_params(type);
    size_t arity = wasm_func_result_arity(function), given = params ? params->size : 0;
    for (size_t i = 0; i < given; ++i) arguments[i] = a_value(wasm_valtype_kind(params->data[i]));
    wasm_functype_delete(type);
    wasm_val_vec_t args = {next(20) == 0 ? given / 2 : given, arguments}, out = {4, results};
    depth++;
    wasm_trap_t *trap = wasm_func_call(function, &args, &out);
    depth--;
    if (trap) return put(wasm_trap_as_ref(trap));
    for (size_t i = 0; i < arity; ++i) {
        if (wasm_valkind_is_ref(results[i].kind)) put(results[i].of.ref);
    }
}

static void instantiate_one(void) {
    wasm_extern_t *imports[8];
    wasm_module_t *module = a_module();
    wasm_importtype_vec_t wanted;
    wasm_module_imports(module, &wanted);
    for (size_t i = 0; i < wanted.size; ++i) {
        switch (wasm_externtype_kind(wasm_importtype_type(wanted.data[i]))) {
        case WASM_EXTERN_FUNC: imports[i] = wasm_func_as_extern(a_func()); break;
        case WASM_EXTERN_GLOBAL: imports[i] = wasm_global_as_extern(a_global()); break;
        case WASM_EXTERN_TABLE: imports[i] = wasm_table_as_extern(a_table()); break;
        default: imports[i] = wasm_memory_as_extern(a_memory()); break;
        }
    }
    wasm_extern_vec_t given = {wanted.size, imports}, exports;
    wasm_importtype_vec_delete(&wanted);
    wasm_trap_t *trap = NULL;
    wasm_instance_t *instance = wasm_instance_new(a_store(), module, &given, &trap);
    put(trap ? wasm_trap_as_ref(trap) : wasm_instance_as_ref(instance));
    wasm_instance_exports(instance, &exports);
    for (size_t i = 0; i < exports.size; ++i) put(wasm_extern_as_ref(wasm_extern_copy(exports.data[i])));
    wasm_extern_vec_delete(&exports);
}

static void make_one(void) {
    static const char *const modules[] = {"objects", "calls", "imports", "small", "start", "segment"};
    wasm_store_t *in = a_store();
    wasm_limits_t limits = {(uint32_t)next(3), (uint32_t)next(6)};
    switch (next(6)) {
    case 0: return put(wasm_foreign_as_ref(wasm_foreign_new(in)));
    case 1: {
        wasm_valtype_t *given = a_type();
        wasm_functype_t *type = next(3) ? wasm_functype_new_1_1(given, given)
                                        : wasm_functype_new_2_1(a_type(), given, a_type());
        put(wasm_func_as_ref(wasm_func_new_with_env(in, type, anything, NULL, NULL)));
        return wasm_functype_delete(type);
    }
    case 2: {
        wasm_globaltype_t *type = wasm_globaltype_new(a_type(), next(4) ? WASM_VAR : WASM_CONST);
        wasm_val_t value = a_value(wasm_valtype_kind(wasm_globaltype_content(type)));
        put(wasm_global_as_ref(wasm_global_new(in, type, &value)));
        return wasm_globaltype_delete(type);
    }
    case 3: {
        wasm_tabletype_t *type = wasm_tabletype_new(a_type(), &limits);
        put(wasm_table_as_ref(wasm_table_new(in, type, a_ref())));
        return wasm_tabletype_delete(type);
    }
    case 4: {
        wasm_memorytype_t *type = wasm_memorytype_new(&limits);
        put(wasm_memory_as_ref(wasm_memory_new(in, type)));
        return wasm_memorytype_delete(type);
    }
    default: return put(wasm_module_as_ref(load(in, modules[next(6)])));
    }
}

static void use_one(void) {
    wasm_table_t *table = a_table();
    wasm_global_t *global = a_global();
    wasm_val_t value;
    wasm_ref_t *element = next(2) ? wasm_func_as_ref(a_func()) : a_ref();
    switch (next(8)) {
    case 0: return put(wasm_table_get(table, (wasm_table_size_t)next(12)));
    case 1: wasm_table_set(table, (wasm_table_size_t)next(5), element); return;
    case 2: wasm_table_grow(table, (wasm_table_size_t)next(3), element); return;
    case 3: {
        wasm_globaltype_t *type = wasm_global_type(global);
        value = a_value(wasm_valtype_kind(wasm_globaltype_content(type)));
        wasm_global_set(global, &value);
        return wasm_globaltype_delete(type);
    }
    case 4: {
        wasm_global_get(global, &value);
        if (wasm_valkind_is_ref(value.kind)) put(value.of.ref);
        return;
    }
    case 5: wasm_memory_grow(a_memory(), (wasm_memory_pages_t)next(2)); return;
    case 6: wasm_ref_set_host_info_with_finalizer(a_ref(), &depth, NULL); return;
    default: {
        wasm_externtype_t *type = wasm_extern_type(wasm_ref_as_extern(a_ref()));
        wasm_externtype_delete(type);
        wasm_ref_same(a_ref(), a_ref());
        wasm_ref_get_host_info(a_ref());
        return;
    }
    }
}

static void step(void) {
    switch (next(16)) {
    case 0: return next(4) ? use_one() : put(NULL);
    case 1: return put(wasm_ref_copy(a_ref()));
    case 2: case 3: return make_one();
    case 4: case 5: return instantiate_one();
    case 6: {
        if (next(100) != 0) return;
        size_t place = next(STORES);
        wasm_store_delete(stores[place]);
        stores[place] = wasm_store_new(engine);
        return;
    }
    case 7: case 8: case 9: case 10: return use_one();
    default: return call_one();
    }
}

int main(int argc, char **arguments) {
    begin(arguments);
    chance = argc > 2 ? strtoul(arguments[2], NULL, 10) : 1;
    long rounds = argc > 3 ? atol(arguments[3]) : 20000;
    for (int i = 0; i < STORES; ++i) stores[i] = wasm_store_new(engine);
    for (long i = 0; i < rounds; ++i) step();
    for (int i = 0; i < STORES; ++i) wasm_store_delete(stores[i]);
    for (int i = 0; i < PLACES; ++i) wasm_ref_delete(refs[i]);
    return end();
}
