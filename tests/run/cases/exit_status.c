// main's result goes through exit(): only its low eight bits are the status.
int main(void) { return 0x1234; }
