"""How far a runtime is from PyTorch, and how far it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mt2kd.contract import MEMBERS, ContractError
from mt2kd.export import TOLERANCE
from mt2kd.runtimes import Runtime

#: Which tensor says how many frames of an axis are an utterance's; what lies past them is not read.
LENGTHS = {"T": "feature_lengths", "T'": "encoder_lengths", "T''": "speaker_lengths"}
OUTPUTS = {spec.name: spec for member in MEMBERS for spec in member.outputs}
#: Figures of which more is better; less is better of all others.
MORE_IS_BETTER = frozenset({"map", "top1"})

#: Figures in 0..1 by name, from a runtime.
Measure = Callable[[Runtime], Mapping[str, float]]


@dataclass(frozen=True)
class Bounds:
    """How far a runtime may be from PyTorch."""

    #: Largest absolute difference by tensor; a tensor that is not named need only be finite.
    differences: Mapping[str, float]
    #: Share of different tokens among the frames where either runtime has one.
    tokens: float
    #: How much worse a figure may be, absolute.
    figures: Mapping[str, float]


#: Ranks of almost equal scores may swap, which moves a figure by a rounding error and no more.
_SAME = 1e-4
BOUNDS = {
    "fp32": Bounds(
        {
            **dict.fromkeys((name for name, spec in OUTPUTS.items() if spec.type == "FP32"), TOLERANCE),
            # An almost empty bin of a loud frame is a small difference of large sums before the logarithm:
            # there PyTorch itself is 1e-4 from double precision.
            "features": 5e-4,
        },
        0.0,
        {"wer": 0.0, "map": _SAME, "eer_two_strings": _SAME, "eer_one_string": _SAME},
    ),
    "fp16": Bounds(
        # Ten times or more what half precision does to the reference model on ONNX Runtime.
        {"token_scores": 0.05, "tag_logits": 0.05, "voiceprint": 0.002},
        0.005,
        {"wer": 0.001, "map": 0.002, "eer_two_strings": 0.001, "eer_one_string": 0.001},
    ),
}


@dataclass
class Comparison:
    """One runtime beside PyTorch."""

    runtime: str
    precision: str
    batches: int = 0
    differences: dict[str, float] = field(default_factory=dict)
    tokens_compared: int = 0
    tokens_different: int = 0
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def token_disagreement(self) -> float:
        """Share of different tokens, 0..1."""
        return self.tokens_different / max(1, self.tokens_compared)

    def judge(self) -> None:
        """Lists what is out of bounds."""
        bounds = BOUNDS[self.precision]
        for name, value in self.differences.items():
            bound = bounds.differences.get(name, np.inf)
            if not (np.isfinite(value) and value <= bound):
                self.violations.append(f"{name}: differs by {value:.2g} (expected: at most {bound:g})")
        if self.token_disagreement > bounds.tokens:
            self.violations.append(
                f"tokens: {self.token_disagreement:.3%} differ (expected: at most {bounds.tokens:.1%})"
            )
        for name, bound in bounds.figures.items():
            worse = self.figures.get(name, {"worse": 0.0})["worse"]
            if not worse <= bound:
                self.violations.append(f"{name}: {worse:+.3%} worse (expected: at most {bound:+.2%})")


def compare_tensors(
    expected: Mapping[str, np.ndarray], actual: Mapping[str, np.ndarray], result: Comparison
) -> None:
    """Adds one batch's differences.

    Scores are compared where both runtimes have the same token.

    Raises:
        ContractError: a shape or a length differs.
    """
    for name, spec in OUTPUTS.items():
        one, other = expected[name], actual[name]
        if one.shape != other.shape or (name.endswith("lengths") and not np.array_equal(one, other)):
            what = f"{other.tolist()}" if one.shape == other.shape else f"shape {other.shape}"
            wanted = f"{one.tolist()}" if one.shape == other.shape else f"{one.shape}"
            raise ContractError(f"{result.runtime}: {name}: {what} (expected: {wanted})")
        valid = np.ones(one.shape[:2], bool)
        if spec.axes[1] in LENGTHS:
            valid = np.arange(one.shape[1]) < expected[LENGTHS[spec.axes[1]]]
        if name == "tokens":
            result.tokens_compared += int(((one != 0) | (other != 0))[valid].sum())
            result.tokens_different += int((one != other)[valid].sum())
        elif spec.type == "FP32":
            if name == "token_scores":
                valid &= expected["tokens"] == actual["tokens"]
            difference = np.abs(other.astype(np.float64) - one)[valid].max(initial=0.0)
            # Not max(): it would lose a NaN.
            result.differences[name] = float(np.maximum(result.differences.get(name, 0.0), difference))


def compare_figures(before: Mapping[str, float], after: Mapping[str, float], result: Comparison) -> None:
    """Adds figures of PyTorch and of the runtime, by how much each has become worse."""
    for name, value in before.items():
        worse = value - after[name] if name in MORE_IS_BETTER else after[name] - value
        result.figures[name] = {"reference": value, "candidate": after[name], "worse": worse}


def table(comparisons: Sequence[Comparison]) -> str:
    """The comparisons as text for a person."""
    lines = []
    for each in comparisons:
        bounds = BOUNDS[each.precision]
        lines += [f"{each.runtime} ({each.precision}) beside PyTorch, {each.batches} batches"]
        for name, value in each.differences.items():
            bound = bounds.differences.get(name)
            lines += [f"  {name:<16} {value:>10.2e}" + (f"  (at most {bound:g})" if bound else "")]
        share = f"{each.tokens_different} of {each.tokens_compared} tokens differ"
        lines += [
            f"  {'tokens':<16} {each.token_disagreement:>10.3%}  (at most {bounds.tokens:.1%}; {share})"
        ]
        for name, figure in each.figures.items():
            bound = bounds.figures.get(name)
            limit = f"  (at most {bound:+.2%})" if bound is not None else ""
            before, after = figure["reference"], figure["candidate"]
            lines += [f"  {name:<16} {figure['worse']:>+10.3%}  {before:.3%} -> {after:.3%}, worse by{limit}"]
        lines += [f"  OUT OF BOUNDS: {violation}" for violation in each.violations]
    return "\n".join(lines)
