// Names each part of C++23's standard library that the sources use and that a compiler, or the library it is used with, may not have yet.
#include <version>

#if !defined(__cpp_impl_coroutine) || !defined(__cpp_lib_coroutine)
#error coroutines (C++20)
#endif
#if !defined(__cpp_lib_ranges) || __cpp_lib_ranges < 202106L
#error ranges as of C++23 (__cpp_lib_ranges)
#endif
#if !defined(__cpp_lib_expected) || __cpp_lib_expected < 202202L
#error std::expected (__cpp_lib_expected; libstdc++ offers it to clang 19 and later, and to GCC 12 and later)
#endif
#ifndef __cpp_lib_to_underlying
#error std::to_underlying (__cpp_lib_to_underlying)
#endif
#ifndef __cpp_lib_unreachable
#error std::unreachable (__cpp_lib_unreachable)
#endif
#ifndef __cpp_lib_byteswap
#error std::byteswap (__cpp_lib_byteswap)
#endif
#ifndef MQTTSPEC_FUZZ  // the engines alone, which OSS-Fuzz builds with libc++
#ifndef __cpp_lib_jthread
#error std::jthread (__cpp_lib_jthread)
#endif
#ifndef __cpp_lib_move_only_function
#error std::move_only_function (__cpp_lib_move_only_function)
#endif
#endif

int main() {}
