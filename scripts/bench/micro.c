/*
 * Times one file system operation from the outside and prints microseconds per operation.
 *
 *   micro stat-one PATH N     stat of one name, N times
 *   micro stat-each DIR N     stat of DIR/f0000 ... , each once
 *   micro read-one PATH N     open, read 4 KiB, close of one file, N times
 *   micro read-each DIR N     the same of DIR/f0000 ... , each once
 *   micro list DIR N          opendir, readdir to the end, closedir, N times
 *   micro storm DIR N         stat of DIR/f0000 ... , each once, by 64 processes that share them out and begin together
 *   micro stream PATH 1       read from start to end in 1 MiB pieces; microseconds for the whole
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];
static double begin; /* when the operations began */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void fail(const char *what, const char *path) {
  fprintf(stderr, "micro: %s of ", what);
  perror(path);
  exit(1);
}

static void do_stat(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) fail("stat", path);
}

static void do_read(const char *path) {
  int file = open(path, O_RDONLY);
  if (file < 0) fail("open", path);
  if (read(file, buffer, 4096) != 4096) fail("read", path);
  close(file);
}

static void do_list(const char *path) {
  DIR *directory = opendir(path);
  long entries = 0;
  if (directory == NULL) fail("opendir", path);
  while (readdir(directory) != NULL) entries++;
  closedir(directory);
  if (entries < 1000) fail("a full listing", path);
}

static void do_stream(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  ssize_t got;
  off_t left;
  if (file < 0 || fstat(file, &status) != 0) fail("open", path);
  left = status.st_size;
  while ((got = read(file, buffer, sizeof buffer)) > 0) left -= got;
  if (got < 0 || left != 0) fail("read to the end", path);
  close(file);
}

/* Each process is named by what it takes; the pipe's end lets all go. */
static void do_storm(const char *directory, long names) {
  enum { PROCESSES = 64 };
  int gate[2], failed = 0, status;
  char path[4096], byte;
  if (pipe(gate) != 0) fail("a pipe", directory);
  for (int process = 0; process < PROCESSES; process++) {
    pid_t child = fork();
    if (child < 0) fail("a process", directory);
    if (child > 0) continue;
    close(gate[1]);
    if (read(gate[0], &byte, 1) != 0) _exit(1);
    for (long index = process; index < names; index += PROCESSES) {
      snprintf(path, sizeof path, "%s/f%04ld", directory, index);
      do_stat(path);
    }
    _exit(0);
  }
  usleep(300000); /* all of them wait now */
  begin = now();
  close(gate[1]);
  while (wait(&status) > 0) failed |= status;
  if (failed) fail("every name", directory);
}

int main(int count, char **arguments) {
  static const struct {
    const char *name;
    void (*operation)(const char *path);
    int each;
  } modes[] = {{"stat-one", do_stat, 0},   {"stat-each", do_stat, 1}, {"read-one", do_read, 0},
               {"read-each", do_read, 1}, {"list", do_list, 0},      {"stream", do_stream, 0},
               {"storm", NULL, 1}};
  char path[4096];
  long times;
  if (count != 4 || (times = atol(arguments[3])) < 1) {
    fprintf(stderr, "usage: micro MODE PATH N\n");
    return 2;
  }
  for (size_t mode = 0; mode < sizeof modes / sizeof modes[0]; mode++) {
    if (strcmp(modes[mode].name, arguments[1]) != 0) continue;
    begin = now();
    if (modes[mode].operation == NULL) {
      do_storm(arguments[2], times);
      printf("%.3f\n", (now() - begin) / (double)times);
      return 0;
    }
    for (long index = 0; index < times; index++) {
      if (modes[mode].each) {
        snprintf(path, sizeof path, "%s/f%04ld", arguments[2], index);
        modes[mode].operation(path);
      } else {
        modes[mode].operation(arguments[2]);
      }
    }
    printf("%.3f\n", (now() - begin) / (double)times);
    return 0;
  }
  fprintf(stderr, "micro: unknown mode %s\n", arguments[1]);
  return 2;
}
