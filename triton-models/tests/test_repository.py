from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from mt2kd import export
from mt2kd.contract import ENSEMBLE, ENSEMBLE_INPUTS, ENSEMBLE_OUTPUTS, MEMBERS, ContractError
from mt2kd.folders import NotOurs
from mt2kd.repository import FLAVOURS, MODULE, CpuInstances, Engines, build_repository


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def config(repository: Path, name: str) -> model_config_pb2.ModelConfig:
    return text_format.Parse((repository / name / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


def test_the_committed_repository_is_what_the_builder_makes(
    repository: Path, reference: Path, tmp_path: Path
):
    build_repository(reference, repository, "onnxruntime", tmp_path / "again")
    assert files(tmp_path / "again") == files(repository)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_same_input_gives_the_same_bytes(random_models, random_reference, tmp_path, flavour):
    for name in ("one", "two"):
        build_repository(random_reference, random_models, flavour, tmp_path / name)
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_flavour_has_the_contract_s_tensors(random_models, random_reference, tmp_path, flavour):
    build_repository(random_reference, random_models, flavour, tmp_path / "repository")
    sizes = {"N": None, "S": -1, "T": -1, "T'": -1, "T''": -1, "D": 48, "D2": 48, "K": 5, "E": 16}
    for member in MEMBERS:
        parsed = config(tmp_path / "repository", member.name)
        assert (parsed.name, parsed.max_batch_size) == (member.name, 8)
        assert not parsed.dynamic_batching.HasField("default_queue_policy")
        assert parsed.dynamic_batching.max_queue_delay_microseconds == 0
        for specs, actual in ((member.inputs, parsed.input), (member.outputs, parsed.output)):
            assert [value.name for value in actual] == [spec.name for spec in specs]
            for spec, value in zip(specs, actual, strict=True):
                assert model_config_pb2.DataType.Name(value.data_type) == f"TYPE_{spec.type}"
                assert list(value.dims) == [sizes.get(axis, axis) for axis in spec.axes[1:]]


def test_the_ensemble_carries_the_manifest_and_exposes_no_intermediate(
    random_models, random_reference, tmp_path
):
    manifest = build_repository(random_reference, random_models, "onnxruntime", tmp_path / "repository")
    parsed = config(tmp_path / "repository", ENSEMBLE)
    assert json.loads(parsed.parameters["manifest"].string_value) == manifest
    assert json.loads((tmp_path / "repository" / "model.json").read_text()) == manifest
    assert manifest["tokens"][1] == "▁word0"
    assert manifest["embedding_size"] == 16
    assert [value.name for value in parsed.input] == list(ENSEMBLE_INPUTS)
    assert [value.name for value in parsed.output] == list(ENSEMBLE_OUTPUTS)
    assert [step.model_name for step in parsed.ensemble_scheduling.step] == [m.name for m in MEMBERS]


def test_the_fingerprint_changes_with_any_part(random_models, random_reference, tmp_path):
    before = build_repository(random_reference, random_models, "onnxruntime", tmp_path / "before")
    other = shutil.copytree(random_models, tmp_path / "other")
    export.export(random_reference, other)
    path = other / "sv_head" / "1" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"\x32\x00")  # an empty field more: another file, a valid model
    after = build_repository(random_reference, other, "onnxruntime", tmp_path / "after")
    assert before["fingerprint"] != after["fingerprint"]
    assert [name for name in before["parts"] if before["parts"][name] != after["parts"][name]] == ["sv_head"]


def test_the_python_flavour_runs_on_the_processor(random_models, random_reference, tmp_path):
    instances = CpuInstances(intra_op_threads=3, counts={"encoder": 2})
    build_repository(random_reference, random_models, "python", tmp_path / "repository", instances)
    for member in MEMBERS:
        parsed = config(tmp_path / "repository", member.name)
        assert parsed.backend == "python"
        assert parsed.parameters["intra_op_threads"].string_value == "3"
        (group,) = parsed.instance_group
        assert group.kind == model_config_pb2.ModelInstanceGroup.KIND_CPU
        assert group.count == (2 if member.name == "encoder" else 1)
        assert (tmp_path / "repository" / member.name / "1" / "model.py").is_file()


def test_the_tensorrt_flavour_without_engines_keeps_16_bit_audio_on_onnx_runtime(
    random_models, random_reference, tmp_path
):
    manifest = build_repository(random_reference, random_models, "tensorrt", tmp_path / "repository")
    for member in MEMBERS:
        parsed = config(tmp_path / "repository", member.name)
        version = tmp_path / "repository" / member.name / "1"
        assert parsed.instance_group[0].kind == model_config_pb2.ModelInstanceGroup.KIND_GPU
        if member.name == "frontend":
            assert parsed.backend == "onnxruntime"
            assert [path.name for path in version.iterdir()] == ["model.onnx"]
        else:
            assert (parsed.platform, parsed.default_model_filename) == ("tensorrt_plan", "model.plan")
            buckets = len(manifest["bucket_seconds"])
            assert list(parsed.instance_group[0].profile) == [str(index) for index in range(buckets)]
            assert list(version.iterdir()) == []
    assert not (tmp_path / "repository" / "engines.json").exists()


def test_the_tensorrt_flavour_keeps_members_without_an_engine_on_onnx_runtime(
    random_models, random_reference, tmp_path
):
    engines = Engines({"encoder": b"encoder's", "sv_head": b"speaker's"}, {"tensorrt": "10.9.0.34"})
    build_repository(random_reference, random_models, "tensorrt", tmp_path / "repository", engines=engines)
    found = files(tmp_path / "repository")
    for member in MEMBERS:
        parsed = config(tmp_path / "repository", member.name)
        plan, graph = (found.get(f"{member.name}/1/model.{end}") for end in ("plan", "onnx"))
        assert plan == engines.plans.get(member.name)
        assert (plan is None) == (graph is not None) == (parsed.backend == "onnxruntime")
        assert (plan is not None) == (parsed.platform == "tensorrt_plan")
    assert json.loads(found["engines.json"]) == {"tensorrt": "10.9.0.34"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("labels.txt", "one\ntwo\n", r"labels: 2 \(expected: 5"),
        ("labels.txt", "a\nb\nb\nc\nd\n", r"labels.txt:3: 'b' \(expected: one name a line, none twice\)"),
        ("tokens.txt", "<blk>\n\nx\n", r"tokens.txt:2: ''"),
        ("calibration.json", '{"calibration": {}}', r"calibration.json: KeyError\('scale'\)"),
        ("serving.json", "{", r"serving.json: .*expected: JSON"),
        ("serving.json", None, "serving.json: no such file"),
    ],
)
def test_refuses_a_faulty_reference(random_models, random_reference, tmp_path, name, text, message):
    reference = shutil.copytree(random_reference, tmp_path / "reference")
    (reference / name).unlink()
    if text is not None:
        (reference / name).write_text(text, encoding="utf8")
    with pytest.raises(ContractError, match=message):
        build_repository(reference, random_models, "onnxruntime", tmp_path / "repository")


