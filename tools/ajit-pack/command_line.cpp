#include "command_line.h"

#include <CLI/CLI.hpp>

namespace ajit {

std::optional<Request> parse_command_line(int count, char** arguments, int& status) {
  Request request;
  bool list = false, verify = false, will_it_load = false;
  std::vector<uint32_t> thresholds;
  CLI::App app("Compiles i386 bitcode at all tiers and packs it into a FAT16 image for the kernel.", "ajit-pack");
  app.footer("ajit-pack fibonacci.bc -o program.img\n"
             "ajit-pack --verify program.img\n"
             "ajit-pack --will-it-load module.o");
  app.add_option("FILE", request.files, "Modules to pack, as bitcode or textual IR; an image; or objects")->required();
  app.add_option("-o,--output", request.output, "Write the image here");
  app.add_option("--objects", request.objects, "Also write the files of the image to this directory");
  app.add_option("--thresholds", thresholds, "Numbers of calls after which a function leaves O0, O1 and O2")
      ->delimiter(',')
      ->expected(3);
  app.add_flag("--allow-undefined", request.options.allow_undefined,
               "Pack a program whose symbols are not all defined");
  app.add_flag("-q,--quiet", request.quiet, "Print errors only");
  auto* actions = app.add_option_group("instead of packing");
  actions->add_flag("--list", list, "Show what an image holds");
  actions->add_flag("--verify", verify, "Check every object of an image as the kernel will");
  actions->add_flag("--will-it-load", will_it_load, "Check objects against the loader's rules");
  actions->require_option(0, 1);
  try {
    app.parse(count, arguments);
    if (list || verify || will_it_load) {
      if (!request.output.empty() || !request.objects.empty() || !thresholds.empty())
        throw CLI::ExcludesError("an option of packing", "the action");
      if (!will_it_load && request.files.size() != 1)
        throw CLI::ValidationError("FILE", "this action takes exactly one image");
    } else if (request.output.empty() && request.objects.empty()) {
      throw CLI::RequiredError("--output or --objects");
    }
    for (size_t i = 0; i < thresholds.size(); i++) {
      if (thresholds[i] <= (i ? thresholds[i - 1] : 0))
        throw CLI::ValidationError("--thresholds", "must be three rising numbers above 0");
      request.options.thresholds[i] = thresholds[i];
    }
  } catch (const CLI::ParseError& error) {
    status = app.exit(error);
    return std::nullopt;
  }
  if (list) request.action = Request::Action::list;
  if (verify) request.action = Request::Action::verify;
  if (will_it_load) request.action = Request::Action::will_it_load;
  return request;
}

} // namespace ajit
