#include "web/style.h"

#include "base/assert.h"
#include "base/encoding.h"

#include <pthread.h>
#include <stdio.h>

/* clang-format off */
static const char text[] =
    ":root{color-scheme:light dark;--back:#f5f6f8;--card:#fff;--ink:#16191d;--soft:#565e6b;--line:#dde1e7;"
    "--accent:#0b62c4;--on-accent:#fff;--good:#0b6b3a;--good-back:#e2f5ea;--warn:#7a4b00;--warn-back:#fdf1d7;"
    "--bad:#9b1c1c;--bad-back:#fde8e8}\n"
    "@media (prefers-color-scheme:dark){:root{--back:#0f1216;--card:#181d23;--ink:#eceff3;--soft:#a6b0bd;"
    "--line:#2e3640;--accent:#6db3ff;--on-accent:#06213f;--good:#7fdca6;--good-back:#12331f;--warn:#f3c66b;"
    "--warn-back:#3a2c0d;--bad:#ffa3a3;--bad-back:#421a1a}}\n"
    "*,*::before,*::after{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Noto Sans\",\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;"
    "overflow-wrap:anywhere}\n"
    "body:lang(zh-Hant){font-family:system-ui,-apple-system,\"PingFang TC\",\"Microsoft JhengHei\","
    "\"Noto Sans CJK TC\",sans-serif}\n"
    "header,main,footer{max-width:60rem;margin:0 auto;padding:0 1rem}\n"
    "header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;justify-content:space-between;"
    "padding-top:1rem;padding-bottom:1rem}\n"
    "header p{margin:0;font-weight:600}\n"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem;margin:0;padding:0;list-style:none}\n"
    "nav a,nav span{display:block;padding:.4rem .6rem;border-radius:.5rem;font-size:.9rem}\n"
    "nav span{background:var(--card);border:1px solid var(--line);color:var(--ink)}\n"
    "nav a{border:1px solid transparent}\n"
    "a{color:var(--accent);text-underline-offset:.15em}\n"
    "a:focus-visible,button:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}\n"
    "main{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr)}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:1.25rem}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:0 0 .4rem}\n"
    "h2{font-size:1.1rem;line-height:1.3;margin:0 0 .5rem}\n"
    "p{margin:0 0 .75rem}\n"
    "p:last-child,ul:last-child,dl:last-child,table:last-child{margin-bottom:0}\n"
    ".soft{color:var(--soft);font-size:.92rem}\n"
    ".badge{display:inline-block;margin:0 0 .75rem;padding:.2rem .7rem;border-radius:2rem;font-weight:600;"
    "font-size:.9rem;background:var(--warn-back);color:var(--warn)}\n"
    ".badge.good{background:var(--good-back);color:var(--good)}\n"
    ".badge.bad{background:var(--bad-back);color:var(--bad)}\n"
    "table{width:100%;border-collapse:collapse;margin:0 0 1rem}\n"
    "caption{text-align:left;font-weight:600;padding-bottom:.35rem}\n"
    "th,td{padding:.6rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:baseline}\n"
    "th{font-weight:400;padding-right:1rem}\n"
    "td{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".price td{font-size:1.25rem;font-weight:600}\n"
    "tfoot th,tfoot td{font-weight:700;border-top:2px solid var(--line)}\n"
    "dl{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(0,1fr);gap:.35rem 1rem;margin:0}\n"
    "dt{color:var(--soft)}\n"
    "dd{margin:0}\n"
    "ul{margin:0 0 .75rem;padding-left:1.2rem}\n"
    ".act{display:grid;gap:.6rem;margin:0 0 .6rem}\n"
    ".button{display:block;padding:.85rem 1.2rem;border-radius:.7rem;border:2px solid var(--accent);"
    "text-align:center;text-decoration:none;font-weight:600;color:var(--accent)}\n"
    ".button.first{background:var(--accent);color:var(--on-accent)}\n"
    "button{font:inherit;cursor:pointer}\n"
    ".button:hover{text-decoration:underline}\n"
    ".scan{margin:1rem 0 0;text-align:center}\n"
    ".qr{display:block;width:100%;max-width:13rem;height:auto;margin:0 auto .5rem;border-radius:.6rem}\n"
    "figcaption{color:var(--soft);font-size:.92rem}\n"
    "details{border-top:1px solid var(--line);padding:.6rem 0}\n"
    "summary{cursor:pointer;font-weight:600}\n"
    "details p{margin:.6rem 0 0}\n"
    "details:first-child{border-top:0;padding-top:0}details:last-child{padding-bottom:0}\n"
    "footer{padding-top:1.25rem;padding-bottom:2rem;color:var(--soft);font-size:.92rem}\n"
    "footer p{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0 0 .35rem}\n"
    "main.one .card{max-width:44rem}main.one .act{max-width:22rem}\n"
    "@media (min-width:48rem){main.two{grid-template-columns:minmax(0,1fr) 20rem;align-items:start;grid-template-rows:auto auto auto 1fr}"
    "main.two .wide{grid-column:1}main.two .side{grid-column:2;grid-row:1/5}h1{font-size:2rem}"
    ".card{padding:1.75rem}}\n"
    "@media print{body{background:#fff;color:#000}.act,nav{display:none}.card{border:0;padding:0}}\n";
/* clang-format on */

enum { NAME_HEX = 16 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char name[sizeof "usher-.css" + NAME_HEX];
static char etag[2 + 64 + 1];

static void digest(void)
{
    uint8_t hash[32];
    char hex[65];
    sha256(style_text(), hash);
    hex_encode(hash, sizeof hash, hex, sizeof hex);
    ASSERT(snprintf(name, sizeof name, "usher-%.*s.css", NAME_HEX, hex) < (int)sizeof name);
    ASSERT(snprintf(etag, sizeof etag, "\"%s\"", hex) < (int)sizeof etag);
}

struct slice style_text(void)
{
    return slice_of(text, sizeof text - 1);
}

const char *style_name(void)
{
    ASSERT(pthread_once(&once, digest) == 0);
    return name;
}

const char *style_etag(void)
{
    ASSERT(pthread_once(&once, digest) == 0);
    return etag;
}

/* A list of tags, weak or not; "*" is any. */
bool style_known(struct slice if_none_match)
{
    const char *own = style_etag();
    return slice_is(if_none_match, "*") ||
           (if_none_match.len > 0 &&
            memmem(if_none_match.data, if_none_match.len, own, strlen(own)) != NULL);
}
