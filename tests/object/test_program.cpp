#include "test_program.h"
#include "error.h"

#include <formats/manifest.h>
#include <formats/object_stamp.h>
#include <gtest/gtest.h>
#include <llvm/Support/MemoryBuffer.h>
#include <sstream>
#include <stdexcept>

namespace ajit::test {

std::unique_ptr<ModuleSource> module_of(const std::string& ir) {
  std::string text = "target triple = \"" OBJECT_STAMP_TRIPLE "\"\n"
                     "target datalayout = \"" OBJECT_STAMP_DATA_LAYOUT "\"\n" +
                     ir;
  auto source = ModuleSource::from_buffer(llvm::MemoryBuffer::getMemBufferCopy(text), "program", /*foreign=*/true);
  if (!source) throw std::runtime_error(one_line(source.takeError()));
  return std::move(*source);
}

ProgramObjects compiled(const std::string& ir) {
  std::unique_ptr<ModuleSource> source = module_of(ir);
  llvm::Expected<ProgramObjects> program = compile_program(std::move(source), {});
  if (!program) throw std::runtime_error(one_line(program.takeError()));
  return std::move(*program);
}

std::string compile_error(const std::string& ir) {
  std::unique_ptr<ModuleSource> source = module_of(ir);
  llvm::Expected<ProgramObjects> program = compile_program(std::move(source), {});
  return program ? "" : one_line(program.takeError());
}

const std::vector<uint8_t>& file_of(const ProgramObjects& program, const std::string& name) {
  for (const ImageFile& file : program.files)
    if (file.name == name) return file.bytes;
  throw std::out_of_range("no file " + name);
}

std::string manifest_line(const ProgramObjects& program, const std::string& start) {
  const std::vector<uint8_t>& bytes = file_of(program, MANIFEST_FILE);
  std::istringstream text(std::string(bytes.begin(), bytes.end()));
  for (std::string line; std::getline(text, line);)
    if (line.starts_with(start)) return line;
  return "";
}

} // namespace ajit::test
