/* One section with its values: where each came from. Shared by the loader and by what is
 * printed of a configuration. */
#ifndef CONFIG_INSTANCE_H
#define CONFIG_INSTANCE_H

#include "table.h"

/* Of one option. */
struct config_slot {
    enum config_layer layer;
    size_t line; /* of CONFIG_FILE */
};

/* [section] or [section "name"]; in the table's order, named ones in the file's. */
struct config_instance {
    const struct config_section *section;
    struct sceau_slice name;   /* empty for an unnamed section */
    void *values;              /* the section's struct */
    struct config_slot *slots; /* as many as the section has options */
    struct config_instance *next;
};

#endif
