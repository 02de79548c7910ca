#include "diagnostic_scope.h"

#include <fmt/format.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

using namespace llvm;

namespace ajit {
namespace {

std::string one_line(const DiagnosticInfo& info) {
  if (auto* in_source = dyn_cast<DiagnosticInfoSrcMgr>(&info)) {
    const SMDiagnostic& what = in_source->getSMDiag(); // its printed form shows the line and a caret below
    return fmt::format("line {}: {}", what.getLineNo(), what.getMessage().str());
  }
  std::string text;
  raw_string_ostream stream(text);
  DiagnosticPrinterRawOStream printer(stream);
  info.print(printer);
  return text;
}

} // namespace

DiagnosticScope::DiagnosticScope(LLVMContext& context) : context_(context) {
  context.setDiagnosticHandlerCallBack(&DiagnosticScope::receive, this);
}

DiagnosticScope::~DiagnosticScope() { context_.setDiagnosticHandlerCallBack(nullptr, nullptr); }

void DiagnosticScope::receive(const DiagnosticInfo* info, void* self) {
  std::string& error = static_cast<DiagnosticScope*>(self)->error_;
  if (info->getSeverity() == DS_Error && error.empty()) error = one_line(*info);
}

} // namespace ajit
