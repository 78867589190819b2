package io.mt2kd.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.jspecify.annotations.NullMarked;

/** The rules of the design's chapter 2, checked on the compiled classes of every module. */
@AnalyzeClasses(
    packages = {"io.mt2kd", "inference"},
    importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
  private static final String INTERNAL = ".internal";

  @ArchTest
  static final ArchRule dependenciesRunOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("proto")
          .definedBy("io.mt2kd.v1..", "inference..")
          .layer("core")
          .definedBy("io.mt2kd.gateway.core..")
          .layer("audio")
          .definedBy("io.mt2kd.gateway.audio..")
          .layer("store")
          .definedBy("io.mt2kd.gateway.store..")
          .layer("triton")
          .definedBy("io.mt2kd.gateway.triton..")
          .layer("grpc")
          .definedBy("io.mt2kd.gateway.grpc..")
          .layer("telemetry")
          .definedBy("io.mt2kd.gateway.telemetry..")
          .layer("engine")
          .definedBy("io.mt2kd.engine..")
          .layer("model")
          .definedBy("io.mt2kd.model..")
          .layer("server")
          .definedBy("io.mt2kd.gateway.server..")
          .layer("standalone")
          .definedBy("io.mt2kd.gateway.standalone..")
          .layer("client")
          .definedBy("io.mt2kd.client..")
          .layer("testing")
          .definedBy("io.mt2kd.testing..")
          .layer("cli")
          .definedBy("io.mt2kd.cli..")
          .whereLayer("proto")
          .mayNotAccessAnyLayer()
          .whereLayer("core")
          .mayNotAccessAnyLayer()
          .whereLayer("model")
          .mayNotAccessAnyLayer()
          .whereLayer("audio")
          .mayOnlyAccessLayers("core")
          .whereLayer("store")
          .mayOnlyAccessLayers("core")
          .whereLayer("triton")
          .mayOnlyAccessLayers("core", "proto")
          .whereLayer("grpc")
          .mayOnlyAccessLayers("core", "proto")
          .whereLayer("telemetry")
          .mayOnlyAccessLayers("core", "triton")
          .whereLayer("engine")
          .mayOnlyAccessLayers("proto")
          .whereLayer("server")
          .mayOnlyAccessLayers("core", "audio", "store", "triton", "grpc", "telemetry")
          .whereLayer("standalone")
          .mayOnlyAccessLayers("server", "engine", "model")
          .whereLayer("client")
          .mayOnlyAccessLayers("proto")
          .whereLayer("testing")
          .mayOnlyAccessLayers("client", "standalone", "server")
          .whereLayer("cli")
          .mayOnlyAccessLayers("client", "standalone", "server", "engine");

  @ArchTest
  static final ArchRule everyClassBelongsToAModule =
      classes()
          .should()
          .resideInAnyPackage(
              "io.mt2kd.v1..",
              "inference..",
              "io.mt2kd.gateway.core..",
              "io.mt2kd.gateway.audio..",
              "io.mt2kd.gateway.store..",
              "io.mt2kd.gateway.triton..",
              "io.mt2kd.gateway.grpc..",
              "io.mt2kd.gateway.telemetry..",
              "io.mt2kd.gateway.server..",
              "io.mt2kd.gateway.standalone..",
              "io.mt2kd.engine..",
              "io.mt2kd.model..",
              "io.mt2kd.client..",
              "io.mt2kd.testing..",
              "io.mt2kd.cli..");

  @ArchTest
  static final ArchRule coreKnowsNoTransport =
      noClasses()
          .that()
          .resideInAPackage("io.mt2kd.gateway.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.grpc..",
              "com.google.protobuf..",
              "com.google.rpc..",
              "java.sql..",
              "ai.onnxruntime..");

  @ArchTest
  static final ArchRule onlyTheEngineKnowsOnnxRuntime =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.mt2kd.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.onnxruntime..");

  @ArchTest
  static final ArchRule onlyTheStoreKnowsADatabase =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.mt2kd.gateway.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..", "com.zaxxer..");

  @ArchTest
  static final ArchRule onlyTelemetryKnowsHowMetricsAndTracesAreTold =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.mt2kd.gateway.telemetry..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.opentelemetry..");

  @ArchTest
  static final ArchRule internalPackagesStayInside =
      classes().should(useInternalPackagesOfTheirOwnOnly());

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().assignedFrom(packagesWithTheirInternals()).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule everyPackageIsNullMarked =
      classes()
          .that(
              DescribedPredicate.not(
                  JavaClass.Predicates.resideInAnyPackage("io.mt2kd.v1..", "inference..")))
          .should(sitInANullMarkedPackage());

  private static ArchCondition<JavaClass> useInternalPackagesOfTheirOwnOnly() {
    return new ArchCondition<>("use internal packages of their own module only") {
      @Override
      public void check(JavaClass user, ConditionEvents events) {
        for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
          String used = dependency.getTargetClass().getPackageName();
          int at = (used + ".").indexOf(INTERNAL + ".");
          if (used.startsWith("io.mt2kd.")
              && at >= 0
              && !(user.getPackageName() + ".").startsWith(used.substring(0, at) + ".")) {
            events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static ArchCondition<JavaClass> sitInANullMarkedPackage() {
    return new ArchCondition<>("sit in a @NullMarked package") {
      @Override
      public void check(JavaClass each, ConditionEvents events) {
        if (!each.getPackage().isAnnotatedWith(NullMarked.class)) {
          events.add(
              SimpleConditionEvent.violated(
                  each, each.getName() + ": its package is not @NullMarked"));
        }
      }
    };
  }

  /** An API and its implementation may name each other; they count as one package. */
  private static SliceAssignment packagesWithTheirInternals() {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass each) {
        String name = each.getPackageName();
        int at = (name + ".").indexOf(INTERNAL + ".");
        return SliceIdentifier.of(at < 0 ? name : name.substring(0, at));
      }

      @Override
      public String getDescription() {
        return "packages with their internal ones";
      }
    };
  }

  /** Leaves out these tests. */
  static final class WithoutTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/io/mt2kd/it/") && new DoNotIncludeTests().includes(location);
    }
  }
}
