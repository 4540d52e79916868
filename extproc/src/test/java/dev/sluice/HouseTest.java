package dev.sluice;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One way through the house: which room may know which. */
final class HouseTest {
  private static final List<String> ROOMS =
      List.of(
          "access",
          "catalog",
          "console",
          "conversation",
          "exchange",
          "extproc",
          "history",
          "ledger",
          "media",
          "protocol",
          "routing",
          "telemetry",
          "wire");
  private static JavaClasses house;

  @BeforeAll
  static void open() {
    house =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.sluice");
  }

  static Stream<Arguments> doors() {
    return Stream.of(
        Arguments.of("conversation", List.of()),
        Arguments.of("wire", List.of()),
        Arguments.of("protocol", List.of("conversation", "wire")),
        Arguments.of("catalog", List.of("conversation")),
        Arguments.of("routing", List.of("catalog", "conversation")),
        Arguments.of("access", List.of("catalog")),
        Arguments.of("ledger", List.of()),
        Arguments.of("history", List.of()),
        Arguments.of("media", List.of("conversation")),
        Arguments.of("telemetry", List.of("ledger", "routing")),
        Arguments.of("console", List.of("access", "catalog", "ledger", "routing")),
        Arguments.of(
            "exchange",
            List.of(
                "access",
                "catalog",
                "conversation",
                "history",
                "ledger",
                "media",
                "protocol",
                "routing",
                "wire")));
  }

  @ParameterizedTest(name = "{0} → {1}")
  @MethodSource("doors")
  void aRoomKnowsOnlyTheRoomsBehindIt(String room, List<String> known) {
    String[] closed =
        ROOMS.stream()
            .filter(other -> !other.equals(room) && !known.contains(other))
            .map(other -> "dev.sluice." + other + "..")
            .toArray(String[]::new);
    ArchRule rule =
        noClasses()
            .that()
            .resideInAPackage("dev.sluice." + room + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(closed);
    rule.check(house);
  }

  static List<String> protocols() {
    return List.of("chat", "responses", "messages", "gemini");
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void aProtocolKnowsNothingOfTheOthers(String protocol) {
    String[] others =
        protocols().stream()
            .filter(other -> !other.equals(protocol))
            .map(other -> "dev.sluice.protocol." + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("dev.sluice.protocol." + protocol + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(house);
  }

  @Test
  void frameworksStayOutside() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.sluice.conversation..",
            "dev.sluice.wire..",
            "dev.sluice.protocol..",
            "dev.sluice.routing..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.grpc..", "io.envoyproxy..", "io.micronaut..", "io.netty..", "com.google.protobuf..")
        .check(house);
  }

  @Test
  void translationHasNoClockNoChanceAndNoFiles() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.sluice.conversation..", "dev.sluice.wire..", "dev.sluice.protocol..")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.random..", "java.nio.file..", "java.net.http..")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(java.util.Random.class, java.util.UUID.class, java.io.File.class)
        .check(house);
  }

  private static final String POLICY = "dev.sluice.routing.Policy";

  /** A policy with the classes inside it. */
  private static boolean of(JavaClass policy, JavaClass each) {
    return each.getName().equals(policy.getName())
        || each.getName().startsWith(policy.getName() + "$");
  }

  private static List<JavaClass> policies() {
    return house.stream().filter(each -> each.isAnnotatedWith(POLICY)).toList();
  }

  @Test
  void policiesKnowNothingOfEachOther() {
    List<JavaClass> policies = policies();
    assertThat(policies).hasSizeGreaterThan(10);
    for (JavaClass policy : policies) {
      noClasses()
          .that(describe(policy.getSimpleName(), each -> of(policy, each)))
          .should()
          .dependOnClassesThat(
              describe(
                  "are another policy",
                  each -> policies.stream().anyMatch(p -> of(p, each) && !of(policy, each))))
          .check(house);
    }
  }

  /** What puts policies together knows them; they do not know it. */
  @Test
  void policiesKnowNothingOfWhatPutsThemTogether() {
    List<JavaClass> policies = policies();
    Set<JavaClass> composed =
        house.stream()
            .filter(each -> each.getPackageName().equals("dev.sluice.routing"))
            .filter(each -> policies.stream().noneMatch(p -> of(p, each)))
            .filter(
                each ->
                    each.getDirectDependenciesFromSelf().stream()
                        .anyMatch(
                            to -> policies.stream().anyMatch(p -> of(p, to.getTargetClass()))))
            .collect(Collectors.toSet());
    assertThat(composed).extracting(JavaClass::getSimpleName).contains("Router", "Course", "Track");
    noClasses()
        .that(describe("policies", each -> policies.stream().anyMatch(p -> of(p, each))))
        .should()
        .dependOnClassesThat(describe("put policies together", composed::contains))
        .check(house);
  }

  @Test
  void aPolicyHasAOneWordName() {
    assertThat(policies())
        .extracting(JavaClass::getSimpleName)
        .allMatch(name -> name.matches("[A-Z][a-z]+"));
  }
}
