# The options that every target is compiled with. The language standard is in Layers.cmake.
include(CheckLinkerFlag)

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
                    -fno-omit-frame-pointer)
option(MQTTSPEC_WERROR "Treat warnings as errors" OFF)
if(MQTTSPEC_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED)

# The benchmarks compare the codec with others that are built without such checks.
if(NOT MQTTSPEC_BENCH)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

# An optimised program is hardened, because its input is what a network sends. tests/build/hardening_test.py checks the result. A project that
# embeds this one chooses its own flags.
if(PROJECT_IS_TOP_LEVEL AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo)$" AND NOT MQTTSPEC_SANITIZE AND NOT MQTTSPEC_BENCH)
  add_compile_options(-fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  add_link_options(-pie LINKER:-z,relro LINKER:-z,now)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Line tables are enough for stack traces, and halve the time of a debug build.
  string(REPLACE "-g" "-gline-tables-only" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
endif()
if(MQTTSPEC_SANITIZE)
  add_compile_options(-fsanitize=${MQTTSPEC_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MQTTSPEC_SANITIZE})
endif()
if(MQTTSPEC_FUZZ)
  add_compile_definitions(MQTTSPEC_FUZZ)
  # OSS-Fuzz has an engine of its own, and passes the instrumentation that it needs.
  set(MQTTSPEC_FUZZING_ENGINE "-fsanitize=fuzzer" CACHE STRING "Link options of a fuzz target")
  if(MQTTSPEC_FUZZING_ENGINE STREQUAL "-fsanitize=fuzzer")
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
  endif()
endif()
if(MQTTSPEC_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
check_linker_flag(CXX -fuse-ld=lld-19 MQTTSPEC_HAS_LLD_19)
if(MQTTSPEC_HAS_LLD_19)
  add_link_options(-fuse-ld=lld-19)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache caches precompiled headers, and what includes them, only with these settings.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
