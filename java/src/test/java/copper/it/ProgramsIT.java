package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that people run, on the mount and on the original: they must say and do the same.
 *
 * <p>Three nodes mirror the whole machine, "/", as a job does by default; the leaf is looked at. It
 * runs without any environment, the others with that of the tests.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"KERNEL", "JNR"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProgramsIT {
  @Parameter MountedBy mountedBy;

  private Sandbox sandbox;
  private Path project;
  private Node leaf;

  @BeforeParameterizedClassInvocation
  void startTree() {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    project = sandbox.newDirectory("work/project");
    command("/bin/sh", sandbox.script("make_project.sh").toString(), project.toString())
        .run()
        .expectSuccess();
    Tree tree = Tree.of(sandbox, "tree", 4, Path.of("/"));
    leaf = tree.node(3).withoutEnvironment();
    tree.start();
  }

  @AfterParameterizedClassInvocation
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Command command(String... words) {
    return sandbox
        .command(words)
        .with(
            Map.of(
                "LC_ALL", "C",
                "HOME", sandbox.newDirectory("home").toString(),
                "GIT_OPTIONAL_LOCKS", "0",
                "GIT_CONFIG_NOSYSTEM", "1",
                "PYTHONDONTWRITEBYTECODE", "1"));
  }

  /** Returns the path of the original seen through the mount. */
  private Path seen(Path original) {
    return leaf.at(original.toString().substring(1));
  }

  /** Runs the words in the project and in its view, and returns what both say. */
  private String both(String... words) {
    if (!words[0].contains("/")) {
      words[0] = Machine.program(words[0]);
    }
    Command.Result there = command(words).in(seen(project)).run();
    Command.Result here = command(words).in(project).run();
    String what = String.join(" ", words);
    assertSameLines(what, here.out(), there.out());
    assertSameLines(what, here.err(), there.err());
    assertEquals(here.exit(), there.exit(), what);
    return here.out();
  }

  /** Shows the first line that differs, not both texts, which may be long. */
  private static void assertSameLines(String what, String want, String got) {
    if (!want.equals(got)) {
      List<String> here = want.lines().toList();
      List<String> there = got.lines().toList();
      int line = 0;
      while (line < Math.min(here.size(), there.size()) && here.get(line).equals(there.get(line))) {
        line++;
      }
      String where = what + ": line " + (line + 1) + " of " + here.size() + " and " + there.size();
      assertEquals(
          here.subList(line, Math.min(line + 1, here.size())),
          there.subList(line, Math.min(line + 1, there.size())),
          where);
      assertEquals(here.size(), there.size(), where);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git status",
        "git status --porcelain=v2 --branch --ignored",
        "git log --stat --all",
        "git -c diff.autoRefreshIndex=false diff HEAD",
        "git fsck --full --strict",
        "git grep -n line",
        "find . -xdev -printf %P|%y|%#m|%u|%g|%s|%T@|%C@|%n|%b|%l\\n",
        "find -L . -type f -size +1k",
        "grep -rn line .",
        "grep -rc --binary-files=text . src",
        "du -a --block-size=1 .",
        "du -s --apparent-size .",
        "ls -laR --time-style=full-iso .",
        "ls -la --time-style=full-iso src/hello.c",
        "tar -cf - --sort=name .",
        "tar -czf - --sort=name src",
        "sha256sum -c sums",
        "stat -c %n|%a|%s|%Y|%h|%F src tools/run.sh link-to-src",
        "wc src/hello.c src/lines.txt",
        "tail -c 100 src/lines.txt",
        "head -n 3 src/lines.txt",
        "sort -r src/lines.txt",
        "cmp src/lines.txt src/lines-copy.txt",
        "file src/lines.txt",
        "./tools/run.sh with arguments",
        "tools/hello",
        "python3 tools/show.py",
        "gcc -E -Isrc src/hello.c",
        "gcc -MM -Isrc src/hello.c",
        "make --no-print-directory -n -C src",
        "make --no-print-directory -q -C src",
        "df --output=size,itotal .",
        "test -w src/lines.txt -a -x tools/run.sh -a ! -x src/lines.txt -a -L link-to-src",
        "readlink link-to-src",
        "cat does-not-exist",
        "ls does-not-exist/below src/hello.c/below",
        "cat src",
      })
  void saysTheSame(String line) {
    both(line.split(" ", -1));
  }

  @Test
  void gitKnowsTheChanges() {
    String status = both("git", "status", "--porcelain");
    assertTrue(status.contains(" M src/lines.txt"), status);
    assertTrue(status.contains("?? untracked"), status);
  }

  @Test
  void rsyncFindsNoDifference() {
    String rsync = Machine.program("rsync");
    for (List<Path> way :
        List.of(List.of(seen(project), project), List.of(project, seen(project)))) {
      Command.Result result =
          command(rsync, "-naic", "--delete", way.get(0) + "/", way.get(1) + "/").run();
      assertEquals("", result.expectSuccess().out());
    }
  }

  @Test
  void copiesAreWhole() {
    Path copy = sandbox.path("copy");
    command("cp", "-a", seen(project).toString(), copy.toString()).run().expectSuccess();
    command("diff", "-r", "--no-dereference", project.toString(), copy.toString())
        .run()
        .expectSuccess();
    String[] look = {"find", ".", "-printf", "%P|%y|%#m|%u|%g|%s|%T@|%l\n"};
    Command.Result want = command(look).in(project).run();
    Command.Result got = command(look).in(copy).run();
    assertEquals(sorted(want.out()), sorted(got.out()));
  }

  private static List<String> sorted(String lines) {
    return lines.lines().filter(line -> !line.startsWith("|")).sorted().toList();
  }

  @Test
  void theCompilerMakesTheSameProgram() {
    String gcc = Machine.program("gcc");
    List<Path> made = new ArrayList<>();
    for (Path directory : List.of(project, seen(project))) {
      Path out = sandbox.newFile("object");
      String headers = seen(Path.of("/usr/include")).toString();
      List<String> words = List.of(gcc, "-c", "-O1", "-Isrc", "src/hello.c", "-o", out.toString());
      List<String> all = new ArrayList<>(words);
      if (!directory.equals(project)) {
        all.addAll(List.of("-isystem", headers));
      }
      command(all.toArray(String[]::new)).in(directory).run().expectSuccess();
      made.add(out);
    }
    command("cmp", made.get(0).toString(), made.get(1).toString()).run().expectSuccess();
  }

  @Test
  void programsAndLibrariesRunFromTheMount() {
    Machine.program("gcc");
    Path seen = seen(project);
    assertEquals(
        "hello, 42\n", command(seen.resolve("tools/hello").toString()).run().expectSuccess().out());
    String load = "import ctypes,sys; print(ctypes.CDLL(sys.argv[1]).answer())";
    String library = seen.resolve("tools/libanswer.so").toString();
    assertEquals(
        "42\n", command(Machine.python(), "-c", load, library).run().expectSuccess().out());
    Command.Result script = command(seen.resolve("tools/run.sh").toString(), "a b").run();
    assertTrue(script.expectSuccess().out().contains("argument a b"), script::out);
  }

  @Test
  void aSystemProgramRunsFromTheMount() {
    String sums = Machine.program("sha256sum");
    String file = project.resolve("src/lines.txt").toString();
    Command.Result here = command(sums, file).run();
    Command.Result there = command(seen(Path.of(sums)).toString(), file).run();
    assertEquals(here.expectSuccess().out(), there.expectSuccess().out());
  }

  @Test
  void pythonRunsFromTheMountAlone() {
    String code =
        "import sys, json, decimal, asyncio, email.mime.text, unittest, xml.dom.minidom, sqlite3,"
            + " ctypes, ssl, zoneinfo\n"
            + "mods = [m for m in sys.modules.values() if getattr(m, '__file__', None)]\n"
            + "print(sys.prefix, len(mods), sum(m.__file__.startswith(sys.prefix) for m in mods))";
    List<String> where =
        command(Machine.python(), "-c", "import sys; print(sys.executable); print(sys.base_prefix)")
            .run()
            .expectSuccess()
            .out()
            .lines()
            .toList();
    Path prefix = seen(Path.of(where.get(1)));
    Command there =
        command(seen(Path.of(where.get(0))).toString(), "-S", "-c", code)
            .with("PYTHONHOME", prefix.toString());
    String[] said = there.run().expectSuccess().out().strip().split(" ", -1);
    assertEquals(prefix.toString(), said[0]);
    assertTrue(Integer.parseInt(said[1]) > 100, said[1]);
    assertEquals(said[1], said[2], "modules, and those from the mount");
  }

  @Test
  void pipListsTheSamePackages() {
    String python = Machine.python();
    Assumptions.assumeTrue(
        command(python, "-m", "pip", "--version").run().exit() == 0,
        "this machine's python3 has no pip");
    String where =
        command(
                python,
                "-c",
                "import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))")
            .run()
            .expectSuccess()
            .out()
            .strip();
    Command.Result here = pipList(python, Path.of(where));
    Command.Result there = pipList(python, seen(Path.of(where)));
    assertEquals(here.expectSuccess().out(), there.expectSuccess().out());
    assertTrue(here.out().contains("pip"), here::out);
  }

  private Command.Result pipList(String python, Path directory) {
    return command(
            python, "-m", "pip", "list", "--disable-pip-version-check", "--path", directory + "")
        .run();
  }

  /**
   * The default target holds the mount itself: what looks at everything must still come to an end.
   */
  @Test
  void theMountDoesNotContainItself() {
    Command.Result stat = command("stat", seen(leaf.mount()).toString()).run();
    assertTrue(stat.err().contains("No such file or directory"), stat::err);
    Path own = leaf.mount().getParent();
    Command.Result find = command("find", ".", "-path", "*/mnt/*").in(seen(own)).run();
    assertEquals("", find.out());
    String names = command("ls", seen(own).toString()).run().expectSuccess().out();
    assertTrue(names.contains("logs"), names);
  }
}
