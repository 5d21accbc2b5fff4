/* Prints its arguments and its environment, a line for each, and then copies its input to its output. */
#include <stdio.h>

extern char **environ;

int main(int count, char **arguments) {
    for (int index = 0; index < count; index++) printf("argument %d: %s\n", index, arguments[index]);
    for (char **entry = environ; entry && *entry; entry++) printf("environment: %s\n", *entry);
    for (int byte; (byte = getchar()) != EOF;) putchar(byte);
    return 0;
}
