"""The cohort of voiceprints that speaker scores are normalised with."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np

from mt2kd.contract import ContractError

#: Scores of a cohort vary by far more; less than this is one voice many times over.
SMALLEST_DEVIATION = 1e-3


@dataclass(frozen=True)
class Cohort:
    """Adaptive symmetric score normalisation, AS-norm (Matějka et al., Interspeech 2017, "AS-Norm 1").

    1. Each side of a comparison, a voiceprint of unit length, is compared with every voice of the cohort.
    2. Of these cosines the ``top_k`` largest are kept: the voices of the cohort nearest to that side. They
       have the mean μ and the standard deviation σ (of the population, at least SMALLEST_DEVIATION).
    3. The score s of enrolment e and test t, their cosine, becomes
       s' = ((s - μ_e) / σ_e + (s - μ_t) / σ_t) / 2:
       how far the two are nearer to each other than strangers like them are to either.

    A voice that resembles many, or a recording of a common channel, thus needs a higher cosine than others.

    Attributes:
        steps: int8 [speakers, E], each row the direction of a voice; its length says nothing.
        top_k: 2 to the number of speakers.
    """

    steps: np.ndarray
    top_k: int

    @classmethod
    def of(cls, voiceprints: np.ndarray, top_k: int) -> Cohort:
        """Stores voiceprints float [speakers, E]: the largest value of each becomes 127 steps."""
        largest = np.abs(voiceprints).max(axis=1, keepdims=True)
        return cls(np.rint(voiceprints / largest * 127).astype(np.int8), top_k)

    def voiceprints(self) -> np.ndarray:
        """float64 [speakers, E] of unit length."""
        rows = self.steps.astype(np.float64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def normalised(self, enrolments: np.ndarray, tests: np.ndarray) -> np.ndarray:
        """Scores [N] of pairs of voiceprints, both [N, E] of unit length."""
        cosines = (enrolments * tests).sum(axis=1)
        sides = []
        for side in (enrolments, tests):
            nearest = np.sort(side @ self.voiceprints().T, axis=1)[:, -self.top_k :]
            sides.append(
                (cosines - nearest.mean(axis=1)) / np.maximum(nearest.std(axis=1), SMALLEST_DEVIATION)
            )
        return (sides[0] + sides[1]) / 2

    def to_json(self) -> dict[str, Any]:
        """As the manifest holds it; ``voiceprints`` are the rows in their order, signed bytes in base64."""
        return {
            "speakers": len(self.steps),
            "top_k": self.top_k,
            "voiceprints": base64.b64encode(self.steps.tobytes()).decode("ascii"),
        }

    @classmethod
    def from_json(cls, value: Any, embedding_size: int) -> Cohort:
        """Reads and checks what ``to_json`` gave.

        Raises:
            ContractError: naming the field, its value and what was expected.
        """
        try:
            speakers, top_k = int(value["speakers"]), int(value["top_k"])
            data = base64.b64decode(value["voiceprints"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise ContractError(f"cohort: {error!r} (expected: speakers, top_k, voiceprints)") from error
        if not 2 <= top_k <= speakers:
            raise ContractError(f"cohort.top_k: {top_k} (expected: 2 to speakers, {speakers})")
        if len(data) != speakers * embedding_size:
            expected = f"{speakers} speakers of {embedding_size}"
            raise ContractError(f"cohort.voiceprints: {len(data)} bytes (expected: {expected})")
        steps = np.frombuffer(data, dtype=np.int8).reshape(speakers, embedding_size)
        empty = np.flatnonzero(~steps.any(axis=1))
        if len(empty):
            raise ContractError(f"cohort.voiceprints[{empty[0]}]: all 0 (expected: a direction)")
        return cls(steps, top_k)
