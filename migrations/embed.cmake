# Writes the migrations as C++ rows {number, name, sql} in order. MIGRATIONS is a list of files; the
# SQL is only ever expanded inside quotes, so that its own semicolons and brackets stay as they are.
list(SORT MIGRATIONS)
set(text "")
foreach(file IN LISTS MIGRATIONS)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX MATCH "^[0-9]+" number "${name}")
  math(EXPR number "${number}")
  file(READ "${file}" sql)
  string(APPEND text "{${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
