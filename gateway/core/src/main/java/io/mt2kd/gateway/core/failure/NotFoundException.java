package io.mt2kd.gateway.core.failure;

/** The named resource does not exist for this tenant. */
public final class NotFoundException extends GatewayException {
  private final String resourceType;
  private final String resourceName;

  public NotFoundException(String resourceType, String resourceName) {
    super(resourceType + " " + resourceName + " does not exist", null);
    this.resourceType = resourceType;
    this.resourceName = resourceName;
  }

  /** Kind of the resource, for example {@code mt2kd.v1.Speaker}. */
  public String resourceType() {
    return resourceType;
  }

  /** Name as the caller wrote it. */
  public String resourceName() {
    return resourceName;
  }
}
