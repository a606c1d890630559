# Writes a header that names every RPC of PROTOS, a list of files.
set(enumerators "")
set(names "")
foreach(file IN LISTS PROTOS)
  file(STRINGS "${file}" lines REGEX "^(package|service|  rpc) ")
  foreach(line IN LISTS lines)
    if(line MATCHES "^package ([a-z0-9.]+)")
      set(package ${CMAKE_MATCH_1})
    elseif(line MATCHES "^service ([A-Za-z]+)")
      set(service ${CMAKE_MATCH_1})
    elseif(line MATCHES "^  rpc ([A-Za-z]+)" AND package STREQUAL "powerdown.v1")
      string(APPEND enumerators "  k${service}${CMAKE_MATCH_1},\n")
      string(APPEND names "    {Rpc::k${service}${CMAKE_MATCH_1}, \"${service}/${CMAKE_MATCH_1}\"},\n")
    endif()
  endforeach()
endforeach()
file(WRITE "${OUTPUT}" "#pragma once

namespace powerdown {

enum class Rpc {
${enumerators}};
struct NamedRpc {
  Rpc rpc;
  const char* name;
};
inline constexpr NamedRpc kRpcs[] = {
${names}};

}  // namespace powerdown
")
