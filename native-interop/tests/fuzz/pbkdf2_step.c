/* A context that others have written to: no step reads or writes outside the buffers or runs on for ever. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    spt_pbkdf2_context context;
    uint8_t kind = take_byte(&in);
    size_t out_len = take_byte(&in);
    uint8_t *out = malloc(out_len + 1);
    must(out != NULL);
    if (kind & 1)
        take(&in, &context, sizeof context);
    else if (spt_pbkdf2_start(&context, in.at, in.left / 2, in.at + in.left / 2, in.left - in.left / 2,
                              kind / 2 + 1u) != 0)
        abort();
    for (unsigned i = 0; i < 10; i++)
        if (spt_pbkdf2_step(&context, out, out_len, i) != SPT_MORE)
            break;
    spt_pbkdf2_finish(&context);
    free(out);
    return 0;
}
