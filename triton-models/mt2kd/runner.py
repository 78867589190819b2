"""Runs model.onnx of its own version folder: the model.py of every member in the python flavour.

Inputs and outputs are those of config.pbtxt, so that one file serves every model. Requests of one call whose
tensors have equal shapes run as one batch. Parameter "intra_op_threads" sets the threads of one instance.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

# ONNX Runtime 1.29 reports to its maker unless told not to, before it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """Called by the server's stub process, one thread at a time."""

    def initialize(self, args: dict[str, str]) -> None:
        """Loads the session; an exception here is a model that fails to load."""
        config = json.loads(args["model_config"])
        self.name = config["name"]
        self.inputs = [spec["name"] for spec in config["input"]]
        self.outputs = [spec["name"] for spec in config["output"]]
        options = onnxruntime.SessionOptions()
        threads = config["parameters"].get("intra_op_threads", {"string_value": "1"})
        options.intra_op_num_threads = int(threads["string_value"])
        options.inter_op_num_threads = 1
        # Idle instances share the cores with busy ones.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list) -> list:
        """Answers every request, in order: with its requested outputs, or with an error of its own."""
        feeds = [{name: tensor(request, name) for name in self.inputs} for request in requests]
        groups = defaultdict(list)
        for index, feed in enumerate(feeds):
            groups[tuple(feed[name].shape[1:] for name in self.inputs)].append(index)
        responses = [None] * len(requests)
        for group in groups.values():
            for index, response in zip(group, self.answer(requests, feeds, group), strict=True):
                responses[index] = response
        return responses

    def answer(self, requests: list, feeds: list[dict[str, np.ndarray]], group: list[int]) -> list:
        """Runs requests of one shape as one batch; if that fails, each alone: only the culprit fails."""
        wanted = [name for name in self.outputs if any(self.wants(requests[i], name) for i in group)]
        joined = {name: np.concatenate([feeds[i][name] for i in group]) for name in self.inputs}
        try:
            results = dict(zip(wanted, self.session.run(wanted, joined), strict=True))
        except Exception as error:
            if len(group) > 1:
                return [self.answer(requests, feeds, [index])[0] for index in group]
            pb_utils.Logger.log_error(f"{self.name}: {error}")  # it may name files: callers get our own words
            shapes = ", ".join(f"{name} {list(value.shape)}" for name, value in joined.items())
            message = f"model '{self.name}' failed on {shapes}"
            return [
                pb_utils.InferenceResponse(error=pb_utils.TritonError(message, pb_utils.TritonError.INTERNAL))
            ]
        responses, start = [], 0
        for index in group:
            end = start + len(feeds[index][self.inputs[0]])
            tensors = [
                pb_utils.Tensor(name, np.ascontiguousarray(value[start:end]))
                for name, value in results.items()
                if self.wants(requests[index], name)
            ]
            responses.append(pb_utils.InferenceResponse(tensors))
            start = end
        return responses

    @staticmethod
    def wants(request: object, output: str) -> bool:
        """Whether a request asked for an output."""
        return output in request.requested_output_names()


def tensor(request: object, name: str) -> np.ndarray:
    """One input of a request, batch first."""
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()
