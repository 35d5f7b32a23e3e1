/* What was signed comes back as the octets that are hashed. */
#include "canonical.h"

#include "../../tests/unit.h"

/* clang-format off */
static const struct {
    const char *signature; /* its body; of `body` "A  b\r\n\r\n\r\n" */
    const char *header, *body, *why;
} rows[] = {
    {" v=1; a=rsa-sha256; d=a.test; s=s; c=relaxed/relaxed; h=Subject:From:From; bh=uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=; b=AAAA",
     "subject:x y\r\nfrom:a@a.test\r\n"
     "dkim-signature:v=1; a=rsa-sha256; d=a.test; s=s; c=relaxed/relaxed; h=Subject:From:From; bh=uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=; b=",
     "A b\r\n", "relaxed; a name too many selects nothing"},
    {" v=1; a=rsa-sha256; d=a.test; s=s; h=from; l=3; bh=uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=; b=AAAA",
     "From: a@a.test\r\n"
     "DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=s; h=from; l=3; bh=uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=; b=",
     "A  ", "simple; l= ends the body"},
    {" no signature", "", "A  b\r\n", "nothing to say of the header"},
};
/* clang-format on */

static void
field(struct sceau_arena *arena, struct sceau_header *header, const char *name,
      const char *body)
{
    assert_int_equal(sceau_header_add(arena, header, sceau_slice_from(name),
                                      sceau_slice_from(body)),
                     SCEAU_OK);
}

static void
comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sceau_arena *arena = sceau_arena_new(1024 * 1024);
        struct sceau_header header = {0};
        const bool is_relaxed = strstr(rows[i].signature, "relaxed") != NULL;
        struct sceau_dkim_outcome o = {
            .body_canonicalization = is_relaxed ? SCEAU_RELAXED : SCEAU_SIMPLE,
            .body_length = strstr(rows[i].signature, "l=3") != NULL ? 3 : -1,
        };
        UNIT_CASE(rows[i].why);
        field(arena, &header, "DKIM-Signature", rows[i].signature);
        field(arena, &header, "Subject", " x\r\n y ");
        field(arena, &header, "From", " a@a.test");
        assert_slice(dkim_canonical_header(arena, &header, &o, 1000), rows[i].header);
        assert_slice(dkim_canonical_body(arena, &o, SCEAU_SLICE("A  b\r\n\r\n\r\n"),
                                         1000),
                     rows[i].body);
        assert_int_equal(dkim_canonical_header(arena, &header, &o, 20).len, 0);
        assert_int_equal(
            dkim_canonical_body(arena, &o, SCEAU_SLICE("a\r\nb\r\n"), 3).len, 0);
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
