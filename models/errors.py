"""Errors of the network side, each saying what to do next.

ModelError
├── UnknownPreset     no network of that name
├── WeightsMissing    ImageNet weights neither at the given path nor to be downloaded
├── BundleError       a bundle is missing, damaged, or of another version
├── TrainingDataError the data cannot teach: one class only, overlapping groups, unreadable
├── TrainingDiverged  the loss is no number any more
└── RunMismatch       a run that was begun with other settings than it is now asked to go on with
"""


class ModelError(Exception):
    """The base of every error the network side raises on purpose; never holds patient data."""


class UnknownPreset(ModelError):
    """There is no preset of that name."""


class WeightsMissing(ModelError):
    """ImageNet weights are neither at the given path nor to be downloaded."""


class BundleError(ModelError):
    """A bundle is missing, damaged, or of another version."""


class TrainingDataError(ModelError):
    """The data cannot teach a network what it should learn."""


class TrainingDiverged(ModelError):
    """The loss of a training is no number any more."""


class RunMismatch(ModelError):
    """A training run was begun with other settings than it is now asked to go on with."""
