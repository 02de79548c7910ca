#include "unit_bytes.h"
#include "error.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/BLAKE3.h>
#include <llvm/Support/Endian.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr StringLiteral magic = "AJITUNIT";
constexpr size_t digest_bytes = 32;

std::array<uint8_t, digest_bytes> digest_of(StringRef bytes) {
  return BLAKE3::hash<digest_bytes>(ArrayRef(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

class Writer {
public:
  explicit Writer(SmallVectorImpl<char>& bytes) : bytes_(bytes) {}

  void raw(StringRef text) { bytes_.append(text.begin(), text.end()); }

  template <typename Number> void number(Number value) {
    char encoded[sizeof(Number)];
    support::endian::write<Number>(encoded, value, endianness::little);
    bytes_.append(encoded, encoded + sizeof encoded);
  }
  void real(double value) { number(bit_cast<uint64_t>(value)); }
  void text(StringRef value) {
    number(static_cast<uint32_t>(value.size()));
    raw(value);
  }
  template <typename List, typename Write> void list(const List& values, Write write) {
    number(static_cast<uint32_t>(values.size()));
    for (const auto& value : values)
      write(value);
  }

private:
  SmallVectorImpl<char>& bytes_;
};

/// Reads what a Writer wrote. After the first invalid field it yields zeros, and failed() is true.
class Reader {
public:
  explicit Reader(StringRef bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }

  StringRef raw(size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    StringRef taken = rest_.take_front(size);
    rest_ = rest_.drop_front(size);
    return taken;
  }
  template <typename Number> Number number() {
    StringRef encoded = raw(sizeof(Number));
    return encoded.empty() ? Number{} : support::endian::read<Number>(encoded.data(), endianness::little);
  }
  double real() { return bit_cast<double>(number<uint64_t>()); }
  bool flag() { return number_below<uint8_t>(2) != 0; }
  /// A number that must be less than `limit`.
  template <typename Number> Number number_below(uint64_t limit) {
    const auto value = number<Number>();
    if (value < limit) return value;
    failed_ = true;
    return {};
  }
  StringRef text() { return raw(number<uint32_t>()); }
  /// Each element takes at least `least` bytes, which bounds the memory that a damaged length can claim.
  template <typename T, typename Read> void list(std::vector<T>& values, size_t least, Read read) {
    const auto count = number<uint32_t>();
    if (count > rest_.size() / least) failed_ = true;
    if (failed_) return;
    values.reserve(count);
    for (uint32_t i = 0; i != count && !failed_; ++i)
      values.push_back(read());
  }

private:
  StringRef rest_;
  bool failed_ = false;
};

void write_failure(Writer& writer, const Failure& failure) {
  writer.number(static_cast<uint8_t>(failure.kind));
  writer.text(failure.text);
}

Failure read_failure(Reader& reader) {
  Failure failure;
  failure.kind =
      static_cast<FailureKind>(reader.number_below<uint8_t>(static_cast<uint8_t>(FailureKind::over_budget) + 1));
  failure.text = reader.text().str();
  return failure;
}

void write_loop(Writer& writer, const LoopFacts& loop) {
  writer.number(loop.line);
  writer.number(loop.depth);
  writer.number(loop.around);
  writer.number(loop.layout);
  writer.text(loop.excluded);
}

LoopFacts read_loop(Reader& reader) {
  LoopFacts loop;
  loop.line = reader.number<uint32_t>();
  loop.depth = reader.number<uint32_t>();
  loop.around = reader.number<uint32_t>();
  loop.layout = reader.number<uint64_t>();
  loop.excluded = reader.text().str();
  return loop;
}

void write_body(Writer& writer, const CompiledBody& body) {
  writer.text(body.function);
  writer.text(body.symbol);
  writer.text(body.label_table);
  writer.text(body.facts.pinned);
  writer.number(static_cast<uint8_t>(body.facts.timeable));
  writer.number(static_cast<uint8_t>(body.facts.compares_stack_depths));
  writer.number(body.facts.stack_argument_bytes);
  writer.number(body.facts.instructions);
  writer.number(body.facts.callee_count);
  writer.list(body.loops, [&](const LoopFacts& loop) { write_loop(writer, loop); });
  writer.list(body.callees, [&](const std::string& callee) { writer.text(callee); });
  writer.number(static_cast<uint8_t>(body.refusal.has_value()));
  if (body.refusal) write_failure(writer, *body.refusal);
}

constexpr size_t least_loop_bytes = 24, least_text_bytes = 4, least_body_bytes = 39;

CompiledBody read_body(Reader& reader) {
  CompiledBody body;
  body.function = reader.text().str();
  body.symbol = reader.text().str();
  body.label_table = reader.text().str();
  body.facts.pinned = reader.text().str();
  body.facts.timeable = reader.flag();
  body.facts.compares_stack_depths = reader.flag();
  body.facts.stack_argument_bytes = reader.number<uint32_t>();
  body.facts.instructions = reader.number<uint32_t>();
  body.facts.callee_count = reader.number<uint32_t>();
  reader.list(body.loops, least_loop_bytes, [&] { return read_loop(reader); });
  reader.list(body.callees, least_text_bytes, [&] { return reader.text().str(); });
  if (reader.flag()) body.refusal = read_failure(reader);
  return body;
}

CompiledUnit read_fields(Reader& reader) {
  CompiledUnit unit;
  unit.kind = static_cast<UnitKind>(reader.number_below<uint8_t>(static_cast<uint8_t>(UnitKind::data) + 1));
  unit.tier = static_cast<Tier>(reader.number_below<uint8_t>(tier_count));
  unit.loop = reader.number<uint32_t>();
  unit.imported = reader.number<uint32_t>();
  unit.marker = reader.text().str();
  unit.times.build_ms = reader.real();
  unit.times.pipeline_ms = reader.real();
  unit.times.codegen_ms = reader.real();
  reader.list(unit.bodies, least_body_bytes, [&] { return read_body(reader); });
  StringRef object = reader.text();
  unit.object.assign(object.begin(), object.end());
  return unit;
}

/// Whether the loops of one body nest: the loop around another exists and is less deep.
bool nests(const std::vector<LoopFacts>& loops) {
  return all_of(loops, [&](const LoopFacts& loop) {
    return loop.around == no_loop || (loop.around < loops.size() && loops[loop.around].depth < loop.depth);
  });
}

/// Whether the fields of `unit` agree with one another and with its object. If not, `why` names the fault.
bool is_consistent(const CompiledUnit& unit, const UnitSymbols& symbols, std::string& why) {
  StringSet<> defined;
  for (const std::string& symbol : symbols.defined)
    defined.insert(symbol);
  auto lacks = [&](const std::string& symbol) { return !symbol.empty() && !defined.contains(symbol); };
  for (const CompiledBody& body : unit.bodies) {
    if (body.refusal.has_value() != body.symbol.empty())
      why = fmt::format("{} must have either code or a refusal", body.function);
    else if (lacks(body.symbol))
      why = fmt::format("the object lacks {}", body.symbol);
    else if (lacks(body.label_table))
      why = fmt::format("the object lacks {}", body.label_table);
    else if (!nests(body.loops))
      why = fmt::format("the loops of {} do not nest", body.function);
  }
  if (lacks(unit.marker)) why = fmt::format("the object lacks {}", unit.marker);
  return why.empty();
}

} // namespace

SmallVector<char, 0> write_unit(const CompiledUnit& unit) {
  SmallVector<char, 0> bytes;
  Writer writer(bytes);
  writer.raw(magic);
  writer.number(unit_bytes_version);
  writer.number(static_cast<uint8_t>(unit.kind));
  writer.number(static_cast<uint8_t>(unit.tier));
  writer.number(unit.loop);
  writer.number(unit.imported);
  writer.text(unit.marker);
  writer.real(unit.times.build_ms);
  writer.real(unit.times.pipeline_ms);
  writer.real(unit.times.codegen_ms);
  writer.list(unit.bodies, [&](const CompiledBody& body) { write_body(writer, body); });
  writer.text({unit.object.data(), unit.object.size()});
  seal_unit(bytes);
  return bytes;
}

void seal_unit(SmallVectorImpl<char>& bytes) {
  const auto digest = digest_of({bytes.data(), bytes.size()});
  bytes.append(digest.begin(), digest.end());
}

Expected<CompiledUnit> read_unit(StringRef bytes) {
  auto refuse = [](std::string_view why) { return make_typed<Malformed>("damaged compiled unit: {}", why); };
  if (bytes.size() < magic.size() + sizeof(uint32_t) + digest_bytes || !bytes.starts_with(magic))
    return refuse("it does not start with AJITUNIT");
  Reader reader(bytes.drop_front(magic.size()).drop_back(digest_bytes));
  if (const auto version = reader.number<uint32_t>(); version != unit_bytes_version)
    return refuse(fmt::format("it has version {}, this is version {}", version, unit_bytes_version));
  if (toStringRef(digest_of(bytes.drop_back(digest_bytes))) != bytes.take_back(digest_bytes))
    return refuse("its digest does not match");
  CompiledUnit unit = read_fields(reader);
  if (reader.failed()) return refuse("a length or a value does not fit");
  if (!reader.at_end()) return refuse("extra bytes follow the unit");
  Expected<UnitSymbols> symbols = symbols_of(unit);
  if (!symbols) return in_context(symbols.takeError(), "damaged compiled unit");
  if (std::string why; !is_consistent(unit, *symbols, why)) return refuse(why);
  return unit;
}

} // namespace ajit
