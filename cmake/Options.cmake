# What every target is compiled with.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                    -fno-omit-frame-pointer)
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables are enough for traces, and spare half of the time of a debug build.
  string(REPLACE "-g" "-gline-tables-only" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
endif()
if(MQTTSPEC_SANITIZE)
  add_compile_options(-fsanitize=${MQTTSPEC_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MQTTSPEC_SANITIZE})
endif()
if(MQTTSPEC_FUZZ)
  add_compile_definitions(MQTTSPEC_FUZZ)
  # OSS-Fuzz brings its own engine, and the instrumentation that goes with it.
  set(MQTTSPEC_FUZZING_ENGINE "-fsanitize=fuzzer" CACHE STRING "What a fuzz target is linked with")
  if(MQTTSPEC_FUZZING_ENGINE STREQUAL "-fsanitize=fuzzer")
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
  endif()
endif()
if(MQTTSPEC_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
add_link_options(-fuse-ld=lld-19)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header is cached only when its time stamp and its macros are taken as they are.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
