# Makes a small project to work on: sources, programs, links, a git repository with history and changes.
# usage: make_project.sh DIRECTORY
set -eu
umask 022
cd "$1"
mkdir src tools empty
cat > src/answer.h <<'END'
#include <stdint.h>
int32_t answer(void);
END
cat > src/answer.c <<'END'
#include "answer.h"
int32_t answer(void) { return 42; }
END
cat > src/hello.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "answer.h"
int main(void) {
  printf("hello, %d\n", answer());
  return 0;
}
END
cat > src/Makefile <<'END'
hello: hello.c answer.c answer.h
	cc -o $@ hello.c answer.c
END
i=0
while [ $i -lt 3000 ]; do
  echo "line $i"
  i=$((i + 1))
done > src/lines.txt
cp src/lines.txt src/lines-copy.txt
cat > tools/run.sh <<'END'
#!/bin/sh
echo "run as $(basename "$0") with $#"
for argument; do echo "argument $argument"; done
END
cat > tools/show.py <<'END'
import os
print(sorted(os.listdir("src")), os.path.isdir("empty"), os.path.islink("link-to-src"))
END
chmod +x tools/run.sh
if command -v gcc > /dev/null; then
  gcc -o tools/hello src/hello.c src/answer.c
  gcc -shared -fPIC -o tools/libanswer.so src/answer.c
fi
ln -s src link-to-src
ln -s nowhere dangling
if command -v git > /dev/null; then
  git init -q
  git config user.name Test
  git config user.email test@example.org
  git config commit.gpgsign false
  git add src tools/run.sh tools/show.py link-to-src
  git commit -q -m "First commit"
  echo "one more line" >> src/lines-copy.txt
  git commit -q -a -m "Second commit"
  git branch other
  echo "a changed line" >> src/lines.txt
  echo "staged" > staged
  git add staged
  echo "untracked" > untracked
fi
sums=$(find src tools -type f -exec sha256sum {} +)
echo "$sums" > sums
# Reading must not change what is compared: set all access times ahead.
find . -exec touch -h -a -d '+1 day' {} +
