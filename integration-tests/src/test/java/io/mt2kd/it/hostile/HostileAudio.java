package io.mt2kd.it.hostile;

import static io.mt2kd.it.hostile.HostileCase.recording;
import static io.mt2kd.it.hostile.HostileWav.audio;

import com.google.protobuf.ByteString;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Everything else that is called a recording. */
final class HostileAudio {
  private static final int HOUR_OF_OPUS_PACKETS = 30_000;
  private static final int HOURS_OF_FLAC_FRAMES = 5_000;

  private HostileAudio() {}

  static List<HostileCase> all() {
    return Stream.of(raw(), containers(), flac(), ogg()).flatMap(List::stream).toList();
  }

  private static List<HostileCase> raw() {
    return List.of(
        recording("no bytes", audio(new byte[0]), "content", "a recording"),
        recording("one byte", audio(new byte[1]), "content", "WAV, FLAC or Opus in Ogg"),
        recording(
            "unknown encoding number",
            audio(new byte[9]).setEncodingValue(99),
            "encoding",
            "AudioEncoding"),
        recording(
            "bytes that are nothing", audio(new byte[9_999]), "encoding", "WAV, FLAC or Opus"),
        recording(
            "text",
            audio("Dear gateway, ".repeat(99).getBytes(StandardCharsets.UTF_8)),
            "encoding",
            "WAV, FLAC"),
        recording("PCM without a rate", pcm(16_000, 0, 1), "sample_rate_hertz", "1000 to 384000"),
        recording("PCM at 999 Hz", pcm(16_000, 999, 1), "sample_rate_hertz", "1000 to 384000"),
        recording(
            "PCM at 384,001 Hz", pcm(16_000, 384_001, 1), "sample_rate_hertz", "1000 to 384000"),
        recording(
            "PCM at -16,000 Hz", pcm(16_000, -16_000, 1), "sample_rate_hertz", "1000 to 384000"),
        recording(
            "PCM at 2,147,483,647 Hz",
            pcm(16_000, Integer.MAX_VALUE, 1),
            "sample_rate_hertz",
            "1000 to 384000"),
        recording("PCM with 33 channels", pcm(33_000, 16_000, 33), "channel_count", "1 to 32"),
        recording("PCM with -1 channels", pcm(16_000, 16_000, -1), "channel_count", "1 to 32"),
        recording("PCM with half a sample", pcm(16_001, 16_000, 1), "content", "a multiple of 2"),
        recording("PCM with half a frame", pcm(16_002, 16_000, 2), "content", "a multiple of 4"),
        recording("one PCM sample", pcm(2, 16_000, 1), "content", "0.1 to 30 s"),
        recording("31 s of PCM", pcm(31 * 32_000, 16_000, 1), "content", "0.1 to 30 s"),
        recording("float PCM with NaN", floats(Float.NaN), "content", "finite"),
        recording("float PCM with infinity", floats(Float.POSITIVE_INFINITY), "content", "finite"),
        recording(
            "float PCM with -infinity", floats(Float.NEGATIVE_INFINITY), "content", "finite"));
  }

  private static List<HostileCase> containers() {
    return List.of(
        unread("MP3 with a tag", "ID3\4\0\0\0\0\0\0"),
        unread("MP3 without a tag", "\u00ff\u00fb\u0090\u0064"),
        unread("MP4", "\0\0\0\u0020ftypM4A "),
        unread("WebM", "\u001a\u0045\u00df\u00a3"),
        unread("AIFF", "FORM\0\0\0\0AIFF"),
        unread("AMR", "#!AMR\n"),
        unread("big-endian WAV", "RIFX\0\0\0\0WAVE"),
        unread("AVI", "RIFF\0\0\0\0AVI "),
        unread("ZIP", "PK\3\4"),
        unread("gzip", "\u001f\u008b\u0008"));
  }

