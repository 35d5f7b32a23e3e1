/* Print sceau.conf(5), drawn from the table of options. Built and run by meson only. */
#include "config/config.h"

#include <stdio.h>

int
main(void)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)1 << 20);
    struct sceau_slice page = {NULL, 0};
    if (arena != NULL)
        page = config_man(arena);
    size_t written = page.ptr != NULL ? fwrite(page.ptr, 1, page.len, stdout) : 0;
    sceau_arena_free(arena);
    return written == 0 || fclose(stdout) != 0;
}
