package io.mt2kd.it.hostile;

import static io.mt2kd.it.hostile.HostileCase.recording;

import com.google.protobuf.ByteString;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import java.util.Arrays;
import java.util.List;

/** WAV files that lie or break off. */
final class HostileWav {
  private static final String READABLE = "PCM of 8, 16, 24 or 32 bits";

  private HostileWav() {}

  static List<HostileCase> all() {
    byte[] honest = new WavBytes().bytes();
    return List.of(
        wav("WAV of 4 bytes", Arrays.copyOf(honest, 4), "at least"),
        wav("WAV of 12 bytes", Arrays.copyOf(honest, 12), "a data chunk"),
        wav("WAV cut off in its format chunk", Arrays.copyOf(honest, 30), "a whole chunk"),
        wav("WAV cut off before its samples", Arrays.copyOf(honest, 40), "a data chunk"),
        wav("WAV cut off in its samples", Arrays.copyOf(honest, 20_000), "cut off"),
        wav("WAV that announces 1 GB", new WavBytes().announced(1 << 30).bytes(), "all of"),
        wav(
            "WAV that announces half a sample more",
            new WavBytes().announced(32_001).bytes(),
            "all"),
        wav(
            "WAV with an odd number of bytes",
            new WavBytes().data(new byte[4_001]).bytes(),
            "multiple"),
        wav("WAV with 0 channels", new WavBytes().channels(0).bytes(), "1 to 32"),
        wav("WAV with 33 channels", new WavBytes().channels(33).bytes(), "1 to 32"),
        wav(
            "WAV with 65,535 channels",
            new WavBytes().channels(65_535).blockAlign(2).bytes(),
            "131070"),
        wav("WAV with 0 Hz", new WavBytes().rate(0).bytes(), "1000 to 384000"),
        wav("WAV with 999 Hz", new WavBytes().rate(999).bytes(), "1000 to 384000"),
        wav("WAV with 4 GHz", new WavBytes().rate(-1).bytes(), "expected"),
        wav("WAV with 0 bits", new WavBytes().format(1, 0).bytes(), READABLE),
        wav("WAV with 12 bits", new WavBytes().format(1, 12).bytes(), READABLE),
        wav("WAV with 64-bit integers", new WavBytes().format(1, 64).bytes(), READABLE),
        wav("WAV with 16-bit floats", new WavBytes().format(3, 16).bytes(), READABLE),
        wav(
            "WAV with a wrong block align",
            new WavBytes().blockAlign(7).bytes(),
            "2 for 1 channels"),
        wav("WAV with a wrong byte rate", new WavBytes().byteRate(1).bytes(), "32000 at 16000 Hz"),
        wav("WAV of ADPCM", new WavBytes().format(2, 4).bytes(), READABLE),
        wav("WAV of GSM", new WavBytes().format(0x31, 0).bytes(), READABLE),
        wav("WAV of MP3", new WavBytes().format(0x55, 0).bytes(), READABLE),
        wav("WAV of an unknown format", new WavBytes().format(0xBEEF, 16).bytes(), READABLE),
        wav(
            "extensible WAV without its extension",
            new WavBytes().format(0xFFFE, 16).bytes(),
            "at least 40"),
        wav("WAV with a format chunk of 4 GB", edited(honest, 16, -1), "a whole chunk"),
        wav("WAV with a format chunk of 4 bytes", edited(honest, 16, 4), "at least 16"),
        wav("WAV with its samples before its format", withoutFormat(honest), "expected"),
        wav("WAV of one sample", new WavBytes().data(new byte[2]).bytes(), "0.1 to 30 s"),
        wav("WAV without a sample", new WavBytes().data(new byte[0]).bytes(), "expected"),
        wav("WAV of 0.0999 s", new WavBytes().data(new byte[3_198]).bytes(), "0.1 to 30 s"),
        wav("WAV of 31 s", new WavBytes().data(new byte[31 * 32_000]).bytes(), "0.1 to 30 s"),
        wav(
            "WAV of 30 s and a sample",
            new WavBytes().data(new byte[960_002]).bytes(),
            "0.1 to 30 s"),
        wav("float WAV with NaN", floats(Float.NaN), "finite"),
        wav("float WAV with infinity", floats(Float.NEGATIVE_INFINITY), "finite"),
        recording(
            "WAV at 16,000 Hz declared as 8,000",
            audio(honest).setSampleRateHertz(8_000),
            "sample_rate_hertz",
            "16000 as in the WAV header"),
        recording(
            "mono WAV declared as stereo",
            audio(honest).setChannelCount(2),
            "channel_count",
            "1 as in the WAV header"),
        recording(
            "WAV declared as FLAC",
            audio(honest).setEncoding(AudioEncoding.AUDIO_ENCODING_FLAC),
            "encoding",
            "WAV"),
        recording(
            "WAV declared as raw samples",
            audio(honest)
                .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_S16LE)
                .setSampleRateHertz(16_000),
            "encoding",
            "WAV"));
  }

  static Audio.Builder audio(byte[] content) {
    return Audio.newBuilder().setContent(ByteString.copyFrom(content));
  }

  private static HostileCase wav(String name, byte[] content, String expected) {
    return recording(
        name, audio(content).setEncoding(AudioEncoding.AUDIO_ENCODING_WAV), "content", expected);
  }

  private static byte[] floats(float odd) {
    java.nio.ByteBuffer samples =
        java.nio.ByteBuffer.allocate(16_000).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    samples.putFloat(8_000, odd);
    return new WavBytes().format(3, 32).data(samples.array()).bytes();
  }

  private static byte[] edited(byte[] honest, int at, int value) {
    byte[] copy = honest.clone();
    java.nio.ByteBuffer.wrap(copy).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return copy;
  }

  private static byte[] withoutFormat(byte[] honest) {
    byte[] copy = Arrays.copyOf(honest, honest.length - 24);
    System.arraycopy(honest, 36, copy, 12, honest.length - 36);
    return copy;
  }
}
