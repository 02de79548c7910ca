// A tree allocator: binary trees from malloc and from an arena of its own.
//
// Half the work is the C library's allocator called from every tier, half is
// pointer chasing through recursive functions. argv[1] is the depth of the
// deepest tree: 10 by default, 21 for seconds at O3.
#include <stdio.h>
#include <stdlib.h>

struct node {
  struct node *left, *right;
};
struct arena {
  struct node* chunk;
  size_t used, size;
};
typedef struct node* allocate_fn(struct arena*);

static struct node* from_malloc(struct arena* arena) {
  (void)arena;
  return malloc(sizeof(struct node));
}

static struct node* from_arena(struct arena* arena) {
  if (arena->used == arena->size) abort();
  return &arena->chunk[arena->used++];
}

static struct node* build(int depth, allocate_fn* allocate, struct arena* arena) {
  struct node* n = allocate(arena);
  n->left = depth ? build(depth - 1, allocate, arena) : NULL;
  n->right = depth ? build(depth - 1, allocate, arena) : NULL;
  return n;
}

static unsigned long count(const struct node* n) { return n ? 1 + count(n->left) + count(n->right) : 0; }

static void release(struct node* n) {
  if (!n) return;
  release(n->left);
  release(n->right);
  free(n);
}

int main(int argc, char** argv) {
  int deepest = argc > 1 ? atoi(argv[1]) : 10;
  struct arena arena = {.size = (2ul << deepest) - 1};
  arena.chunk = malloc(arena.size * sizeof *arena.chunk);
  struct node* kept = build(deepest, from_malloc, NULL);
  for (int depth = 4; depth <= deepest; depth += 2) {
    unsigned long trees = 1ul << (deepest - depth), nodes = 0;
    for (unsigned long i = 0; i < trees; i++) {
      struct node* tree = build(depth, from_malloc, NULL);
      nodes += count(tree);
      release(tree);
      arena.used = 0;
      nodes += count(build(depth, from_arena, &arena));
    }
    printf("%lu pairs of trees of depth %d: %lu nodes\n", trees, depth, nodes);
  }
  printf("the kept tree: %lu nodes\n", count(kept));
  release(kept);
  free(arena.chunk);
  return 0;
}
