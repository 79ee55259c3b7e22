/* Lengths from outside: the edges of what they can be. */
#include "bounds.h"

#include "check.h"

static void ranges(void)
{
    CHECK(bounds_range(0, 0, 0));
    CHECK(bounds_range(3, 7, 10));
    CHECK(bounds_range(10, 0, 10));
    CHECK(!bounds_range(3, 8, 10));
    CHECK(!bounds_range(11, 0, 10));
    CHECK(!bounds_range(-1, 1, 10));
    CHECK(!bounds_range(1, -1, 10));
    CHECK(!bounds_range(0, 1, -1)); /* what JNI says of a buffer that is not direct */
    CHECK(!bounds_range(INT64_MAX, INT64_MAX, INT64_MAX));
    CHECK(bounds_range(INT64_MAX, 0, INT64_MAX));
    CHECK(!bounds_range(1, INT64_MAX, INT64_MAX));
    CHECK(!bounds_range(INT64_MIN, INT64_MIN, INT64_MAX));
}

static void sums(void)
{
    int64_t total = 0;
    CHECK(bounds_add(&total, 0, 0) && total == 0);
    CHECK(!bounds_add(&total, 1, 0) && total == 0);
    CHECK(bounds_add(&total, 6, 10) && total == 6);
    CHECK(!bounds_add(&total, 5, 10) && total == 6);
    CHECK(!bounds_add(&total, -1, 10) && total == 6);
    CHECK(bounds_add(&total, 4, 10) && total == 10);
    total = INT64_MAX - 1;
    CHECK(!bounds_add(&total, INT64_MAX, INT64_MAX) && total == INT64_MAX - 1);
    CHECK(!bounds_add(&total, 1, -1));
    CHECK(!bounds_add(&total, INT64_MIN, INT64_MAX));
}

static void payloads(void)
{
    CHECK(bounds_payload(4, 4, 0, 0) == 0);
    CHECK(bounds_payload(104, 4, 100, 100) == 100);
    CHECK(bounds_payload(104, 4, 4072, 100) == 100);
    CHECK(bounds_payload(105, 4, 4072, 100) == -1);  /* longer than allowed */
    CHECK(bounds_payload(3, 4, 4072, 100) == -1);    /* shorter than its headers */
    CHECK(bounds_payload(104, 4, 99, 100) == -1);    /* more than there is */
    CHECK(bounds_payload(UINT64_MAX, 0, UINT64_MAX, INT64_MAX) == -1);
    CHECK(bounds_payload(UINT64_MAX, UINT64_MAX, 0, 0) == 0);
    CHECK(bounds_payload(4, 4, 0, -1) == -1);
    CHECK(bounds_payload((uint64_t)INT64_MAX + 1, 1, UINT64_MAX, INT64_MAX) == INT64_MAX);
}

int main(void)
{
    ranges();
    sums();
    payloads();
    return 0;
}
