// Has handlers of its own for faults, and a fault of its own that they mend.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct node {
  struct node *left, *right;
  int key;
};
static sigjmp_buf back;
static volatile int mine;

static void on_fault(int signal) {
  if (mine) siglongjmp(back, 1);
  static const char text[] = "the program's handler got a fault of the compiler\n";
  _exit(write(2, text, sizeof text - 1) > 0 ? 77 : 78);
}

static struct node* insert(struct node* tree, int key) {
  if (!tree) {
    tree = calloc(1, sizeof *tree);
    tree->key = key;
  } else if (key != tree->key) {
    struct node** side = key < tree->key ? &tree->left : &tree->right;
    *side = insert(*side, key);
  }
  return tree;
}

static long sum(const struct node* tree) { return tree ? tree->key + sum(tree->left) + sum(tree->right) : 0; }

int main(int argc, char** argv) {
  for (int signal = 1; signal < 32; signal++)
    if (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
        signal == SIGABRT) {
      struct sigaction action;
      memset(&action, 0, sizeof action);
      action.sa_handler = on_fault;
      sigaction(signal, &action, NULL);
    }
  struct node* tree = NULL;
  unsigned x = 1;
  long total = 0;
  for (int i = 0; i < 20000; i++) {
    x = x * 1103515245 + 12345;
    tree = insert(tree, (x >> 8) % 15000);
    if (i % 1000 == 0) total += sum(tree);
  }
  for (int i = 0; i < 10; i++) {
    usleep(10000);
    mine = 1;
    if (sigsetjmp(back, 1) == 0) *(volatile int*)8 = 1;
    mine = 0;
    total += sum(tree);
  }
  printf("%ld\n", total);
}
