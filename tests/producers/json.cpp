// nlohmann-json: parses, changes, queries and prints documents; its errors are exceptions.
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

using nlohmann::json;

struct Point {
  double x, y;
  std::string label;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y, label)

int main() {
  json document = json::parse(R"({"name": "ajit", "tiers": [0, 1, 2, 3], "nested": {"pi": 3.14159, "none": null},
      "text": "quote \" backslash \\ unicode \u00e9 \ud83d\ude00", "big": 12345678901234, "yes": true})");
  document["tiers"].push_back(4.5);
  document["nested"]["list"] = {"a", 1, {{"k", "v"}}};
  std::cout << document.dump(2) << '\n' << document["text"].get<std::string>() << '\n';
  for (auto& [key, value] : document.items())
    std::cout << key << ": " << value.type_name() << ' ' << value.size() << '\n';
  std::vector<Point> points;
  for (int i = 0; i < 50; i++)
    points.push_back({i * 0.5, i * i / 3.0, "p" + std::to_string(i)});
  json array = points;
  auto back = array.get<std::vector<Point>>();
  double sum = 0;
  for (const Point& p : back)
    sum += p.x * p.y + static_cast<double>(p.label.size());
  std::cout << sum << ' ' << array.dump().size() << '\n';
  for (const char* bad : {"{\"a\": }", "[1, 2", "nul", "\"\\u12\""})
    try {
      std::cout << json::parse(bad);
    } catch (const json::parse_error& e) {
      std::cout << e.what() << '\n';
    }
  try {
    document.at("nested").at("pi").get<std::string>();
  } catch (const json::type_error& e) {
    std::cout << e.what() << '\n';
  }
  auto packed = json::to_cbor(document);
  std::cout << packed.size() << ' ' << (json::from_cbor(packed) == document) << '\n';
  std::cout << json::diff(document, json::parse(R"({"name": "other"})")).size() << '\n';
  std::cout << document.flatten().dump().size() << ' ' << document["/nested/list/2/k"_json_pointer] << '\n';
}
