#include "../harness.h"
#include "bare.h"

int bare_main(void)
{
    return secrets(SECRETS_WHAT);
}
