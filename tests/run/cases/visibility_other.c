// The other half of visibility.c: reaches hidden symbols across modules.
extern __attribute__((visibility("hidden"))) int hidden_data, hidden_function(int);
__attribute__((visibility("hidden"))) int hidden_in_other(int x) { return hidden_function(x) * 10 + hidden_data; }
