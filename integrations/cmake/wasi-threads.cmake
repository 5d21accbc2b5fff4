# Has CTest and try_run run WebAssembly with wasi-threads. After the toolchain file of a WASI SDK:
#   cmake -DCMAKE_TOOLCHAIN_FILE=…/wasi-sdk-pthread.cmake -DCMAKE_PROJECT_INCLUDE=…/wasi-threads.cmake …
# or `include` it in a toolchain file of your own.
set(CMAKE_CROSSCOMPILING_EMULATOR wasi-threads run --dir . --env-inherit --)
