/* Places in a document. */
#include "document.h"

static struct zone_place
place(const struct zone_record *record, size_t line, size_t column)
{
    return (struct zone_place){record->file->name, line, column};
}

struct zone_place
zone_record_place(const struct zone_record *record)
{
    const struct zone_entry *entry = record->entry;
    if (entry->field_count == 0)
        return place(record, entry->line, 1);
    return place(record, entry->fields[0].line, entry->fields[0].column);
}

struct zone_place
zone_field_place(const struct zone_record *record, const struct zone_field *field)
{
    if (record->is_generated || field == NULL)
        return zone_record_place(record);
    return place(record, field->line, field->column);
}

struct sceau_slice
zone_record_text(const struct zone_record *record)
{
    struct sceau_slice text = record->entry->text;
    while (text.len > 0 &&
           (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return text;
}
