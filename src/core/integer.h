#pragma once
#include "base.h"

/* @interface */

/* The widest integers that are compared by value. */
#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 e2e__widest;
#else
typedef intmax_t e2e__widest;
#endif
/* An integer of any type up to 128 bits. wraps: its type has no sign, so a negative high half means
 * a huge value. */
struct e2e__integer {
	int64_t high;
	uint64_t low;
	bool wraps;
};
/* Of the user's file, which may have another compiler than the functions. */
E2E__INLINE struct e2e__integer e2e__integer_of(e2e__widest v, bool wraps)
{
	struct e2e__integer i = {0, (uint64_t)v, wraps};

#ifdef __SIZEOF_INT128__
	i.high = (int64_t)(v >> 64);
#else
	i.high = wraps || v >= 0 ? 0 : -1;
#endif
	return i;
}

#ifdef __cplusplus
extern "C++" {
/* A function for each type of integers. Smaller ones, and what is converted to one, come to theirs;
 * a double fits several and a pointer none, which is an error at compile time. */
#define E2E__INTEGER(x) e2e__integer_from(x)
#define E2E__INTEGER_FROM(type) \
	E2E__INLINE e2e__integer e2e__integer_from(type v) \
	{ \
		return e2e__integer_of(static_cast<e2e__widest>(v), \
			static_cast<type>(-1) > static_cast<type>(0)); \
	}
E2E__INTEGER_FROM(int)
E2E__INTEGER_FROM(unsigned)
E2E__INTEGER_FROM(long)
E2E__INTEGER_FROM(unsigned long)
E2E__INTEGER_FROM(long long)
E2E__INTEGER_FROM(unsigned long long)
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 e2e__widest_unsigned;
E2E__INTEGER_FROM(e2e__widest)
E2E__INTEGER_FROM(e2e__widest_unsigned)
#endif
/* Enumerations, those of a scope too. */
template <class T>
struct e2e__integer_is_enum {
	static const bool value = __is_enum(T);
};
template <bool>
struct e2e__integer_if {
};
template <>
struct e2e__integer_if<true> {
	typedef e2e__integer type;
};
template <class T>
static inline typename e2e__integer_if<e2e__integer_is_enum<T>::value>::type e2e__integer_from(T v)
{
	return e2e__integer_from(static_cast<__underlying_type(T)>(v));
}
}
#else
/* The conversion that keeps a pointer or a double from passing as an integer: only integers have
 * `|`. */
#define E2E__INTEGER(x) \
	e2e__integer_of((e2e__widest)((x) | 0) + (e2e__widest)E2E__FITS(x), E2E__WRAPS(x))
/* 0. An error at compile time: "size of array is negative", where the type is wider, as
 * _BitInt(256) is. */
#ifdef __cppcheck__
#define E2E__FITS(x) 0
#else
#define E2E__FITS(x) (0 * sizeof(char[sizeof((x) | 0) <= sizeof(e2e__widest) ? 1 : -1]))
#endif
/* Is it of an unsigned type? */
#define E2E__WRAPS(x) ((__typeof__((x) | 0))-1 > 0)
#endif

/* -1, 0, 1 as strcmp. */
E2E__FN int e2e__integer_compare(const struct e2e__integer *a, const struct e2e__integer *b);
/* As decimal digits; 48 bytes are enough. Returns the buffer. */
E2E__FN const char *e2e__integer_text(char *buffer, size_t size, const struct e2e__integer *v);
E2E__FN long double e2e__integer_real(const struct e2e__integer *v);

/* @implementation */

E2E__FN bool e2e__integer_is_huge(const struct e2e__integer *v)
{
	return v->wraps && v->high < 0;
}

E2E__FN int e2e__integer_compare(const struct e2e__integer *a, const struct e2e__integer *b)
{
	if (e2e__integer_is_huge(a) != e2e__integer_is_huge(b))
		return e2e__integer_is_huge(a) ? 1 : -1;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

/* No printf has 128 bits: divided by ten, 32 bits at a time. */
E2E__FN const char *e2e__integer_text(char *buffer, size_t size, const struct e2e__integer *v)
{
	bool negative = v->high < 0 && !v->wraps;
	uint64_t high = (uint64_t)v->high, low = v->low, rest;
	uint32_t part[4];
	char digits[48], *p = digits + sizeof digits;
	int i;

	if (negative) {
		low = ~low + 1;
		high = ~high + (low == 0);
	}
	part[0] = (uint32_t)(high >> 32);
	part[1] = (uint32_t)high;
	part[2] = (uint32_t)(low >> 32);
	part[3] = (uint32_t)low;

	*--p = 0;
	do {
		rest = 0;
		for (i = 0; i < 4; i++) {
			rest = rest << 32 | part[i];
			part[i] = (uint32_t)(rest / 10);
			rest %= 10;
		}
		*--p = (char)('0' + (int)rest);
	} while (part[0] || part[1] || part[2] || part[3]);
	if (negative)
		*--p = '-';
	snprintf(buffer, size, "%s", p);
	return buffer;
}

E2E__FN long double e2e__integer_real(const struct e2e__integer *v)
{
	const long double half = 18446744073709551616.0L;
	long double high =
		e2e__integer_is_huge(v) ? (long double)(uint64_t)v->high : (long double)v->high;

	return high * half + (long double)v->low;
}
