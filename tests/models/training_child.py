"""A training run in a process of its own, to be killed: `python -m tests.models.training_child RUN_DIR`."""

import sys
from dataclasses import replace
from pathlib import Path

from models.augment import AugmentSettings
from models.preprocess import PreprocessSettings
from models.presets import Recipe, Stage, find
from models.train import TrainOptions, train
from tests.models.bones import drawn_bones

SMALL = replace(
    find("seed_e"),
    preprocess=PreprocessSettings(size=64),
    recipe=Recipe(stages=(Stage(64, 25),), batch=12, augment=AugmentSettings(flip=True), mean_of_rounds=True),
)
STAGES = (Stage(64, 4), Stage(64, 3, restart=5e-4))
KILLED = replace(
    find("seed_d"),
    preprocess=PreprocessSettings(size=64),
    recipe=replace(
        SMALL.recipe, optimizer="adamw", learning_rate=1e-3, weight_decay=0.02, average=0.9, positive_repeat=2
    ),
)
"""Everything the shipped recipe carries from one epoch to the next, schedule, moments, averaged weights and rounds; and
dropout, whose state no checkpoint holds."""

if __name__ == "__main__":
    train(KILLED, drawn_bones(), drawn_bones(), TrainOptions(Path(sys.argv[1]), stages=STAGES))