def test_refuses_a_missing_a_broken_and_a_swapped_model(random_models, random_reference, tmp_path):
    broken = shutil.copytree(random_models, tmp_path / "models")
    output = tmp_path / "repository"
    shutil.copyfile(broken / "at_head" / "1" / "model.onnx", broken / "asr_head" / "1" / "model.onnx")
    with pytest.raises(ContractError, match=r"outputs: \['tag_logits'\] \(expected: \['tokens', 'token_"):
        build_repository(random_reference, broken, "onnxruntime", output)
    (broken / "asr_head" / "1" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ContractError, match="expected: an ONNX model"):
        build_repository(random_reference, broken, "onnxruntime", output)
    (broken / "asr_head" / "1" / "model.onnx").unlink()
    with pytest.raises(ContractError, match="no such file"):
        build_repository(random_reference, broken, "onnxruntime", output)


def test_a_failure_leaves_the_old_repository(random_models, random_reference, tmp_path):
    output = tmp_path / "repository"
    build_repository(random_reference, random_models, "onnxruntime", output)
    before = files(tmp_path)
    with pytest.raises(ContractError):
        build_repository(random_reference, tmp_path / "nothing", "onnxruntime", output)
    assert files(tmp_path) == before
    build_repository(random_reference, output, "python", output)  # and a good run replaces it
    assert "frontend/1/model.py" in files(output)
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


def test_never_replaces_a_folder_of_something_else(random_models, random_reference, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(NotOurs, match=r"not replaced"):
        build_repository(random_reference, random_models, "onnxruntime", tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_needs_no_pytorch():
    program = "import sys, mt2kd.repository; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=MODULE)
