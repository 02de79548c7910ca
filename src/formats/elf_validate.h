/// The steps of `elf_object_validate`, and what they share. Private.
#ifndef AJIT_ELF_VALIDATE_H
#define AJIT_ELF_VALIDATE_H

#include "elf_format.h"

/// Checks header and sections; fills `sections` and `section_names`.
int elf_validate_sections(struct elf_object *object, struct elf_error *error);

/// Checks symbols; fills the rest. Needs the sections.
int elf_validate_symbols(struct elf_object *object, struct elf_error *error);

/// Check groups and relocations. Both need the symbols.
int elf_validate_groups(struct elf_object *object, struct elf_error *error);
int elf_validate_relocations(struct elf_object *object, struct elf_error *error);

/// Checks that section `index`, whose bytes are inside the file, is a string
/// table, and fills `table`. Every offset below the table's size then starts a
/// NUL-terminated string.
int elf_check_string_table(const struct elf_object *object, uint32_t index, struct elf_table *table,
                           struct elf_error *error);

#endif
