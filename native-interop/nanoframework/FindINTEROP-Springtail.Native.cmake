# Springtail.Native for nf-interpreter's build.
#
#  1. Link or copy Springtail's native-interop folder to InteropAssemblies/Springtail.Native of nf-interpreter (or set
#     SPRINGTAIL_NATIVE_INTEROP to where it is).
#  2. Copy this file to CMake/Modules.
#  3. Build with NF_INTEROP_ASSEMBLIES set to Springtail.Native.

if(NOT SPRINGTAIL_NATIVE_INTEROP)
    set(SPRINGTAIL_NATIVE_INTEROP ${PROJECT_SOURCE_DIR}/InteropAssemblies/Springtail.Native)
endif()

include(${SPRINGTAIL_NATIVE_INTEROP}/sources.cmake)

list(APPEND Springtail.Native_INCLUDE_DIRS
    ${SPRINGTAIL_NATIVE_INTEROP}/include
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework
    ${PROJECT_SOURCE_DIR}/src/CLR/Core
    ${PROJECT_SOURCE_DIR}/src/CLR/Include
    ${PROJECT_SOURCE_DIR}/src/HAL/Include
    ${PROJECT_SOURCE_DIR}/src/PAL/Include)

foreach(source ${SPT_SOURCES})
    list(APPEND Springtail.Native_SOURCES ${SPRINGTAIL_NATIVE_INTEROP}/src/${source})
endforeach()
foreach(source ${SPT_FAST_SOURCES})
    set_source_files_properties(${SPRINGTAIL_NATIVE_INTEROP}/src/${source} PROPERTIES
        COMPILE_OPTIONS "${SPT_FAST_OPTIONS}")
endforeach()
list(APPEND Springtail.Native_SOURCES
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework/Springtail_Native.cpp
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework/Springtail_Native_NativeCrypto.cpp
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework/board.c
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework/esp32_random.c
    ${SPRINGTAIL_NATIVE_INTEROP}/nanoframework/retained.c)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(INTEROP-Springtail.Native DEFAULT_MSG
    Springtail.Native_INCLUDE_DIRS Springtail.Native_SOURCES)
