// A small stack machine, driven by a table of bytecode and one big switch, which
// becomes a jump table in the object's read-only data: addresses of code inside
// data, relocated anew for every tier.
#include <stdint.h>

enum Op { PUSH, ADD, SUBTRACT, MULTIPLY, DUPLICATE, SWAP, JUMP_IF, LOAD, STORE, HALT };

// sum of i * i for i from n down to 1; cell 0 holds i, cell 1 the sum
static const int8_t sum_of_squares[] = {
    LOAD, 0, DUPLICATE, MULTIPLY,  LOAD,  1, ADD,     STORE, 1,    LOAD, 0,
    PUSH, 1, SUBTRACT,  DUPLICATE, STORE, 0, JUMP_IF, 0,     LOAD, 1,    HALT,
};

// the alternating sum n - (n - 1) + ..., by x := i - x
static const int8_t alternating[] = {
    LOAD,      0,     LOAD, 1,       SUBTRACT, STORE, 1, LOAD, 0, PUSH, 1,        SUBTRACT,
    DUPLICATE, STORE, 0,    JUMP_IF, 0,        PUSH,  0, LOAD, 1, SWAP, SUBTRACT, HALT,
};

static const int8_t *const programs[] = {sum_of_squares, alternating};

int32_t interpret(int32_t program, int32_t n) {
    const int8_t *code = programs[program & 1];
    int32_t stack[8], cells[2] = {n, 0}, top = 0, swapped;
    for (int32_t at = 0;;) {
        switch ((enum Op)code[at++]) {
        case PUSH: stack[top++] = code[at++]; break;
        case ADD: top--, stack[top - 1] += stack[top]; break;
        case SUBTRACT: top--, stack[top - 1] -= stack[top]; break;
        case MULTIPLY: top--, stack[top - 1] *= stack[top]; break;
        case DUPLICATE: stack[top] = stack[top - 1], top++; break;
        case SWAP:
            swapped = stack[top - 1], stack[top - 1] = stack[top - 2], stack[top - 2] = swapped;
            break;
        case JUMP_IF: at = stack[--top] ? code[at] : at + 1; break;
        case LOAD: stack[top++] = cells[code[at++]]; break;
        case STORE: cells[code[at++]] = stack[--top]; break;
        case HALT: return stack[top - 1];
        }
    }
}
