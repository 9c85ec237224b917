/* The keys of the configuration, as tables: one section for each kind of mapping in the file, one
 * row for each key in it. reader.c walks these tables to fill the structs of config.h, to name what
 * is missing or unknown, and to free everything again, so adding a key is adding a row (and, where
 * it has to agree with other keys, a line in a section's check). */
#ifndef USHER_CONFIG_SCHEMA_H
#define USHER_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum section_id {
    SECTION_ROOT,
    SECTION_HTTP,
    SECTION_ADMIN,
    SECTION_COMMUNITY,
    SECTION_BOT,
    SECTION_BOT_LIMITS,
    SECTION_LANE,
    SECTION_GROUP,
    SECTION_PLAN,
    SECTION_PRICE,
    SECTION_WELCOME,
    SECTION_GATEWAY,
    SECTION_PUBLIC_KEY,
    SECTION_LABEL,
    SECTION_RECONCILE,
    SECTION_HMAC,
    SECTION_HMAC_SIGNATURE,
    SECTION_HMAC_TIMESTAMP,
    SECTION_HMAC_EVENT_ID,
    SECTION_HMAC_MAP,
    SECTION_HMAC_KIND,
    SECTION_TOPOLOGY,
    SECTION_JOURNAL,
    SECTION_LEGAL,
    SECTION_MIRROR,
    SECTION_LOG,
    SECTION_METRICS,
    SECTION_ALERTS,
    SECTION_WEBHOOK,
    SECTION_COUNT
};

/* How a value is written and what it becomes. Scalars are in types.c, lists in lists.c. */
enum value_type {
    TYPE_LINE,        /* char *: text without line breaks */
    TYPE_TEXT,        /* char * */
    TYPE_PEM,         /* char *: a public key or certificate, PEM or base64 alone */
    TYPE_SIGNING_KEY, /* char *: an RSA private key, PEM or base64 alone */
    TYPE_NAME,        /* char [CONFIG_NAME_MAX + 1] */
    TYPE_PATH,        /* char *: as seen from the file's folder */
    TYPE_TOKEN,       /* char *: characters of a header's name */
    TYPE_HEADER,      /* char *: the same in lower case */
    TYPE_POINTER,     /* char *: a JSON pointer that is not empty */
    TYPE_ADDRESS,     /* char *: http or https, no query, no slash at the end */
    TYPE_OUTWARD,     /* char *: the same, or smtp or smtps */
    TYPE_MAILBOX,     /* char *: "Club <club@example.org>" */
    TYPE_RESOURCE,    /* char *: http or https */
    TYPE_TIMEZONE,    /* char * */
    TYPE_BOT_TOKEN,   /* char * */
    TYPE_BEARER,      /* char * */
    TYPE_SECRET,      /* char * */
    TYPE_NUMBER,      /* uint32_t */
    TYPE_SIZE,        /* uint32_t, bytes */
    TYPE_DURATION,    /* uint64_t, milliseconds */
    TYPE_PERCENT,     /* uint32_t: "15%" or "15" */
    TYPE_HOURS,       /* struct config_hours: "22:00-09:00" */
    TYPE_SWITCH,      /* bool */
    TYPE_CHOICE,      /* an enum */
    TYPE_CHAT_ID,     /* int64_t */
    TYPE_PERSON,      /* int64_t: a Telegram id */
    TYPE_LISTEN,      /* struct config_listen */
    TYPE_SEPARATOR,   /* char */
    TYPE_CURRENCY,    /* char [CURRENCY_CODE_MAX] */
    TYPE_AMOUNT,      /* int64_t, of the currency in the same struct config_price */
    TYPE_PERIOD,      /* struct period */
    TYPE_REFERENCE,   /* const struct x *, x by its name */
    TYPE_POINTERS,    /* one or a list of pointers: char *[CONFIG_POINTERS_MAX] */
    TYPE_SECTION,     /* a mapping: a part of the same struct */
    TYPE_SECTIONS,    /* a list of mappings: struct x *, count */
    TYPE_SECRETS,     /* a list: char *[CONFIG_SECRETS_MAX], count */
    TYPE_RESOURCES,   /* a list: char **, count */
    TYPE_REFERENCES,  /* a list of names: const struct x **, count */
    TYPE_KINDS,       /* a mapping: struct config_value_map *, count */
    TYPE_LINKS,       /* a mapping: struct config_link *, count */
    TYPE_PEOPLE,      /* a list of Telegram ids: int64_t *, count */
    TYPE_NUMBERS,     /* a mapping of whole numbers: struct config_number *, count */
    TYPE_EVENTS,      /* a list of patterns of events: char **, count */
    TYPE_CURRENCIES,  /* a list of codes: char **, count */
    TYPE_COUNT
};

enum presence {
    REQUIRED,
    OPTIONAL, /* absent: the zeros of the struct */
    DEFAULTED /* absent: as if fallback had been written; for a section, its own defaults */
};

struct choice {
    const char *name; /* NULL ends a list */
    int value;
};

struct key {
    const char *name;
    enum value_type type;
    enum presence presence;
    const char *fallback;
    uint64_t least; /* bytes of text, a number, bytes, milliseconds, or items of a list */
    uint64_t most;
    size_t offset;                /* in the section's struct */
    size_t count_offset;          /* of a list's count there */
    size_t item_size;             /* of TYPE_SECTIONS */
    enum section_id inner;        /* of a section, or what a reference refers to */
    const struct choice *choices; /* of TYPE_CHOICE */
    bool secret;                  /* no error shows the value */
    bool restart; /* a running usher cannot take another value of it, or of what is in it */
    bool lazy;    /* a variable that is not set leaves the key out; the section's check decides */
};

struct scope;

struct section {
    const char *what; /* "a bot", for sentences */
    const struct key *keys;
    size_t key_count;
    void (*check)(struct scope *scope); /* what no key can know alone; may be NULL */
};

extern const struct section schema_sections[SECTION_COUNT];

#endif
