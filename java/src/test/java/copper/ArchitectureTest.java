package copper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import copper.model.RawPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may know which: one data path, read in one direction. */
class ArchitectureTest {
  /** Every package with those it may import before it. */
  private static final List<String> ORDER =
      List.of(
          "model",
          "codec",
          "config",
          "metrics",
          "storage",
          "tree",
          "cache",
          "transport",
          "trace",
          "store",
          "control",
          "fuse",
          "node",
          "doctor",
          "simulate",
          "report",
          "cli");

  /** The classes that are shipped: not those of the tests, which lie elsewhere. */
  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .importUrl(RawPath.class.getProtectionDomain().getCodeSource().getLocation());

  private static String[] packages(List<String> names) {
    return names.stream().map(name -> "copper." + name + "..").toArray(String[]::new);
  }

  static List<String> order() {
    return ORDER;
  }

  @Test
  void everyClassIsInAPackageOfTheOrder() {
    assertFalse(SHIPPED.isEmpty());
    classes().should().resideInAnyPackage(packages(ORDER)).check(SHIPPED);
  }

  @ParameterizedTest
  @MethodSource("order")
  void aPackageKnowsOnlyThoseBeforeIt(String name) {
    List<String> later = ORDER.subList(ORDER.indexOf(name) + 1, ORDER.size());
    noClasses()
        .that()
        .resideInAPackage("copper." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages(later))
        .allowEmptyShould(true)
        .check(SHIPPED);
  }

  @Test
  void noPackagesKnowEachOther() {
    slices().matching("copper.(*)..").should().beFreeOfCycles().check(SHIPPED);
    slices().matching("copper.(**)").should().beFreeOfCycles().check(SHIPPED);
  }

  /** What the order alone would allow. */
  @ParameterizedTest
  @CsvSource({"transport, codec", "transport, store", "store, fuse", "fuse, tree"})
  void somePackagesKnowNothingOfOthers(String name, String other) {
    noClasses()
        .that()
        .resideInAPackage("copper." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("copper." + other + "..")
        .allowEmptyShould(true)
        .check(SHIPPED);
  }

  @Test
  void onlyTheMargoTransportHasNativeMethods() {
    methods()
        .that()
        .haveModifier(JavaModifier.NATIVE)
        .should()
        .beDeclaredInClassesThat()
        .resideInAPackage("copper.transport.margo..")
        .allowEmptyShould(true)
        .check(SHIPPED);
  }

  /** Looks at the sources: the compiler writes no class for a package-info without annotations. */
  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    Path sources = Path.of(System.getProperty("copper.source", "."), "java/src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      List<Path> packages =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .map(Path::getParent)
              .distinct()
              .toList();
      assertFalse(packages.isEmpty());
      assertEquals(
          List.of(),
          packages.stream().filter(p -> !Files.exists(p.resolve("package-info.java"))).toList());
    }
  }
}
