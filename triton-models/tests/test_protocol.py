"""Our subset of Triton's protocol against the descriptors inside NVIDIA's own client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from tritonclient.grpc import model_config_pb2, service_pb2

PROTO = Path(__file__).resolve().parents[2] / "proto"
BUF = Path(sys.executable).with_name("buf")


def buf(*arguments: str) -> bytes:
    answer = subprocess.run([BUF, *arguments], cwd=PROTO, capture_output=True)
    assert answer.returncode == 0, (answer.stdout + answer.stderr).decode()
    return answer.stdout


@pytest.fixture(scope="module")
def ours() -> list[descriptor_pb2.FileDescriptorProto]:
    files = descriptor_pb2.FileDescriptorSet.FromString(buf("build", "--as-file-descriptor-set", "-o", "-"))
    return [file for file in files.file if file.package == "inference"]


@pytest.fixture(scope="module")
def theirs() -> list[descriptor_pb2.FileDescriptorProto]:
    files = []
    for module in (model_config_pb2, service_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        files.append(file)
    return files


def messages(files) -> dict[str, descriptor_pb2.DescriptorProto]:
    def nested(scope: str, message) -> Iterator[tuple[str, descriptor_pb2.DescriptorProto]]:
        name = f"{scope}.{message.name}"
        yield name, message
        for inner in message.nested_type:
            yield from nested(name, inner)

    return {
        name: found
        for file in files
        for message in file.message_type
        for name, found in nested(f".{file.package}", message)
    }


def enums(files) -> dict[str, dict[str, int]]:
    found = {f".{file.package}.{enum.name}": enum for file in files for enum in file.enum_type} | {
        f"{name}.{enum.name}": enum for name, message in messages(files).items() for enum in message.enum_type
    }
    return {name: {value.name: value.number for value in enum.value} for name, enum in found.items()}


def fields(message) -> dict[str, tuple]:
    def group(field) -> str | None:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
        return None if field.proto3_optional else oneof

    return {
        field.name: (field.number, field.type, field.label, field.type_name, group(field))
        for field in message.field
    }


def test_messages_have_triton_s_fields(ours, theirs):
    known = messages(theirs)
    checked = 0
    for name, message in messages(ours).items():
        assert name in known
        expected = fields(known[name])
        for field, value in fields(message).items():
            assert (name, field, value) == (name, field, expected.get(field))
            checked += 1
    assert checked > 100


def test_enums_have_triton_s_values(ours, theirs):
    known = enums(theirs)
    for name, values in enums(ours).items():
        assert values.items() <= known[name].items(), name
    assert enums(ours)[".inference.DataType"] == known[".inference.DataType"]


def test_the_service_has_triton_s_methods(ours, theirs):
    def methods(files) -> dict[str, tuple]:
        return {
            f"{file.package}.{service.name}/{method.name}": (
                method.input_type,
                method.output_type,
                method.client_streaming,
                method.server_streaming,
            )
            for file in files
            for service in file.service
            for method in service.method
        }

    assert methods(ours).items() <= methods(theirs).items()
    assert "inference.GRPCInferenceService/ModelInfer" in methods(ours)


def test_our_protos_are_lint_clean():
    buf("lint")
