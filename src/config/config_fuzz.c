/* Any octets as sceau.conf, and, behind the first NUL, as one --set. What is understood
 * reads back from its own printing; what is not is told with a place inside the text, the
 * same in each language. */
#include "config/config.h"

#include "core/slice.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY ((size_t)8 << 20)

static void
check_problem(const struct config_problem *problem, struct sceau_slice text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    assert(problem->line <= lines);
    assert(problem->column >= 1 && problem->column <= text.len + 1);
    for (size_t i = 0; i < problem->text.len; i++)
        assert(problem->text.ptr[i] >= ' ' && problem->text.ptr[i] <= '~');
}

static void
check_reads_back(struct sceau_arena *arena, const struct sceau_config *config)
{
    struct sceau_config again;
    const struct config_problem *problems;
    size_t problem_count, count, again_count;
    struct config_source shown = {SCEAU_SLICE("shown"), config_show(arena, config)};
    if (shown.text.ptr == NULL || shown.text.len > CONFIG_TEXT_MAX)
        return;
    enum sceau_status status = config_load(arena, LANGUAGE_EN, &shown, NULL, 0, &again,
                                           &problems, &problem_count);
    if (status == SCEAU_E_LIMIT)
        return;
    assert(status == SCEAU_OK);
    const struct config_setting *s = config_settings(arena, config, &count);
    const struct config_setting *t = config_settings(arena, &again, &again_count);
    assert(count == again_count);
    for (size_t i = 0; s != NULL && t != NULL && i < count; i++)
        assert(slice_eq(s[i].value, t[i].value) && slice_eq(s[i].name, t[i].name));
}

/* French has letters that ASCII has not; what the file said is escaped all the same. */
static void
check_french(struct sceau_arena *arena, const struct config_source *file,
             const char *const *sets, size_t set_count,
             const struct config_problem *english, size_t english_count)
{
    struct sceau_config config;
    const struct config_problem *problems;
    size_t count;
    if (config_load(arena, LANGUAGE_FR, file, sets, set_count, &config, &problems,
                    &count) == SCEAU_E_LIMIT)
        return;
    assert(count == english_count);
    for (size_t i = 0; i < count; i++) {
        assert(problems[i].line == english[i].line &&
               problems[i].column == english[i].column);
        assert(slice_is_utf8(problems[i].text));
        for (size_t k = 0; k < problems[i].text.len; k++)
            assert((unsigned char)problems[i].text.ptr[k] >= ' ');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice all = {(const char *)data, size};
    size_t nul = slice_find(all, '\0');
    struct config_source file = {SCEAU_SLICE("fuzz"), slice_sub(all, 0, nul)};
    size_t set_len = nul < size ? size - nul - 1 : 0;
    char *set = calloc(1, set_len + 1);
    const char *sets[] = {set};
    struct sceau_arena *arena = sceau_arena_new(MEMORY);
    struct sceau_config config;
    const struct config_problem *problems;
    size_t count;
    if (set != NULL && arena != NULL) {
        if (set_len > 0)
            memcpy(set, data + nul + 1, set_len);
        enum sceau_status status = config_load(arena, LANGUAGE_EN, &file, sets,
                                               set_len > 0, &config, &problems, &count);
        assert((status == SCEAU_OK) == (count == 0) || status == SCEAU_E_LIMIT);
        for (size_t i = 0; i < count; i++) {
            bool is_set = problems[i].line == 0;
            check_problem(&problems[i], is_set ? sceau_slice_from(set) : file.text);
        }
        if (status == SCEAU_OK)
            check_reads_back(arena, &config);
        if (status != SCEAU_E_LIMIT)
            check_french(arena, &file, sets, set_len > 0, problems, count);
    }
    sceau_arena_free(arena);
    free(set);
    return 0;
}
