package io.mt2kd.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RequestsTest {
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNRECOGNIZED")
  void callersReadTheNameOfAnEncodingThatTheyWrote(AudioEncoding encoding) {
    Audio audio = Audio.newBuilder().setEncoding(encoding).build();

    assertThat(Requests.audio(audio).encoding().apiName()).isEqualTo(encoding.name());
  }
}
