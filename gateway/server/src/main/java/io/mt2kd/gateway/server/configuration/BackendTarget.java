package io.mt2kd.gateway.server.configuration;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code backend.target} says, read:
 *
 * <ul>
 *   <li>{@code embedded}: the engine in this process;
 *   <li>{@code triton-0:8001,triton-1:8001}: one server or several, always these;
 *   <li>{@code dns:///triton:8001}: each address of the name is a server, as a headless service has
 *       them, and the name is resolved again and again.
 * </ul>
 *
 * @param addresses {@code host:port} each, as written; empty for the engine in this process and for
 *     a name
 * @param name whose addresses are the servers; empty for none
 * @param port of the servers at that name
 */
public record BackendTarget(List<String> addresses, String name, int port) {
  private static final String DNS = "dns:///";
  // A name, an IPv4 address, or an IPv6 address in brackets.
  private static final Pattern ADDRESS =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+]):(?<port>\\d{1,5})");

  public BackendTarget {
    addresses = List.copyOf(addresses);
  }

  /**
   * @throws InvalidConfigurationException naming what is no address
   */
  public static BackendTarget parse(String target) {
    if (target.equals(BackendConfiguration.EMBEDDED)) {
      return new BackendTarget(List.of(), "", 0);
    }
    if (target.startsWith(DNS)) {
      Matcher address = require(target.substring(DNS.length()), target);
      return new BackendTarget(
          List.of(), address.group("host"), Integer.parseInt(address.group("port")));
    }
    List<String> addresses = Arrays.stream(target.split(",", -1)).map(String::strip).toList();
    addresses.forEach(address -> require(address, target));
    Require.that(
        addresses.stream().distinct().count() == addresses.size(),
        "backend.target",
        target,
        "no address twice");
    return new BackendTarget(addresses, "", 0);
  }

  private static Matcher require(String address, String target) {
    Matcher matcher = ADDRESS.matcher(address);
    boolean holds = matcher.matches();
    if (holds) {
      int port = Integer.parseInt(matcher.group("port"));
      holds = port >= 1 && port <= 65535;
    }
    Require.that(
        holds,
        "backend.target",
        target,
        "host:port, several of them with commas between, dns:///name:port or "
            + BackendConfiguration.EMBEDDED);
    return matcher;
  }
}
