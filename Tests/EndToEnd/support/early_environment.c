// Sets variables before main, as monitoring agents that are preloaded do: the environment moves.
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void begin(void) {
    char name[32];
    for (int number = 0; number < 100; number++) {
        snprintf(name, sizeof name, "EARLY_%d", number);
        setenv(name, "1", 1);
    }
}
