/* Reporting URIs: which ones count, where they lead, and that none carries a line end.
 */
#include "uri.h"

#include "../../tests/unit.h"

/* clang-format off */
static const struct {
    const char *text;
    const char *uri;     /* without the size */
    const char *host;    /* "" when there is none */
    const char *mailbox; /* "" when it is no mailto */
    const char *why;
} accepted[] = {
    {"mailto:d@example.com", "mailto:d@example.com", "example.com", "d@example.com",
     "the usual one"},
    {"MAILTO:D@EXAMPLE.COM", "MAILTO:D@EXAMPLE.COM", "example.com", "D@example.com",
     "scheme and domain in any case; the local part keeps its own"},
    {"mailto:d@example.com!10m", "mailto:d@example.com", "example.com", "d@example.com",
     "RFC 9989 section 4.8: an obsolete size is ignored"},
    {"mailto:d@example.com!50", "mailto:d@example.com", "example.com", "d@example.com",
     "a size without a unit"},
    {"mailto:d@example.com!7T", "mailto:d@example.com", "example.com", "d@example.com",
     "ABNF letters have no case"},
    {"mailto:b%21c@example.com", "mailto:b%21c@example.com", "example.com",
     "b!c@example.com", "an encoded exclamation point is the mailbox's own"},
    {"mailto:a+b=c/d@example.com", "mailto:a+b=c/d@example.com", "example.com",
     "a+b=c/d@example.com", "atext that a URI may hold as it is"},
    {"mailto:d@example.com?subject=x%0D%0ABcc:%20v@example.net",
     "mailto:d@example.com?subject=x%0D%0ABcc:%20v@example.net", "example.com",
     "d@example.com", "header fields of a mailto are never used"},
    {"mailto:d@b%C3%BCcher.example", "mailto:d@b%C3%BCcher.example",
     "xn--bcher-kva.example", "d@xn--bcher-kva.example", "U-labels become A-labels"},
    {"https://reports.example.com:8443/in?x=1#f",
     "https://reports.example.com:8443/in?x=1#f", "reports.example.com", "",
     "another scheme is valid, though nobody need support it"},
    {"https://u:p@example.com/", "https://u:p@example.com/", "example.com", "",
     "userinfo is no host"},
    {"https://[2001:db8::1]/", "https://[2001:db8::1]/", "", "",
     "a literal names no domain"},
    {"urn:x", "urn:x", "", "", "a URI without authority"},
    {"https://a%2eb/", "https://a%2eb/", "a.b", "", "a registered name may be encoded"},
};
/* clang-format on */

static void
accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice text = unit_copy(sceau_slice_from(accepted[i].text));
        struct dmarc_uri uri;
        UNIT_CASE(accepted[i].why);
        assert_int_equal(dmarc_uri_parse(arena, text, &uri), SCEAU_OK);
        assert_slice(uri.text, accepted[i].uri);
        assert_slice(uri.host, accepted[i].host);
        assert_slice(uri.mailbox, accepted[i].mailbox);
        unit_free(text);
        sceau_arena_free(arena);
    }
}

