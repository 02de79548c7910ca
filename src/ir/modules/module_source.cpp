#include "module_source.h"
#include "compile_gate.h"
#include "error.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <optional>

using namespace llvm;

namespace ajit {
namespace {

bool looks_like_bitcode(const MemoryBuffer& buffer) {
  auto* begin = reinterpret_cast<const unsigned char*>(buffer.getBufferStart());
  return isBitcode(begin, begin + buffer.getBufferSize());
}

/// Tells binary data apart, so that it is refused as such. The text parser would report a syntax error in line 1.
bool looks_like_text(const MemoryBuffer& buffer) {
  StringRef head = buffer.getBuffer().take_front(512);
  return none_of(head,
                 [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' && c != '\r'; });
}

std::unique_ptr<MemoryBuffer> to_bitcode(const Module& module, StringRef name) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  WriteBitcodeToFile(module, stream);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), name, /*RequiresNullTerminator=*/false);
}

Expected<std::unique_ptr<MemoryBuffer>> assemble(const MemoryBuffer& text, const std::string& name) {
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssembly(text.getMemBufferRef(), diagnostic, context);
  if (!module)
    return make_error("cannot read module: {}:{}:{}: {}", name, diagnostic.getLineNo(), diagnostic.getColumnNo() + 1,
                      diagnostic.getMessage().str());
  std::string broken;
  raw_string_ostream stream(broken);
  if (verifyModule(*module, &stream)) return make_error("invalid module: {}: {}", name, broken);
  return to_bitcode(*module, name);
}

Error check_architecture(MemoryBufferRef bitcode, const std::string& name) {
  Expected<std::string> text = getBitcodeTargetTriple(bitcode);
  if (!text) return make_error("cannot read module: {}: {}", name, one_line(text.takeError()));
  if (text->empty()) return Error::success();
  Triple triple(*text), host(sys::getProcessTriple());
  const bool same_os = triple.getOS() == host.getOS() || triple.getOS() == Triple::UnknownOS;
  // Pointers of 32 bits (gnux32), and what other formats' objects look like.
  const bool same_abi = triple.isX32() == host.isX32() && triple.isOSBinFormatELF();
  if (triple.getArch() != host.getArch() || !same_os || !same_abi)
    return make_typed<Refused>("wrong architecture: {}: compiled for {}, this machine is {}", name, *text, host.str());
  return Error::success();
}

/// Links modules into one, the way llvm-link does it.
class Merger {
public:
  Merger() { context_.setDiagnosticHandlerCallBack(note_error, &problem_); }

  LLVMContext& context() { return context_; }

  /// Starts with `module`, which was read from the file `name`, and keeps all of it.
  Error begin(Expected<std::unique_ptr<Module>> module, const std::string& name) {
    if (!module) return make_error("cannot read module: {}: {}", name, one_line(module.takeError()));
    start_from(std::move(*module));
    return Error::success();
  }

  /// Adds `module`, which was read from the file `name`, except for inline functions that nothing here uses.
  Error add(Expected<std::unique_ptr<Module>> module, const std::string& name) {
    if (!module) return make_error("cannot read module: {}: {}", name, one_line(module.takeError()));
    if (!whole_) start_from(std::make_unique<Module>("program", context_));
    if (linker_->linkInModule(std::move(*module))) return make_error("cannot link modules: {}: {}", name, problem_);
    return Error::success();
  }

  std::unique_ptr<MemoryBuffer> bitcode(StringRef name) const { return to_bitcode(*whole_, name); }

private:
  void start_from(std::unique_ptr<Module> module) {
    whole_ = std::move(module);
    linker_.emplace(*whole_);
  }

  static void note_error(const DiagnosticInfo* info, void* text) {
    if (info->getSeverity() != DS_Error) return;
    raw_string_ostream stream(*static_cast<std::string*>(text));
    DiagnosticPrinterRawOStream printer(stream);
    info->print(printer);
  }

  LLVMContext context_;
  std::string problem_;
  std::unique_ptr<Module> whole_;
  std::optional<Linker> linker_; ///< set together with whole_
};

/// One file may hold two modules of one program: `clang -flto=thin -fsplit-lto-unit` puts virtual tables apart. This
/// links them, as clang does. It keeps all of the first module, because the second uses inline functions that only the
/// first has. If the list of modules cannot be read, the buffer stays as it is, and the reader of its module reports
/// the error.
Expected<std::unique_ptr<MemoryBuffer>> single_module(std::unique_ptr<MemoryBuffer> bitcode, const std::string& name) {
  Expected<std::vector<BitcodeModule>> modules = getBitcodeModuleList(bitcode->getMemBufferRef());
  if (!modules) consumeError(modules.takeError());
  if (!modules || modules->size() < 2) return std::move(bitcode);
  Merger merger;
  if (Error error = merger.begin(modules->front().parseModule(merger.context()), name)) return std::move(error);
  for (BitcodeModule& module : drop_begin(*modules))
    if (Error error = merger.add(module.parseModule(merger.context()), name)) return std::move(error);
  return merger.bitcode(name);
}

/// Level 0 is the function's own frame, and higher levels are its callers'. A level that is not a constant is invalid,
/// and might be any of them.
bool asks_for_callers_frame(const User* use) {
  auto* call = dyn_cast<CallInst>(use);
  auto* level = call ? dyn_cast<ConstantInt>(call->getArgOperand(0)) : nullptr;
  return !level || !level->isZero();
}

/// Names of the functions that call a reader of its own return address, or might through a pointer.
std::vector<std::string> callers_of_return_address_readers(Module& module) {
  Function* intrinsic = module.getFunction("llvm.returnaddress");
  if (!intrinsic) return {};
  SmallPtrSet<Function*, 8> readers;
  for (User* user : intrinsic->users())
    if (auto* call = dyn_cast<CallInst>(user)) readers.insert(call->getFunction());
  const bool by_pointer = any_of(readers, [](Function* reader) { return reader->hasAddressTaken(); });
  std::vector<std::string> callers;
  for (Function& function : module)
    if (any_of(instructions(function), [&](const Instruction& instruction) {
          auto* call = dyn_cast<CallBase>(&instruction);
          if (!call || call->isInlineAsm()) return false;
          const Function* callee = call->getCalledFunction();
          return callee ? readers.contains(callee) : by_pointer;
        }))
      callers.push_back(function.getName().str());
  return callers;
}

} // namespace

