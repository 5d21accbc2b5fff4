/* Modules: what they say of themselves, as bytes, shared; and instances that cannot be. */
#include "check.h"

static void descriptions(void) {
    wasm_module_t *module = load(store, "calls");
    wasm_importtype_vec_t imports;
    wasm_exporttype_vec_t exports;
    wasm_module_imports(module, &imports);
    EXPECT(imports.size == 4 && memcmp(wasm_importtype_module(imports.data[1])->data, "host", 4) == 0);
    EXPECT(memcmp(wasm_importtype_name(imports.data[1])->data, "pass", 4) == 0);
    const wasm_functype_t *type = wasm_externtype_as_functype_const(wasm_importtype_type(imports.data[3]));
    EXPECT(wasm_functype_params(type)->size == 4);
    wasm_module_exports(module, &exports);
    EXPECT(exports.size == 8 && wasm_exporttype_name(exports.data[0])->size == 4);
    wasm_importtype_vec_delete(&imports);
    wasm_exporttype_vec_delete(&exports);
    wasm_module_delete(module);
    wasm_module_imports(NULL, &imports);
    wasm_module_exports(NULL, &exports);
    EXPECT(imports.size == 0 && exports.size == 0);
}

static void bytes(void) {
    wasm_byte_vec_t binary = read_module("small"), serialized, empty;
    EXPECT(wasm_module_validate(store, &binary) && !wasm_module_validate(store, NULL));
    wasm_module_t *module = wasm_module_new(store, &binary);
    wasm_module_serialize(module, &serialized);
    wasm_module_delete(module);
    EXPECT(serialized.size > binary.size);
    module = wasm_module_deserialize(store, &serialized);
    EXPECT(module != NULL);
    wasm_module_delete(module);

    for (size_t length = 0; length < serialized.size; ++length) {
        wasm_byte_vec_t cut = {length, serialized.data};
        EXPECT(wasm_module_deserialize(store, &cut) == NULL);
    }
    for (size_t place = 0; place < serialized.size; ++place) {
        serialized.data[place] ^= 0x10;
        EXPECT(wasm_module_deserialize(store, &serialized) == NULL);
        serialized.data[place] ^= 0x10;
    }
    EXPECT(wasm_module_deserialize(store, &binary) == NULL);
    EXPECT(wasm_module_new(store, &serialized) == NULL);
    binary.data[binary.size - 1] ^= 1;
    EXPECT(!wasm_module_validate(store, &binary) && wasm_module_new(store, &binary) == NULL);
    wasm_byte_vec_new_empty(&empty);
    EXPECT(wasm_module_new(store, &empty) == NULL && wasm_module_deserialize(store, &empty) == NULL);
    wasm_module_serialize(NULL, &empty);
    EXPECT(empty.size == 0);
    wasm_byte_vec_delete(&binary);
    wasm_byte_vec_delete(&serialized);
}

static void sharing(void) {
    wasm_module_t *module = load(store, "small");
    wasm_shared_module_t *shared = wasm_module_share(module);
    wasm_module_delete(module);
    wasm_store_t *second = wasm_store_new(engine);
    wasm_module_t *obtained = wasm_module_obtain(second, shared);
    EXPECT(obtained != NULL);
    wasm_engine_t *other = wasm_engine_new_with_config(wasm_config_new());
    wasm_store_t *foreign = wasm_store_new(other);
    EXPECT(wasm_module_obtain(foreign, shared) == NULL);
    wasm_trap_t *trap = NULL;
    EXPECT(wasm_instance_new(foreign, obtained, NULL, &trap) == NULL);
    EXPECT_TRAP(trap, "different engines");
    wasm_store_delete(foreign);
    wasm_engine_delete(other);
    wasm_shared_module_delete(shared);
    wasm_instance_t *instance = wasm_instance_new(second, obtained, NULL, NULL);
    EXPECT(instance != NULL);
    wasm_module_delete(obtained);
    wasm_store_delete(second);
    wasm_instance_delete(instance);
    wasm_shared_module_delete(NULL);
}

static void fail(const char *name, size_t count, wasm_extern_t *imports[], const char *words) {
    wasm_extern_vec_t given = {count, imports};
    wasm_module_t *module = load(store, name);
    wasm_trap_t *trap = NULL;
    EXPECT(wasm_instance_new(store, module, &given, &trap) == NULL);
    EXPECT_TRAP(trap, words);
    EXPECT(wasm_instance_new(store, module, &given, NULL) == NULL);
    wasm_module_delete(module);
}

static wasm_trap_t *nothing(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args, (void)results;
    return NULL;
}

static void refusals(void) {
    wasm_functype_t *none = wasm_functype_new_0_0();
    wasm_func_t *function = wasm_func_new(store, none, nothing);
    wasm_store_t *other = wasm_store_new(engine);
    wasm_func_t *far = wasm_func_new(other, none, nothing);
    wasm_functype_delete(none);
    wasm_extern_t *objects[4] = {wasm_func_as_extern(function)};
    fail("imports", 0, NULL, "imports 4 objects; given: 0");
    fail("imports", 4, objects, "and what was given for it is NULL");
    for (int i = 1; i < 4; ++i) objects[i] = objects[0];
    fail("imports", 4, objects, "imports host.function as (func (i32) -> (i32)), but what is defined there");
    objects[0] = wasm_func_as_extern(far);
    fail("imports", 4, objects, "of another store");
    fail("start", 0, NULL, "unreachable");
    fail("segment", 0, NULL, "out of bounds memory access");
    wasm_func_delete(far);
    wasm_store_delete(other);

    wasm_module_t *module = load(store, "start");
    wasm_trap_t *trap = NULL;
    wasm_extern_vec_t nothing_given = WASM_EMPTY_VEC;
    wasm_instance_new(store, module, &nothing_given, &trap);
    wasm_frame_t *frame = wasm_trap_origin(trap);
    EXPECT(frame && wasm_frame_func_index(frame) == 0);
    wasm_frame_delete(frame);
    wasm_trap_delete(trap);
    wasm_instance_new(NULL, module, NULL, &trap);
    EXPECT_TRAP(trap, "NULL");
    wasm_module_delete(module);

    wasm_extern_t *extra = wasm_func_as_extern(function);
    wasm_extern_vec_t exports;
    wasm_instance_delete(instantiate("small", 1, &extra, &exports));
    wasm_extern_vec_delete(&exports);
    wasm_func_delete(function);
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    descriptions();
    bytes();
    sharing();
    refusals();
    return end();
}