/* clang-format off */
static const struct {
    const char *text;
    const char *why;
} refused[] = {
    {"", "nothing"},
    {"d@example.com", "no scheme: the most common error in the wild"},
    {"mailto:", "no mailbox"},
    {"mailto:@example.com", "no local part"},
    {"mailto:d@", "no domain"},
    {"mailto:d", "no at sign"},
    {"mailto:d@e@example.com", "two at signs"},
    {"mailto://d@example.com", "an authority is no mailbox"},
    {"mailto:d@exa mple.com", "a blank is no octet of a URI"},
    {"mailto: d@example.com", "nor after the colon"},
    {"mailto:d@example.com!", "a size without digits"},
    {"mailto:d@example.com!10x", "a unit nobody defined"},
    {"mailto:d@example.com!10m!", "an exclamation point behind the size"},
    {"mailto:a!b@example.com", "an exclamation point must be encoded"},
    {"mailto:d%0D%0ARCPT@example.com", "a line end in the local part"},
    {"mailto:a%2Cb@example.com", "a comma is no atext, even encoded"},
    {"mailto:d%00@example.com", "NUL in the local part"},
    {"mailto:d%40e@example.com", "an at sign in the local part"},
    {"mailto:.d@example.com", "an empty atom at the start"},
    {"mailto:d.@example.com", "an empty atom at the end"},
    {"mailto:%22d%22@example.com", "a quoted local part: refused on purpose"},
    {"mailto:%C3%BC@example.com", "a local part of UTF-8: refused on purpose"},
    {"mailto:d@example..com", "an empty label"},
    {"mailto:d@[192.0.2.1]", "a domain literal"},
    {"mailto:d@example.com%0d%0aX:", "a line end in the domain"},
    {"mailto:d%4@example.com", "one digit after %"},
    {"mailto:d%4g@example.com", "no digit after %"},
    {"mailto:d@example.com%", "% at the end"},
    {"mailto:\"><script>alert(1)</script>@d13.test", "markup is no URI"},
    {"1mailto:d@example.com", "a scheme starts with a letter"},
    {":d@example.com", "no scheme before the colon"},
    {"https://[::1/", "a literal without its end"},
    {"https://[zz]/", "a literal that is none"},
    {"https://a:8x/", "a port is a number"},
    {"https://a#b#c", "one fragment at most"},
    {"mailto:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
     "65 octets before the at sign, RFC 5321 section 4.5.3.1.1"},
};
/* clang-format on */

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        struct dmarc_uri uri;
        UNIT_CASE(refused[i].why);
        assert_int_equal(dmarc_uri_parse(arena, text, &uri), SCEAU_E_SYNTAX);
        unit_free(text);
        sceau_arena_free(arena);
    }
}

/* clang-format off */
static const struct {
    const char *value;
    const char *uris; /* joined with blanks */
    size_t malformed;
    const char *why;
} lists[] = {
    {"mailto:a@x.test,mailto:b@x.test", "mailto:a@x.test mailto:b@x.test", 0, "two"},
    {"mailto:a@x.test \t, mailto:b@x.test", "mailto:a@x.test mailto:b@x.test", 0,
     "blanks around the comma"},
    {"mailto:a@x.test,b@x.test", "mailto:a@x.test", 1, "the good one stays"},
    {",mailto:a@x.test,,", "mailto:a@x.test", 3, "empty elements"},
    {"mailto:a@x.test!1k,https://x.test/", "mailto:a@x.test https://x.test/", 0,
     "sizes go, schemes stay"},
    {"a:,b:,c:,d:,e:", "a: b: c: d: e:", 0, "the shortest URIs there are"},
    {"x", "", 1, "none"},
    {"", "", 1, "an empty value"},
};
/* clang-format on */

static void
reads_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice value = unit_copy(sceau_slice_from(lists[i].value));
        const struct sceau_slice *uris = NULL;
        size_t count = 0, malformed = 0;
        char joined[200] = "";
        UNIT_CASE(lists[i].why);
        enum sceau_status status =
            dmarc_urilist_parse(arena, value, &uris, &count, &malformed);
        for (size_t k = 0; k < count; k++) {
            size_t len = strlen(joined);
            snprintf(joined + len, sizeof joined - len, "%s%.*s", k > 0 ? " " : "",
                     SLICE_ARG(uris[k]));
        }
        assert_string_equal(joined, lists[i].uris);
        assert_int_equal(malformed, lists[i].malformed);
        assert_int_equal(status, count > 0 ? SCEAU_OK : SCEAU_E_SYNTAX);
        unit_free(value);
        sceau_arena_free(arena);
    }
}

/* A full arena is our trouble, not a malformed URI, wherever it happens. */
static void
tells_a_full_arena(void **state)
{
    (void)state;
    struct sceau_slice text = SCEAU_SLICE("mailto:d@b%C3%BCcher.example");
    struct dmarc_uri uri;
    bool has_succeeded = false;
    for (size_t ceiling = 0; ceiling < 4096 && !has_succeeded; ceiling += 16) {
        struct sceau_arena *arena = sceau_arena_new(ceiling);
        enum sceau_status status = dmarc_uri_parse(arena, text, &uri);
        assert_true(status == SCEAU_E_LIMIT || status == SCEAU_OK);
        has_succeeded = status == SCEAU_OK;
        sceau_arena_free(arena);
    }
    assert_true(has_succeeded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(tells_a_full_arena),
    };
    return cmocka_run_group_tests_name("dmarc/uri", tests, NULL, NULL);
}
