package io.mt2kd.benchmarks.server;

import io.grpc.CallOptions;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Passes unary calls on to another server, bytes as they are: the least that one more hop costs
 * with gRPC on a JVM.
 */
final class ProxyMain {
  private ProxyMain() {}

  /**
   * @param arguments the other server's port on the loopback interface
   */
  public static void main(String[] arguments) throws IOException {
    ManagedChannel channel = Channels.to(Integer.parseInt(arguments[0]));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .fallbackHandlerRegistry(new EveryMethod(channel))
            .build()
            .start();
    Serving.untilInputEnds(server.getPort());
    server.shutdownNow();
    channel.shutdownNow();
  }

  private static final class EveryMethod extends HandlerRegistry {
    private final ManagedChannel channel;

    EveryMethod(ManagedChannel channel) {
      this.channel = channel;
    }

    @Override
    public ServerMethodDefinition<byte[], byte[]> lookupMethod(
        String name, @Nullable String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.newBuilder(new Bytes(), new Bytes())
              .setType(MethodType.UNARY)
              .setFullMethodName(name)
              .build();
      return ServerMethodDefinition.create(
          method,
          ServerCalls.asyncUnaryCall(
              (request, reply) ->
                  ClientCalls.asyncUnaryCall(
                      channel.newCall(method, CallOptions.DEFAULT), request, reply)));
    }
  }

  private static final class Bytes implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
