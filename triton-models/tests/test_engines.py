"""Engines from graph to repository, on a stand-in for TensorRT that runs plans with ONNX Runtime."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from fake_tensorrt import BuilderFlag, MemoryPoolType, Stream, fake_tensorrt
from google.protobuf import text_format
from onnxruntime.quantization import quantize_dynamic
from tritonclient.grpc import model_config_pb2

from mt2kd import engines, gpu
from mt2kd.config import Config
from mt2kd.contract import MEMBERS
from mt2kd.engines import build_engines
from mt2kd.manifest import read_json
from mt2kd.plan_cache import PlanCache
from mt2kd.plans import FP32_LAYERS, EngineSettings, ParserRefusal, Plan, PlanBuilder
from mt2kd.profiles import bucket_axes, member_profiles

GPU = gpu.Gpu("NVIDIA L4", "8.9")
MEMBER = {member.name: member for member in MEMBERS}
SIZES = {"D": 48, "D2": 48, "K": 5, "E": 16}
PLANNED = ["encoder", "asr_head", "at_head", "sv_head"]


@pytest.fixture
def buckets(short_repository, short_reference):
    return bucket_axes(
        read_json(short_repository / "model.json"), Config.load(short_reference / "config.json")
    )


def plan_of(tensorrt, short_repository, name, buckets, settings=None):
    graph = (short_repository / name / "1" / "model.onnx").read_bytes()
    profiles = member_profiles(MEMBER[name], buckets, SIZES)
    return PlanBuilder(tensorrt).build(name, graph, profiles, settings or EngineSettings())


@pytest.mark.parametrize("name", PLANNED)
def test_an_engine_has_a_profile_for_each_bucket(short_repository, buckets, name):
    tensorrt = fake_tensorrt()
    plan_of(tensorrt, short_repository, name, buckets)
    profiles = tensorrt.builds[0].config.profiles
    assert len(profiles) == len(buckets) == 4
    for profile, bucket in zip(profiles, buckets, strict=True):
        frames, lengths = MEMBER[name].inputs
        low, best, high = profile[frames.name]
        assert (low[0], best[0], high[0]) == (1, 4, 8)
        assert (low[1], best[1], high[1]) == (
            bucket[frames.axes[1]][0],
            bucket[frames.axes[1]][1],
            bucket[frames.axes[1]][1],
        )
        assert profile[lengths.name] == ((1, 1), (4, 1), (8, 1))


def test_half_precision_obeys_the_layers_that_are_held_in_single(short_repository, buckets):
    tensorrt = fake_tensorrt()
    plan = plan_of(tensorrt, short_repository, "encoder", buckets, EngineSettings(workspace_mib=512))
    (build,) = tensorrt.builds
    assert build.config.flags == {BuilderFlag.FP16, BuilderFlag.OBEY_PRECISION_CONSTRAINTS}
    assert build.config.pools == {MemoryPoolType.WORKSPACE: 512 << 20}
    held = {layer.name for layer in build.network.layers if layer.precision == tensorrt.float32}
    assert held == set(plan.fp32_layers)
    assert sum("Softmax" in name for name in held) == 3  # one for each layer of the network
    # Infinite from 11.1 on in half precision, as was seen on a GPU.
    softplus = {layer.name for layer in build.network.layers if "Softplus" in layer.name}
    assert len(softplus) == 4 + 3 * 5  # of the convolutions before the layers, and of each layer
    assert softplus <= held
    assert {"ReduceMean", "Sqrt", "Div"} <= {n.rsplit("/", 1)[1] for n in held if "/layers.0/norm/" in n}
    assert not any("MatMul" in name or "Conv" in name for name in held)
    for layer in build.network.layers:
        assert layer.output_types == ({0: tensorrt.float32} if layer.name in held else {})


def test_the_speaker_head_is_held_in_single_precision_whole(short_repository, buckets):
    tensorrt = fake_tensorrt()
    plan = plan_of(tensorrt, short_repository, "sv_head", buckets)
    assert {"Conv", "Softmax", "Sqrt", "Gemm"} <= {name.rsplit("/")[-1] for name in plan.fp32_layers}
    for layer in tensorrt.builds[0].network.layers:
        floats = all(layer.get_output(i).dtype == tensorrt.float32 for i in range(layer.num_outputs))
        if floats and layer.type.name == "OTHER":
            assert layer.precision == tensorrt.float32, layer.name


def test_single_precision_has_neither_half_nor_tf32(short_repository, buckets):
    tensorrt = fake_tensorrt()
    plan = plan_of(
        tensorrt, short_repository, "asr_head", buckets, EngineSettings(precision="fp32", fp32_layers=())
    )
    assert tensorrt.builds[0].config.flags == set()
    assert plan.fp32_layers == ()


def test_every_error_of_the_parser_is_told(short_repository, buckets):
    tensorrt = fake_tensorrt(refused=("ArgMax", "LogSoftmax"))
    with pytest.raises(ParserRefusal) as refusal:
        plan_of(tensorrt, short_repository, "asr_head", buckets)
    text = str(refusal.value)
    assert text.startswith("asr_head: TensorRT's parser refuses the graph:\n  node ")
    assert "'/ArgMax' (ArgMax): ArgMax is not supported" in text
    assert "(LogSoftmax): LogSoftmax is not supported" in text


def test_a_build_that_gives_nothing_tells_tensorrt_s_reason(short_repository, buckets):
    graph = (short_repository / "at_head" / "1" / "model.onnx").read_bytes()
    profiles = member_profiles(MEMBER["at_head"], buckets, {**SIZES, "D": 47})
    with pytest.raises(gpu.EngineError, match="at_head: no engine: encoder_out: no or no fitting shape"):
        PlanBuilder(fake_tensorrt()).build("at_head", graph, profiles, EngineSettings())


def test_a_profile_that_tensorrt_refuses_is_an_error(short_repository, buckets):
    backwards = [{**buckets[0], "T'": (9, 3)}]
    with pytest.raises(gpu.EngineError, match=r"at_head: profile 0: encoder_out: ShapeRange.*inconsistent"):
        plan_of(fake_tensorrt(), short_repository, "at_head", backwards)


def test_a_gpu_that_cuda_cannot_start_is_an_error(short_repository, buckets, monkeypatch):
    tensorrt = fake_tensorrt()

    def refuse(logger) -> None:
        logger.log(tensorrt.ILogger.Severity.ERROR, "CUDA initialization failure with error: 35")
        raise TypeError("pybind11::init(): factory function returned nullptr")

    monkeypatch.setattr(tensorrt, "Builder", refuse)
    with pytest.raises(gpu.EngineError, match="at_head: no builder: CUDA initialization failure"):
        plan_of(tensorrt, short_repository, "at_head", buckets)


def test_an_engine_is_built_once_for_a_gpu_and_a_tensorrt(short_repository, short_reference, tmp_path):
    def build(tensorrt, device=GPU, settings=None) -> tuple:
        cache = PlanCache(tmp_path, device, tensorrt.__version__)
        built = build_engines(
            tensorrt, cache, short_reference, short_repository, settings or EngineSettings()
        )
        # TensorRT's own builder takes half a minute to make
        assert len(tensorrt.builders) == (1 if tensorrt.builds else 0)
        return len(tensorrt.builds), [each.key for each in built.values()], built

    first, keys, built = build(fake_tensorrt())
    assert first == 4
    again, same, cached = build(fake_tensorrt())
    assert (again, same) == (0, keys)
    assert {n: each.plan.data for n, each in cached.items()} == {n: e.plan.data for n, e in built.items()}
    assert {each.note for each in cached.values()} == {"from the cache"}
    for tensorrt, device, settings in (
        (fake_tensorrt(), replace(GPU, name="NVIDIA A10"), None),
        (fake_tensorrt(), replace(GPU, compute_capability="8.6"), None),
        (fake_tensorrt(version="10.10.0.31"), GPU, None),
        (fake_tensorrt(), GPU, EngineSettings(workspace_mib=1024)),
        (fake_tensorrt(), GPU, EngineSettings("fp32", ())),
    ):
        count, others, _ = build(tensorrt, device, settings)
        assert count == 4
        assert not set(others) & set(keys)


def test_a_key_is_of_the_graph_and_the_profiles_too(tmp_path):
    cache = PlanCache(tmp_path, GPU, "10.9.0.34")
    buckets = [{"S": (1, 2), "T": (1, 2), "T'": (1, 2), "T''": (1, 2)}]
    profiles = member_profiles(MEMBER["at_head"], buckets, SIZES)
    other = member_profiles(MEMBER["at_head"], [{**buckets[0], "T'": (1, 3)}], SIZES)
    key = cache.key("at_head", b"graph", profiles, EngineSettings())
    assert key == cache.key("at_head", b"graph", profiles, EngineSettings())
    assert key != cache.key("at_head", b"grapf", profiles, EngineSettings())
    assert key != cache.key("at_head", b"graph", other, EngineSettings())
    assert cache.get(key) is None


def test_timings_of_one_build_serve_the_next(short_repository, short_reference, tmp_path):
    tensorrt = fake_tensorrt()
    cache = PlanCache(tmp_path, GPU, tensorrt.__version__)
    build_engines(tensorrt, cache, short_reference, short_repository, EngineSettings())
    assert [build.config.timings.data for build in tensorrt.builds] == [b"timed " * i for i in range(4)]
    assert PlanCache(tmp_path, replace(GPU, name="other"), tensorrt.__version__).timings() == b""


def test_a_transducer_that_is_refused_stays_on_onnx_runtime_and_an_encoder_does_not(
    short_repository, short_reference, tmp_path
):
    tensorrt = fake_tensorrt(refused=("ArgMax",))
    cache = PlanCache(tmp_path / "one", GPU, tensorrt.__version__)
    built = build_engines(tensorrt, cache, short_reference, short_repository, EngineSettings())
    assert built["asr_head"].plan is None
    assert "ArgMax is not supported" in built["asr_head"].note
    assert [name for name, each in built.items() if each.plan] == ["encoder", "at_head", "sv_head"]
    tensorrt = fake_tensorrt(refused=("Softplus",))
    cache = PlanCache(tmp_path / "two", GPU, tensorrt.__version__)
    with pytest.raises(ParserRefusal, match="encoder: TensorRT's parser refuses"):
        build_engines(tensorrt, cache, short_reference, short_repository, EngineSettings())


def test_our_own_patterns_may_name_no_layer_of_another_network():
    engines.expect_every_pattern(FP32_LAYERS, {"encoder": Plan(b"", (), b"")})
    with pytest.raises(gpu.EngineError, match="names no layer"):
        engines.expect_every_pattern(("encoder:mine*",), {"encoder": Plan(b"", (), b"")})


def test_a_pattern_that_names_no_layer_is_a_mistake(short_repository, short_reference, tmp_path):
    tensorrt = fake_tensorrt()
    cache = PlanCache(tmp_path, GPU, tensorrt.__version__)
    settings = EngineSettings(fp32_layers=("encoder:*Softmax*", "asr_head:*Sofmax*"))
    with pytest.raises(gpu.EngineError, match=r"fp32_layers: 'asr_head:\*Sofmax\*' names no layer"):
        build_engines(tensorrt, cache, short_reference, short_repository, settings)
    build_engines(tensorrt, cache, short_reference, short_repository, settings, on_onnxruntime=["asr_head"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"precision": "int8"}, r"precision: 'int8' \(expected: one of fp16, fp32\)"),
        ({"workspace_mib": 0}, r"workspace_mib: 0 \(expected: 1 or more\)"),
        ({"optimization_level": 6}, r"optimization_level: 6 \(expected: 0 to 5\)"),
    ],
)
def test_refuses_faulty_settings(values, message):
    with pytest.raises(ValueError, match=message):
        EngineSettings(**values)


@pytest.fixture
def command(short_repository, short_reference, tmp_path, monkeypatch):
    """Runs the command line on a machine with a GPU and that package, on synthetic clips."""
    monkeypatch.setenv("MT2KD_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(engines, "find_gpu", lambda: GPU)

    def run(tensorrt, *options: str) -> int:
        monkeypatch.setitem(sys.modules, "tensorrt", tensorrt)
        paths = {
            "--repository": short_repository,
            "--reference": short_reference,
            "--output": tmp_path / "served",
            "--cache": tmp_path / "cache",
            "--report": tmp_path / "report.json",
        }
        arguments = [str(value) for item in paths.items() for value in item]
        return engines.main([*arguments, "--clips", "3", *options], device="cpu", stream=Stream())

    return run


def test_publishes_a_repository_of_engines_that_answer_like_pytorch(
    command, short_repository, tmp_path, capsys
):
    tensorrt = fake_tensorrt()
    assert command(tensorrt) == 0
    served = tmp_path / "served"
    for name in PLANNED:
        text = (served / name / "config.pbtxt").read_text()
        config = text_format.Parse(text, model_config_pb2.ModelConfig())
        assert (config.platform, config.default_model_filename) == ("tensorrt_plan", "model.plan")
        (group,) = config.instance_group
        assert group.kind == model_config_pb2.ModelInstanceGroup.KIND_GPU
        assert list(group.profile) == [str(index) for index in range(4)]
        strategy = config.parameters["execution_context_allocation_strategy"].string_value
        assert strategy == "ON_PROFILE_CHANGE"
        assert [path.name for path in (served / name / "1").iterdir()] == ["model.plan"]
    facts = json.loads((served / "engines.json").read_text())
    assert (facts["name"], facts["compute_capability"], facts["tensorrt"]) == (
        "NVIDIA L4",
        "8.9",
        "10.9.0.34",
    )
    assert (served / "model.json").read_bytes() == (short_repository / "model.json").read_bytes()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["passed"]
    assert report["comparisons"][0]["differences"]["voiceprint"] < 1e-4
    assert {profile for profile, _, _ in tensorrt.executions} == set(range(4))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "encoder: building, 4 profiles"
    assert re.fullmatch(r"encoder: built in \d+ s, \d+\.\d MiB", lines[2])
    assert "TensorRT (fp16) beside PyTorch" in "\n".join(lines)


def quantized(graph: bytes) -> bytes:
    """Eight-bit weights and activations: further from PyTorch than half precision may be."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.onnx", Path(folder) / "other.onnx"
        one.write_bytes(graph)
        quantize_dynamic(one, other)
        return other.read_bytes()


