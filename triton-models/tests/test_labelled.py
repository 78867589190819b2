"""Which labels are known where not all are."""

from __future__ import annotations

import pytest

from mt2kd.clips import data_folder
from mt2kd_training.labelled import labelled_clips
from mt2kd_training.recordings import Recordings
from mt2kd_training.sounds import SOURCES, dev_sounds, labels_of, training_sounds


@pytest.fixture(scope="module")
def recordings(request) -> Recordings:
    if data_folder() is None:
        request.getfixturevalue("real_clips")  # skips aloud
    return Recordings(data_folder())


def test_a_smaller_share_is_part_of_a_larger_one_and_all_of_it_is_for_training(recordings):
    tenth, fifth, everything = (labelled_clips(recordings, share) for share in (0.1, 0.2, 1.0))
    assert tenth < fifth < everything
    assert {recordings.clips[clip].split for clip in everything} == {"train"}
    assert not everything & dev_sounds(recordings)
    trained = {clip.id for clip in recordings.clips.values() if clip.split == "train"}
    assert everything == trained - dev_sounds(recordings)


def test_every_class_of_sounds_and_every_corpus_keeps_its_share(recordings):
    tenth = labelled_clips(recordings, 0.1)
    of_class = {}
    for clip in training_sounds(recordings):
        of_class.setdefault(labels_of(clip)[-1], []).append(clip.id in tenth)
    assert min(sum(known) for known in of_class.values()) >= 1
    assert 0.08 < sum(map(sum, of_class.values())) / sum(map(len, of_class.values())) < 0.2
    trained = [c for c in recordings.clips.values() if c.split == "train"]
    speakers = {clip.speaker for clip in trained if clip.source not in SOURCES}
    known = {recordings.clips[clip].speaker for clip in tenth}
    assert 0.08 < len(known - {""}) / len(speakers - {""}) < 0.12


def test_a_speaker_is_known_with_all_recordings_or_with_none(recordings):
    tenth = labelled_clips(recordings, 0.1)
    for source in ("speech-commands", "librispeech"):
        clips = [c for c in recordings.clips.values() if c.split == "train" and c.source == source]
        known = {clip.speaker for clip in clips if clip.id in tenth}
        assert {clip.id for clip in clips if clip.speaker in known} == {c.id for c in clips if c.id in tenth}


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_out_of_range_is_refused(recordings, share):
    with pytest.raises(ValueError, match=r"label_share: .* \(expected: above 0, at most 1\)"):
        labelled_clips(recordings, share)
