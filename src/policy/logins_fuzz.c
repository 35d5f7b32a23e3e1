/* Any login map: read or refused; an entry that is found names the login. */
#include "logins.h"

#include "../../tests/fuzz/input.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice input = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    const struct policy_logins *logins;
    struct sceau_diag diag;
    if (size > 64 * 1024)
        goto out;
    struct sceau_slice login = input_text(&input, '\0');
    switch (policy_logins_parse(arena, input, &logins, &diag)) {
    case SCEAU_OK:
        assert(policy_logins_count(logins) <= input.len);
        if (policy_logins_may(logins, login, SCEAU_SLICE("ann"),
                              SCEAU_SLICE("example.org")))
            assert(policy_logins_count(logins) > 0 && login.len > 0);
        break;
    case SCEAU_E_SYNTAX:
        assert(diag.expected != NULL && diag.offset < input.len);
        break;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM: break;
    }
out:
    sceau_arena_free(arena);
    return 0;
}