def test_engines_out_of_bounds_are_not_published(command, tmp_path, capsys):
    assert command(fake_tensorrt(transform=quantized), "--precision", "fp32") == 1
    assert not (tmp_path / "served").exists()
    report = json.loads((tmp_path / "report.json").read_text())
    assert not report["passed"]
    assert any(v.startswith("encoder_out: differs by") for v in report["comparisons"][0]["violations"])
    captured = capsys.readouterr()
    assert "OUT OF BOUNDS: encoder_out" in captured.out
    assert "served was not written" in captured.err


def test_refuses_to_build_for_other_lengths_than_the_repository_would_state(
    command, short_reference, tmp_path, capsys
):
    longer = tmp_path / "longer"
    shutil.copytree(short_reference, longer)
    serving = read_json(longer / "serving.json") | {"bucket_seconds": [1, 2, 4, 8]}
    (longer / "serving.json").write_text(json.dumps(serving))
    tensorrt = fake_tensorrt()
    assert command(tensorrt, "--reference", str(longer)) == 1
    message = "bucket_seconds: [1, 2, 4, 6] (expected: [1, 2, 4, 8], as serving.json says)"
    assert message in capsys.readouterr().err
    assert tensorrt.builds == []


def test_a_member_can_be_kept_on_onnx_runtime(command, short_repository, tmp_path):
    assert command(fake_tensorrt(), "--onnxruntime", "asr_head") == 0
    served = tmp_path / "served"
    text = (served / "asr_head" / "config.pbtxt").read_text()
    config = text_format.Parse(text, model_config_pb2.ModelConfig())
    assert (config.backend, config.default_model_filename) == ("onnxruntime", "model.onnx")
    assert config.instance_group[0].kind == model_config_pb2.ModelInstanceGroup.KIND_GPU
    graph = Path("asr_head") / "1" / "model.onnx"
    assert (served / graph).read_bytes() == (short_repository / graph).read_bytes()
    members = json.loads((served / "engines.json").read_text())["members"]
    assert {name: each["platform"] for name, each in members.items()} == {
        "encoder": "tensorrt_plan",
        "asr_head": "onnxruntime",
        "at_head": "tensorrt_plan",
        "sv_head": "tensorrt_plan",
    }


