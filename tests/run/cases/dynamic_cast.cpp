// Run-time type information: dynamic_cast up, down and across, typeid, with
// type_info objects that are compared by address or by name.
#include <cstdio>
#include <memory>
#include <typeindex>
#include <unordered_map>
#include <vector>

struct Node {
  virtual ~Node() = default;
};
struct Named {
  virtual ~Named() = default;
  const char* name = "named";
};
struct Leaf : virtual Node {
  int value = 3;
};
struct Branch : virtual Node, Named {
  int children = 2;
};
struct Both : Leaf, Branch {};

int main() {
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 30; i++)
    nodes.push_back(i % 3 == 0   ? std::unique_ptr<Node>(new Leaf)
                    : i % 3 == 1 ? std::unique_ptr<Node>(new Branch)
                                 : std::unique_ptr<Node>(new Both));
  std::unordered_map<std::type_index, int> kinds;
  int leaves = 0, named = 0, across = 0;
  for (auto& n : nodes) {
    Node& node = *n;
    kinds[typeid(node)]++;
    leaves += dynamic_cast<Leaf*>(n.get()) != nullptr;
    auto* as_named = dynamic_cast<Named*>(n.get());
    named += as_named != nullptr;
    across += as_named && dynamic_cast<Leaf*>(as_named);
  }
  std::printf("%d %d %d, %d %d %d\n", leaves, named, across, kinds[typeid(Leaf)], kinds[typeid(Branch)],
              kinds[typeid(Both)]);
}
