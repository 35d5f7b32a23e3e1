/* Which mails are plain, and what their parts are. */
#include "mail_plain.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"
#define TEXT  "Content-Type: text/plain\n\n"

/* clang-format off */
static const struct {
    const char *mail;
    const char *told; /* "name=octets", "t" before it for a text, "h" for HTML; NULL: not plain */
    const char *why;
} cases[] = {
    {"Subject: x\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\neA==\n", "a.zip=x", "one part"},
    {"Subject: x\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n", "a.zip=x", "with CRLF"},
    {"content-type:TEXT/plain\n\nx\n\n", "t=x\n\n", "a text as it is, to its end"},
    {MIXED "\n--b\n" TEXT "x\n--b\nContent-Type: application/gzip\nContent-Transfer-Encoding: Base64\n\neXo=\n--b--\n\n", "t=x =yz", "two parts"},
    {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n\r\n--b--\r\n", "t=x\r\n", "a delimiter takes the line end before it, no more"},
    {MIXED "for old readers\n--b\n" TEXT "x\n--b--\n", "t=x", "what is before the first is for nobody"},
    {MIXED "--b\nContent-Type: text/html\n\n<p>\n--b--\n", "h=<p>", "HTML"},
    {MIXED "--b\n" TEXT "-- \n--a\n--\n-b\n--b--\n", "t=-- \n--a\n--\n-b", "lines with dashes that are no delimiter"},
    {"Content-Type: application/zip;\n\tname=\"a b.zip\" ;\n  x=y\nContent-Transfer-Encoding: base64\n\neA==\n", "a b.zip=x", "folded and quoted"},
    {"Content-Type: application/zip; name=a\nContent-Disposition: attachment; filename=\"b\"\n\nx", "b=x", "the disposition's name goes first"},
    {"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n\n eA\n==", "=x", "blanks in base64"},
    {"Content-Type: application/zip\nContent-Transfer-Encoding: 8BIT \n\nx", "=x", "an encoding that is none"},
    {"", NULL, "nothing"},
    {"Content-Type: text/plain\n", NULL, "no end of the header"},
    {"Content-Type: text/plain\n\n", NULL, "nothing behind it"},
    {"Subject: x\n\nx", NULL, "no type"},
    {"From x\nContent-Type: text/plain\n\nx", NULL, "a line that is no field"},
    {"Content-Type : text/plain\n\nx", NULL, "a blank before the colon"},
    {" Content-Type: text/plain\n\nx", NULL, "a continuation of nothing"},
    {"Content-Type: text/plain\n \n\nx", NULL, "a continuation that is empty"},
    {"Content-Type: text/plain\r\nSubject: x\n\r\nx", NULL, "line ends that differ"},
    {"Subject: a\rb\nContent-Type: text/plain\n\nx", NULL, "a lone CR in the header"},
    {"Content-Type: text/plain\nContent-Type: text/xml\n\nx", NULL, "a field twice"},
    {"Content-Type: text/plain (x)\n\nx", NULL, "a comment"},
    {"Content-Type: text/plain; name=\"a\\b\"\n\nx", NULL, "an escape"},
    {"Content-Type: text/plain; name==?x?=\n\nx", NULL, "octets that a word has not"},
    {"Content-Type: text/plain; name=\"=?us-ascii?q?a?=\"\n\nx", NULL, "an encoded word"},
    {"Content-Type: text/plain; name=\"\xc3\xa9\"\n\nx", NULL, "beyond ASCII"},
    {"Content-Type: text/plain; name=\"\"\n\nx", NULL, "a name that is empty"},
    {"Content-Type: text/plain; name=\" a\"\n\nx", NULL, "a blank at its end"},
    {"Content-Type: text/plain; name*=us-ascii''a\n\nx", NULL, "RFC 2231"},
    {"Content-Type: text/plain; name=a; name=b\n\nx", NULL, "a name twice"},
    {"Content-Type: text/plain;\n\nx", NULL, "a parameter that is not there"},
    {"Content-Type: text/plain; name\n\nx", NULL, "a parameter without a value"},
    {"Content-Type: text\n\nx", NULL, "no subtype"},
    {"Content-Type: text/rfc822-headers\n\nx", NULL, "a type that is more than octets"},
    {"Content-Type: message/rfc822\n\nSubject: x\n\nx", NULL, "a mail in a mail"},
    {"Content-Type: application/pkcs7-mime\n\nx", NULL, "a type that reports do not come as"},
    {"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nx", NULL, "another encoding"},
    {"Content-Type: text/plain\nContent-Transfer-Encoding: 7bit x\n\nx", NULL, "an encoding and more"},
    {"Content-Type: text/plain\nContent-Transfer-Encoding:\n\nx", NULL, "an encoding without a word"},
    {"Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\neA=", NULL, "base64 that is cut"},
    {"Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\neA==eA==", NULL, "base64 behind its end"},
    {"Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\neA==!", NULL, "no base64"},
    {"Content-Type: multipart/report; boundary=b\n\n--b\n" TEXT "x\n--b--\n", NULL, "a multipart that means something"},
    {"Content-Type: multipart/mixed\n\n--b\n" TEXT "x\n--b--\n", NULL, "no boundary"},
    {"Content-Type: multipart/mixed; boundary=\"b c\"\n\n--b c\n" TEXT "x\n--b c--\n", NULL, "a blank in it"},
    {"Content-Type: multipart/mixed; boundary=b-\n\n--b-\n" TEXT "x\n--b---\n", NULL, "a dash at its end"},
    {"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n" TEXT "x\n--b--\n", NULL, "a multipart that is encoded"},
    {MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" TEXT "x\n--c--\n--b--\n", NULL, "parts in parts"},
    {MIXED "--b\n" TEXT "x\n--b \n--b--\n", NULL, "a delimiter with a blank"},
    {MIXED "--b\n" TEXT "x\n--bc\n--b--\n", NULL, "a line that begins as one"},
    {MIXED "--b\n" TEXT "x\n", NULL, "no last delimiter"},
    {MIXED "--b\n" TEXT "x\n--b--", NULL, "the last one without its line end"},
    {MIXED "--b--\n", NULL, "no part"},
    {MIXED "--b\n" TEXT "x\n--b--\n--b\n" TEXT "y\n--b--\n", NULL, "something behind the last"},
    {MIXED "--b\n\nx\n--b--\n", NULL, "a part without a type"},
    {MIXED "--b\nContent-Type: text/plain\n--b--\n", NULL, "a delimiter in a header"},
    {MIXED "--b\n" TEXT "--b--\n", NULL, "a part of nothing"},
    {MIXED "--b\n" TEXT "1\n--b\n" TEXT "2\n--b\n" TEXT "3\n--b\n" TEXT "4\n--b\n" TEXT "5\n--b\n" TEXT "6\n--b\n" TEXT "7\n--b\n" TEXT "8\n--b--\n",
     "t=1 t=2 t=3 t=4 t=5 t=6 t=7 t=8", "as many as there may be"},
    {MIXED "--b\n" TEXT "1\n--b\n" TEXT "2\n--b\n" TEXT "3\n--b\n" TEXT "4\n--b\n" TEXT "5\n--b\n" TEXT "6\n--b\n" TEXT "7\n--b\n" TEXT "8\n--b\n" TEXT "9\n--b--\n",
     NULL, "one more"},
};
/* clang-format on */

static struct sceau_slice
told(const struct mail_plain *m)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < m->count; i++) {
        const struct mail_plain_part *p = &m->parts[i];
        text_string(&t, i > 0 ? " " : "");
        text_string(&t, p->is_text ? "t" : p->is_html ? "h" : "");
        text_slice(&t, p->name);
        text_octet(&t, '=');
        text_slice(&t, p->octets);
    }
    return text_done(&t);
}

static void
test_reads(void **state)
{
    struct mail_plain m;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice mail = unit_copy(sceau_slice_from(cases[i].mail));
        assert_true(mail_plain_read(mail, &m) == (cases[i].told != NULL));
        if (cases[i].told != NULL)
            assert_slice(told(&m), cases[i].told);
        free(m.decoded);
        unit_free(mail);
    }
}

/* A line of `len` octets in all. */
static bool
is_plain_with_line(size_t len)
{
    struct mail_plain m;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, "X:");
    while (len-- > 2)
        text_octet(&t, 'x');
    text_string(&t, "\n" TEXT "x");
    bool is_plain = mail_plain_read(text_done(&t), &m);
    free(m.decoded);
    return is_plain;
}

static void
test_lines(void **state)
{
    (void)state;
    assert_true(is_plain_with_line(998));
    assert_false(is_plain_with_line(999));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests_name("report/mail_plain", tests, unit_arena_up,
                                       unit_arena_down);
}