ModuleSource::ModuleSource(std::unique_ptr<MemoryBuffer> bitcode, std::string name)
    : bitcode_(std::move(bitcode)), name_(std::move(name)) {}

ModuleSource::~ModuleSource() { delete frame_readers_.load(std::memory_order_acquire); }

MemoryBufferRef ModuleSource::bitcode() const { return bitcode_->getMemBufferRef(); }

Expected<std::vector<std::string>> ModuleSource::used(const std::vector<std::string>& declarations) const {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module = parseBitcodeFile(bitcode(), context);
  if (!module) return make_error("cannot read module: {}: {}", name_, one_line(module.takeError()));
  std::vector<std::string> result;
  for (const std::string& name : declarations) {
    GlobalValue* value = (*module)->getNamedValue(name);
    if (value) value->removeDeadConstantUsers();
    if (value && !value->use_empty()) result.push_back(name);
  }
  return result;
}

const FrameReaders& ModuleSource::frame_readers() const {
  if (const FrameReaders* known = frame_readers_.load(std::memory_order_acquire)) return *known;
  auto read = std::make_unique<const FrameReaders>(read_frame_readers());
  const FrameReaders* first = nullptr;
  if (frame_readers_.compare_exchange_strong(first, read.get(), std::memory_order_acq_rel)) return *read.release();
  return *first;
}

FrameReaders ModuleSource::read_frame_readers() const {
  FrameReaders readers;
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module = parseBitcodeFile(bitcode(), context);
  if (!module) {
    consumeError(module.takeError()); // reading one of its bodies reports the error
    return readers;
  }
  for (StringRef name : {"llvm.returnaddress", "llvm.frameaddress.p0"})
    if (Function* intrinsic = (*module)->getFunction(name))
      readers.ask_for_callers |= any_of(intrinsic->users(), asks_for_callers_frame);
  readers.callers = callers_of_return_address_readers(**module);
  return readers;
}

bool ModuleSource::names_holders_of_labels() const {
  Expected<std::string> producer = getBitcodeProducerString(bitcode());
  if (!producer) {
    consumeError(producer.takeError());
    return false;
  }
  unsigned version = 0;
  StringRef text = *producer;
  return text.consume_front("LLVM") && !text.consumeInteger(10, version) && version >= 15;
}

Expected<std::unique_ptr<ModuleSource>> ModuleSource::load(const std::string& path) {
  if (path != "-" && sys::fs::is_directory(path)) return make_error("cannot read module: {}: is a directory", path);
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      path == "-" ? MemoryBuffer::getSTDIN()
                  : MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/true);
  if (!buffer) return make_error("cannot read module: {}: {}", path, buffer.getError().message());
  return from_buffer(std::move(*buffer), path == "-" ? "<standard input>" : path);
}

Expected<std::unique_ptr<ModuleSource>> ModuleSource::from_buffer(std::unique_ptr<MemoryBuffer> buffer,
                                                                  std::string name, bool foreign) {
  if (buffer->getBufferSize() == 0) return make_error("cannot read module: {}: file is empty", name);
  if (!looks_like_bitcode(*buffer)) {
    if (!looks_like_text(*buffer)) return make_error("cannot read module: {}: neither bitcode nor textual IR", name);
    Expected<std::unique_ptr<MemoryBuffer>> assembled = assemble(*buffer, name);
    if (!assembled) return assembled.takeError();
    buffer = std::move(*assembled);
  }
  Expected<std::unique_ptr<MemoryBuffer>> single = single_module(std::move(buffer), name);
  if (!single) return single.takeError();
  buffer = std::move(*single);
  if (!foreign)
    if (Error error = check_architecture(buffer->getMemBufferRef(), name)) return error;
  return std::unique_ptr<ModuleSource>(new ModuleSource(std::move(buffer), std::move(name)));
}

Expected<std::unique_ptr<ModuleSource>> ModuleSource::link(std::vector<std::unique_ptr<ModuleSource>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  Merger merger;
  for (const std::unique_ptr<ModuleSource>& source : sources)
    if (Error error = merger.add(parseBitcodeFile(source->bitcode(), merger.context()), source->name()))
      return std::move(error);
  std::string name = sources.front()->name();
  return std::unique_ptr<ModuleSource>(new ModuleSource(merger.bitcode(name), name));
}

} // namespace ajit
