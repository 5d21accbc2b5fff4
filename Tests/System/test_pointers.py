"""Exports as function pointers, from another language: ctypes calls them as functions of C."""

import ctypes
import unittest

from support import LIBRARY, guest


class Pointers(unittest.TestCase):
    def setUp(self):
        self.library = ctypes.CDLL(str(LIBRARY))
        self.library.wasi_threads_error_message.restype = ctypes.c_char_p
        self.engine = self.made("engine_new", None)
        self.module = self.made("module_new_from_file", self.engine, str(guest("pointers")).encode())
        self.linker = self.made("linker_new", self.engine)

    def tearDown(self):
        for name, pointer in [("linker", self.linker), ("module", self.module), ("engine", self.engine)]:
            getattr(self.library, f"wasi_threads_{name}_delete")(pointer)

    def call(self, name, *arguments):
        function = getattr(self.library, f"wasi_threads_{name}")
        function.restype = ctypes.c_void_p
        error = function(*arguments)
        if error:
            error = ctypes.c_void_p(error)
            message = self.library.wasi_threads_error_message(error).decode()
            self.library.wasi_threads_error_delete(error)
            raise RuntimeError(message)

    def made(self, name, *arguments):
        pointer = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(pointer))
        return pointer

    def test_as_a_cfunctype(self):
        key_type = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
        sort_type = ctypes.CFUNCTYPE(None, ctypes.c_int32)
        key = key_type(lambda element: ctypes.c_int32.from_address(element).value)
        sort = sort_type(lambda count: None)
        for name, function, prototype in [
                ("key", key, b"int32_t key(externref element)"), ("sort", sort, b"void sort(int32_t count)")]:
            self.call("linker_define_native", self.linker, b"env", name.encode(), prototype, function, None, None)
        process = self.made("process_new", self.engine, self.module, self.linker, None)
        thread = self.made("process_attach", process)

        increment = self.made("thread_native", thread, b"increment")
        increment = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int32)(increment.value)
        self.assertEqual([increment(number) for number in (-2, 0, 41)], [-1, 1, 42])

        comparator = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        compare = comparator(self.made("thread_native", thread, b"compare").value)
        numbers = (ctypes.c_int32 * 7)(5, -3, 12, 0, 7, -8, 1)
        ctypes.CDLL(None).qsort(numbers, ctypes.c_size_t(7), ctypes.c_size_t(4), compare)
        self.assertEqual(list(numbers), [-8, -3, 0, 1, 5, 7, 12])

        trap = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int32)(self.made("thread_native", thread, b"trap").value)
        self.assertEqual(trap(1), 0)
        with self.assertRaisesRegex(RuntimeError, "unreachable"):
            self.call("thread_take_error", thread)
        self.call("thread_detach", thread)
        self.call("process_delete", process)


if __name__ == "__main__":
    unittest.main()
