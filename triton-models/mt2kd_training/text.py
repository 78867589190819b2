"""Text to token ids and back. The piece list is all there is: pieces are matched longest first."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from mt2kd_training.recordings import CORE_WORDS, Recordings

WORD_START = "▁"


class Tokenizer:
    """Pieces by id; id 0 is the blank, '▁' starts a word."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = list(pieces)
        self._ids = {piece: i for i, piece in enumerate(pieces) if i > 0}
        self._longest = max(map(len, self._ids))

    def encode(self, text: str) -> list[int]:
        """Ids of normalised text; every character of ``a-z'`` is a piece, so nothing is unknown."""
        marked = "".join(WORD_START + word for word in normalise(text).split())
        ids, start = [], 0
        while start < len(marked):
            for end in range(min(len(marked), start + self._longest), start, -1):
                if marked[start:end] in self._ids:
                    ids.append(self._ids[marked[start:end]])
                    start = end
                    break
            else:
                raise ValueError(f"text: no piece for {marked[start]!r} in {text!r}")
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; zeros are skipped."""
        return "".join(self.pieces[i] for i in ids if i > 0).replace(WORD_START, " ").strip()

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Reads one piece a line, the blank first."""
        return cls(path.read_text(encoding="utf8").splitlines())


def normalise(text: str) -> str:
    """Lower case, only letters and apostrophes, single spaces."""
    return " ".join(re.sub("[^a-z' ]", " ", text.lower()).split())


def training_texts(recordings: Recordings) -> dict[str, str]:
    """Clip id → normalised text, gold or by the teacher recogniser, of every training clip that has one."""
    texts = {row["id"]: row["text"] for row in recordings.table("pseudo_text.tsv")}
    texts |= {clip.id: clip.text for clip in recordings.clips.values() if clip.text}
    train = {i: normalise(text) for i, text in texts.items() if recordings.clips[i].split == "train"}
    return {i: text for i, text in train.items() if text}


def training_pieces(recordings: Recordings, path: Path, size: int = 192) -> list[str]:
    """The pieces of a file, learnt from the training texts and written on the first call."""
    if not path.exists():
        pieces = learn_pieces(list(training_texts(recordings).values()), size)
        path.write_text("\n".join(pieces) + "\n", encoding="utf8")
    return path.read_text(encoding="utf8").splitlines()


def learn_pieces(texts: Sequence[str], size: int, core_repeats: int = 3000) -> list[str]:
    """Byte-pair pieces of the texts, core words so frequent that each becomes a single piece."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*texts, *CORE_WORDS * core_repeats]),
        model_writer=model,
        vocab_size=size,
        model_type="bpe",
        character_coverage=1.0,
        bos_id=-1,
        eos_id=-1,
        required_chars="abcdefghijklmnopqrstuvwxyz'",
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [processor.id_to_piece(i) for i in range(processor.vocab_size()) if not processor.is_unknown(i)]
    return ["<blk>", *pieces]
