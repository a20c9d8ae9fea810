# Checks what the sources need from the compiler and its standard library by compiling cmake/requirements/*.cpp. Any compiler that compiles them is
# accepted, whatever its name and version.
#
#   mqttspec_require(<name> <what a compiler does not support that rejects the program>)
function(mqttspec_require name what)
  set(compiles MQTTSPEC_HAS_${name})
  if(MQTTSPEC_FUZZ)
    set(definitions -DMQTTSPEC_FUZZ)
  endif()
  try_compile(${compiles}
    SOURCES "${PROJECT_SOURCE_DIR}/cmake/requirements/${name}.cpp"
    COMPILE_DEFINITIONS ${definitions}
    CXX_STANDARD 23 CXX_EXTENSIONS OFF
    OUTPUT_VARIABLE output)
  if(${compiles})
    return()
  endif()
  unset(${compiles} CACHE)  # so that the next attempt compiles it again
  string(REGEX MATCHALL "error: [^\n]*" errors "${output}")
  list(TRANSFORM errors REPLACE "^error: (#error )?" "    ")
  list(JOIN errors "\n" errors)
  message(FATAL_ERROR
    "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) does not support ${what}:\n${errors}\n"
    "Install clang 19, which the presets choose where it is installed, or name another compiler with -D CMAKE_CXX_COMPILER=...")
endfunction()

mqttspec_require(standard_library "the parts of C++23 that mqttspec uses")
mqttspec_require(coroutines "a list of values as an argument in a co_await expression, which GCC 12 rejects")
