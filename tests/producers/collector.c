// Boehm's garbage collector, which looks for its roots in the segments of the executable and on the stack. It must keep
// objects that only the program's variables refer to, and free unreachable ones.
#include <gc.h>
#include <stdio.h>

struct node {
  struct node* next;
  long value;
};

static struct node* head;
static struct node* recent[64];

static struct node* make(long value, unsigned long bytes) {
  struct node* made = GC_MALLOC(bytes);
  made->value = value;
  return made;
}

static long sum(const struct node* list, long* count) {
  long total = 0;
  for (*count = 0; list; list = list->next, ++*count)
    total += list->value;
  return total;
}

int main(void) {
  GC_INIT();
  for (long i = 0; i < 400000; i++) {
    struct node* kept = make(i, sizeof *kept);
    if (i % 100 == 0) {
      kept->next = head;
      head = kept;
    }
    if (i % 777 == 0) recent[i / 777 % 64] = kept;
    make(i, 300);
  }
  long count, total = sum(head, &count), latest = 0;
  for (int i = 0; i < 64; i++)
    latest += recent[i]->value;
  printf("%ld in %ld, %ld; collected: %d, heap below 60 MB: %d\n", total, count, latest, GC_get_gc_no() > 2,
         GC_get_heap_size() < 60000000);
}
