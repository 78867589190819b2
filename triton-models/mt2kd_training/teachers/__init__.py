"""The networks whose answers the student learns: what each says about an utterance of the pool."""

from mt2kd_training.teachers.catalogue import NAMES, load_teacher
from mt2kd_training.teachers.teacher import Kind, Teacher

__all__ = ["NAMES", "Kind", "Teacher", "load_teacher"]
