/* Time, and what it comes to: the generator's measuring tape. */
#pragma once
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct samples {
    int64_t *values;
    size_t count, room;
};

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("generator: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static void note(struct samples *samples, int64_t value) {
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 4096;
        samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
    }
    samples->values[samples->count++] = value;
}

/* Nanoseconds of the epoch of `2026-11-23T08:03:56.123456Z`, the fraction being optional. */
static int64_t moment_ns(const char *text) {
    struct tm tm = {0};
    int read = 0;
    if (sscanf(text, "%d-%d-%dT%d:%d:%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &read) != 6)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t ns = (int64_t)timegm(&tm) * 1000000000LL;
    int64_t place = 100000000;
    if (text[read] == '.')
        for (read++; text[read] >= '0' && text[read] <= '9' && place; read++, place /= 10)
            ns += (text[read] - '0') * place;
    return ns;
}

static int ascending(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Add the percentiles to an object on standard output, unless there is nothing. */
static void tell(const char *name, struct samples *samples) {
    if (!samples->count)
        return;
    qsort(samples->values, samples->count, sizeof *samples->values, ascending);
    printf(", \"%s_p50_us\": %.1f, \"%s_p99_us\": %.1f", name,
           (double)samples->values[samples->count / 2] / 1e3, name,
           (double)samples->values[samples->count * 99 / 100] / 1e3);
}
