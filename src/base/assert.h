/* Assertions that stay on in production. A failed ASSERT is a bug of ours: it prints where and
 * aborts, so that the journal repairs what memory no longer can. Never used on outside input. */
#ifndef USHER_BASE_ASSERT_H
#define USHER_BASE_ASSERT_H

_Noreturn void assert_failed(const char *expression, const char *file, int line);

#define ASSERT(expression) ((expression) ? (void)0 : assert_failed(#expression, __FILE__, __LINE__))

#endif
