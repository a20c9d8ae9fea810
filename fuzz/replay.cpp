// Runs fuzz targets on inputs that lie in files, in any build:
//
//     fuzz_replay TARGET FILE_OR_FOLDER...     these inputs
//     fuzz_replay --all FOLDER                 every folder in it that has a target's name; they must all have one
//
// Exit: 0 all went well; a target that finds something wrong ends the program.

#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using mqttspec::fuzz::Target;

std::vector<fs::path> files_in(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// @return how many inputs there were
std::size_t replay(const Target& target, const fs::path& place) {
  const auto files = files_in(place);
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw fs::filesystem_error("cannot be read", path, std::make_error_code(std::errc::io_error));
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::fprintf(stderr, "%s %s\n", std::string(target.name).c_str(), path.c_str());
    target.run({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  return files.size();
}

const Target& target_named(const std::string& name) {
  const Target* target = mqttspec::fuzz::find_target(name);
  if (target == nullptr) throw std::invalid_argument("there is no target '" + name + "'");
  return *target;
}

std::size_t replay_all(const fs::path& folder) {
  std::size_t inputs = 0;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory()) inputs += replay(target_named(entry.path().filename()), entry.path());
  return inputs;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  try {
    std::size_t inputs = 0;
    if (arguments.size() == 2 && arguments[0] == "--all")
      inputs = replay_all(arguments[1]);
    else if (arguments.size() >= 2)
      for (std::size_t i = 1; i < arguments.size(); ++i) inputs += replay(target_named(arguments[0]), arguments[i]);
    if (inputs == 0) throw std::invalid_argument("no inputs; it is fuzz_replay TARGET FILE_OR_FOLDER... or fuzz_replay --all FOLDER");
    std::printf("%zu inputs went well\n", inputs);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz_replay: %s\n", error.what());
    return 2;
  }
}
