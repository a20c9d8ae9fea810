# Toolchain file of the presets: prefers clang++-19 where it is installed. Otherwise, and when CMAKE_CXX_COMPILER or the environment variable CXX
# names a compiler, CMake's own choice stands; Requirements.cmake then checks it.
if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(MQTTSPEC_CLANG_19 clang++-19 DOC "The compiler that the presets prefer")
  mark_as_advanced(MQTTSPEC_CLANG_19)
  if(MQTTSPEC_CLANG_19)
    set(CMAKE_CXX_COMPILER "${MQTTSPEC_CLANG_19}")
  endif()
endif()
