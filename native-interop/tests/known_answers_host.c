#include "harness.h"

int main(void)
{
    known_answers(1);
    return summary();
}