def test_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(gpu.EngineError, match=r"engines: no TensorRT, .* \(expected: 10\.2 or a later 10\.x"):
        gpu.load_tensorrt()
    for version in ("11.1.0.106", "10.1.0.27", "8.6.1"):
        monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt(version=version))
        with pytest.raises(gpu.EngineError, match=rf"engines: TensorRT {version} \(expected: 10\.2"):
            gpu.load_tensorrt()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(gpu.EngineError, match="engines: no NVIDIA GPU"):
        gpu.find_gpu()


def test_a_machine_without_gpu_gets_exit_status_1_and_no_repository(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(engines, "find_gpu", gpu.find_gpu)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command(fake_tensorrt()) == 1
    assert "mt2kd.engines: engines: no NVIDIA GPU" in capsys.readouterr().err
    assert not (tmp_path / "served").exists()


def test_patterns_come_from_a_file(tmp_path):
    path = tmp_path / "layers.txt"
    path.write_text("# of the encoder\nencoder:*Softmax*\n\n  sv_head:*  \n")
    assert engines.read_patterns(path) == ("encoder:*Softmax*", "sv_head:*")
    path.write_text("*Softmax*\n")
    with pytest.raises(gpu.EngineError, match=r"layers.txt: '\*Softmax\*' \(expected: MEMBER:LAYER"):
        engines.read_patterns(path)
