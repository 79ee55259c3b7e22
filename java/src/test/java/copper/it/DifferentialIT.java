package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The mount against the directory it mirrors, in everything a program can see of a hostile tree.
 *
 * <p>Seven nodes in three levels; those between leaf 3 and storage run without any environment, as
 * a job without LANG does.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"KERNEL", "JNR"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DifferentialIT {
  @Parameter MountedBy mountedBy;

  private static final long CACHEABLE = 1 << 20;
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final Pattern OBJECTS = Pattern.compile("objects (\\d+)");

  private Sandbox sandbox;
  private Path target;
  private Tree tree;

  @BeforeParameterizedClassInvocation
  void startTree() {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    sandbox
        .python("make_tree.py", target.toString(), Long.toString(CACHEABLE))
        .within(DEADLINE)
        .run()
        .expectSuccess();
    tree = Tree.of(sandbox, "tree", 7, target);
    tree.each(
        node -> {
          node.flag("-max_cacheable_byte_size", Long.toString(CACHEABLE));
          node.flag("-md_enoent_ttl_ms", "2000");
          if (Machine.isRoot()) {
            node.words("-o", "allow_other");
          }
        });
    for (int i : new int[] {0, 1, 3}) {
      tree.node(i).withoutEnvironment();
    }
    tree.start();
  }

  @AfterParameterizedClassInvocation
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  @Test
  void aLeafShowsWhatStorageHolds() {
    compare(tree.node(3), command -> command.withoutEnvironment());
  }

  @Test
  void theRootShowsWhatStorageHolds() {
    compare(tree.root(), command -> command);
  }

  @Test
  void anOrdinaryUserMayWhatStorageAllows() {
    Machine.assumeRoot();
    compare(tree.node(6), Command::asNobody);
  }

  /** The kernel knows thousands of odd names by now; a reset has to name all of them to it. */
  @Test
  void aResetLosesNothing() {
    Node node = tree.node(4);
    compare(node, command -> command);
    try (Client client = new Client(sandbox)) {
      assertEquals("0", client.reset(node.at("sizes/1")));
    }
    compare(node, command -> command);
  }

  private void compare(Node node, UnaryOperator<Command> how) {
    Command command =
        sandbox.python("compare.py", target.toString(), node.mount().toString(), "--sample", "500");
    Command.Result result = how.apply(command.within(DEADLINE)).run();
    assertEquals(0, result.exit(), () -> node + "\n" + result.out() + result.err());
    Matcher matcher = OBJECTS.matcher(result.out());
    assertTrue(matcher.find() && Long.parseLong(matcher.group(1)) > 101_000, result::out);
  }
}
