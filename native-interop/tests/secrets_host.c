#include "harness.h"

int main(int argc, char **argv)
{
    return secrets(argc > 1 ? argv[1] : "");
}