  private static List<HostileCase> flac() {
    byte[] second = FlacBytes.silence(1, FlacBytes.BLOCK);
    return List.of(
        recording("FLAC of 4 bytes", audio(Arrays.copyOf(second, 4)), "content", "at least"),
        recording(
            "FLAC without frames", audio(Arrays.copyOf(second, 42)), "content", "audio frames"),
        recording(
            "FLAC cut off in a frame",
            audio(Arrays.copyOf(second, second.length - 3)),
            "content",
            "65535 samples"),
        recording(
            "FLAC that announces 68 billion samples",
            audio(FlacBytes.silence(1, 0xF_FFFF_FFFFL)),
            "content",
            "0.1 to 30 s"),
        recording(
            "FLAC that announces one sample more",
            audio(FlacBytes.silence(1, FlacBytes.BLOCK + 1)),
            "content",
            "65536 samples"),
        recording(
            "FLAC of 5 h of silence, announced",
            audio(
                FlacBytes.silence(
                    HOURS_OF_FLAC_FRAMES, (long) HOURS_OF_FLAC_FRAMES * FlacBytes.BLOCK)),
            "content",
            "0.1 to 30 s"),
        recording(
            "FLAC of 5 h of silence, not announced",
            audio(FlacBytes.silence(HOURS_OF_FLAC_FRAMES, 0)),
            "content",
            "0.1 to 30 s"),
        recording(
            "FLAC declared as Opus",
            audio(second).setEncoding(AudioEncoding.AUDIO_ENCODING_OGG_OPUS),
            "encoding",
            "FLAC"));
  }

  private static List<HostileCase> ogg() {
    byte[] second = OggBytes.opusSilence(10);
    return List.of(
        recording("Ogg of 4 bytes", audio(WavBytes.ascii("OggS")), "content", "expected"),
        recording(
            "Ogg Vorbis",
            audio(OggBytes.beginningWith(WavBytes.ascii("\1vorbis" + "\0".repeat(23)))),
            "encoding",
            "Opus in Ogg"),
        recording(
            "Ogg FLAC",
            audio(OggBytes.beginningWith(WavBytes.ascii("\u007fFLAC\1\0\0\1fLaC"))),
            "encoding",
            "Opus in Ogg"),
        recording(
            "Ogg of an unknown codec",
            audio(OggBytes.beginningWith(WavBytes.ascii("what is this"))),
            "encoding",
            "Opus in Ogg"),
        recording(
            "Ogg with a wrong checksum", audio(OggBytes.damaged(second)), "content", "expected"),
        recording(
            "Ogg cut off in a page",
            audio(Arrays.copyOf(second, second.length - 5)),
            "content",
            "expected"),
        recording("Opus without a packet", audio(OggBytes.opusSilence(0)), "content", "expected"),
        recording(
            "Opus with 9 channels",
            audio(OggBytes.beginningWith(OggBytes.opusHead(9))),
            "content",
            "1 or 2"),
        recording(
            "Opus of 1 h of silence",
            audio(OggBytes.opusSilence(HOUR_OF_OPUS_PACKETS)),
            "content",
            "0.1 to 30 s"));
  }

  private static HostileCase unread(String name, String beginning) {
    byte[] content = Arrays.copyOf(WavBytes.ascii(beginning), 20_000);
    return recording(name, audio(content), "encoding", "WAV, FLAC or Opus in Ogg");
  }

  private static Audio.Builder pcm(int bytes, int rate, int channels) {
    return Audio.newBuilder()
        .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_S16LE)
        .setSampleRateHertz(rate)
        .setChannelCount(channels)
        .setContent(ByteString.copyFrom(new byte[bytes]));
  }

  private static Audio.Builder floats(float odd) {
    ByteBuffer samples = ByteBuffer.allocate(64_000).order(ByteOrder.LITTLE_ENDIAN);
    samples.putFloat(63_996, odd);
    return Audio.newBuilder()
        .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_F32LE)
        .setSampleRateHertz(16_000)
        .setContent(ByteString.copyFrom(samples.array()));
  }
}
