"""The network at the size of the paper: exported as a whole, and as exact as the small ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from conftest import record_figure

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.contract import MEMBERS
from mt2kd.export import TOLERANCE, calls, compare, example_audio, export_part
from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd.scan import control_flow
from mt2kd_training.start import spread

ENCODER = MEMBERS[1]
#: Alone and in batches of up to four, from 0.3 s on.
BATCHES = ([4_800], [17_123, 4_800], [33_333, 4_800, 21_077, 16_000])


@pytest.mark.parametrize("causal", [False, True])
def test_a_medium_network_of_random_weights_is_in_its_graphs_what_it_is_in_pytorch(causal, request):
    torch.manual_seed(3)
    model = Mt2kd(replace(Config.load(CONFIGURATIONS / "medium.json"), causal=causal)).eval()
    frontend = Frontend().eval()
    spread(model, *frontend(*example_audio([16_000])))  # every module is heard, as after training
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("chunkwise_conv_scale"):
                parameter.normal_(std=0.2)
    parts = {"frontend": frontend, **model.parts()}
    example = calls(parts, *example_audio([16_000, 11_234]))
    graphs = {m.name: export_part(m, parts[m.name], *example[m.name], "0") for m in MEMBERS}
    found = {name: list(control_flow(onnx.load_from_string(graph).graph)) for name, graph in graphs.items()}
    assert found == {m.name: ["Scan"] if m.name == "asr_head" else [] for m in MEMBERS}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {name: onnxruntime.InferenceSession(graph, options) for name, graph in graphs.items()}
    largest = max(compare(parts, sessions, lengths) for lengths in BATCHES)  # which refuses more itself
    record_figure(request.config, f"medium{', causal' * causal}, random weights", largest)
    assert largest <= TOLERANCE

    # The shortest of a padded batch is what it is alone.
    encoder, names = sessions["encoder"], [spec.name for spec in ENCODER.inputs]
    features, lengths = (x.numpy() for x in calls(parts, *example_audio(BATCHES[-1]))["encoder"][0])
    shortest = int(lengths.argmin())
    alone = encoder.run(
        None, dict(zip(names, (features[[shortest], : lengths.min()], lengths[[shortest]]), strict=True))
    )
    together = encoder.run(None, dict(zip(names, (features, lengths), strict=True)))
    for one, other, length in ((0, 0, 1), (2, 2, 3)):
        frames = int(alone[length][0, 0])
        assert frames == int(together[length][shortest, 0])
        np.testing.assert_allclose(together[other][shortest, :frames], alone[one][0], rtol=0, atol=2e-5)
