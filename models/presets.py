"""Presets: every network this product can build and train, as rows of a table. A preset is data; builders are code."""

from dataclasses import dataclass, field, replace

from models.augment import AugmentSettings
from models.errors import UnknownPreset
from models.preprocess import PreprocessSettings

SCANNER_AUGMENT = AugmentSettings(
    flip=True, rotation=20, zoom=0.2, shear=4, shift=0.06, gamma=0.5, edges=0.35, noise=0.25, clahe=0.15, coarse=0.2,
    erase=0.15,
)  # fmt: skip
"""Geometry, and above all tone and edges: what differs from scanner to scanner."""


CLOSE_UP_AUGMENT = replace(SCANNER_AUGMENT, rotation=30, zoom=0.25, shift=0.08, edges=0.4, erase=0.3, close_up=0.35)
"""The same, stronger, and with close-ups whose label follows the boxes that are left in view."""


OTHER_SCANNERS_AUGMENT = replace(CLOSE_UP_AUGMENT, edges=0.5, broadest=16, curve=0.8, coarse=0.35, coarsest=0.25)
"""Stronger still in what other hospitals do to a picture: broad edge enhancement, tone curves, few pixels."""


PLAIN_AUGMENT = AugmentSettings(flip=True, rotation=10, zoom=0.1, shift=0.05)
"""What plain fine-tuning gets: small changes of geometry only."""
EFFICIENTNET_FILES = ("efficientnetv2-b0_notop.weights.h5", "efficientnetv2-b0_notop.h5")


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one input side."""

    side: int
    """Input side in pixels: progressive resizing when a recipe has several."""
    epochs: int
    restart: float = 0.0
    """Begin a new round here: averaged weights, a fresh optimizer, this peak learning rate. 0 goes on as before."""
    augment: AugmentSettings | None = None
    """Instead of the recipe's, in this stage."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a preset is trained."""

    stages: tuple[Stage, ...]
    """In order; a learning rate schedule spans the stages up to the next restart."""
    batch: int = 32
    optimizer: str = "adam"
    """`adam` at a constant rate, or `adamw` with warm-up, cosine decay and averaged weights."""
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    average: float = 0.0
    """Momentum of the exponential moving average of the weights; 0 leaves it out."""
    mean_of_rounds: bool = False
    """End with the mean of the weights that the rounds ended with, instead of the last round's."""
    positive_repeat: int = 1
    """How often each fractured image is seen per epoch; calibration undoes the shift of the prior."""
    box_weight: float = 0.0
    """Weight of the loss that pulls the map towards the annotated boxes; 0 for a network without such a map."""
    augment: AugmentSettings = field(default_factory=AugmentSettings)

    @property
    def epochs(self) -> int:
        """Epochs over all stages."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def last_round(self) -> tuple[Stage, ...]:
        """The stages from the last restart on: what a run does that starts with a trained network."""
        begins = [number for number, stage in enumerate(self.stages) if stage.restart]
        return self.stages[begins[-1] if begins else 0 :]


@dataclass(frozen=True, slots=True)
class Preset:
    """One network: how its input is made, which builder makes it, how it is trained, where it comes from."""

    name: str
    builder: str
    """Key of `models.architectures.BUILDERS`."""
    preprocess: PreprocessSettings
    recipe: Recipe
    source: str
    licence: str = "Apache-2.0"
    channels: int = 1
    """1 grey; 3 the grey value repeated, where the source network takes colour."""
    pretrained: bool = False
    """Starts from ImageNet weights, and is refused without them."""
    backbone_files: tuple[str, ...] = ()
    """Names its ImageNet weights may have in a folder of weights: rebuilt copies, and Keras' official file."""


def _plain(size: int, *, clahe: float = 0.0) -> PreprocessSettings:
    return PreprocessSettings(size=size, clahe_clip=clahe)


_ROWS = (
    Preset(
        name="seed_a",
        builder="seed_a",
        preprocess=_plain(128),
        recipe=Recipe(stages=(Stage(128, 15),), augment=AugmentSettings(flip=True, rotation=15, zoom=0.1)),
        source="seed-a: grey input, conv 32/64/128 with max pooling, flatten, dense, sigmoid "
        "(input side not stated: 128)",
    ),
    Preset(
        name="seed_b",
        builder="seed_b",
        preprocess=_plain(128),
        recipe=Recipe(stages=(Stage(128, 11),), augment=AugmentSettings(flip=True, rotation=10)),
        source="seed-b: four conv layers, batch normalisation, max pooling, global average pooling, dense with "
        "dropout, sigmoid (filters and input side not stated: 32/64/128/256 at 128)",
    ),
    Preset(
        name="seed_c",
        builder="seed_c",
        preprocess=_plain(150),
        recipe=Recipe(stages=(Stage(150, 15),), augment=AugmentSettings(flip=True, zoom=0.2, shear=11.5)),
        source="seed-c: 150x150x3, conv 32 3x3, pool, flatten, dense 128, sigmoid; Adam, batch 32, 15 epochs; "
        "shear 0.2 rad, zoom 0.2, flip",
        channels=3,
    ),
    Preset(
        name="seed_d",
        builder="seed_d",
        preprocess=_plain(150),
        recipe=Recipe(stages=(Stage(150, 15),), augment=AugmentSettings(flip=True, rotation=10, zoom=0.1)),
        source="seed-d: a small CNN on fractured / non-fractured folders "
        "(layers not stated: conv 32/64/128, dense 128)",
        channels=3,
    ),
    Preset(
        name="seed_e",
        builder="seed_e",
        preprocess=_plain(224, clahe=2.0),
        recipe=Recipe(stages=(Stage(224, 10),), augment=AugmentSettings(flip=True, rotation=10)),
        source="seed-e: softmax head over two classes, image enhancement (CLAHE here) before the network, Grad-CAM",
    ),
    Preset(
        name="efficientnetv2_b0",
        builder="efficientnetv2_b0",
        preprocess=_plain(512),
        recipe=Recipe(
            stages=(
                Stage(256, 5),
                Stage(384, 7),
                Stage(512, 5, restart=2e-4, augment=CLOSE_UP_AUGMENT),
                Stage(512, 4, restart=2e-4, augment=OTHER_SCANNERS_AUGMENT),
            ),
            batch=16,
            optimizer="adamw",
            learning_rate=3e-4,
            weight_decay=0.02,
            average=0.995,
            mean_of_rounds=True,
            positive_repeat=2,
            box_weight=0.3,
            augment=SCANNER_AUGMENT,
        ),
        source="EfficientNetV2-B0 (Tan & Le 2021) with a feature pyramid (Lin 2017) and a map trained on boxes with "
        "the focal loss of CenterNet (Zhou 2019)",
        pretrained=True,
        backbone_files=EFFICIENTNET_FILES,
    ),
    Preset(
        name="efficientnetv2_b0_plain",
        builder="efficientnetv2_b0_plain",
        preprocess=_plain(224),
        recipe=Recipe(
            stages=(Stage(224, 4),), optimizer="adamw", learning_rate=3e-4, weight_decay=0.02, augment=PLAIN_AUGMENT
        ),
        source="EfficientNetV2-B0 (Tan & Le 2021), global average pooling, dense, sigmoid: plain fine-tuning",
        channels=3,
        pretrained=True,
        backbone_files=EFFICIENTNET_FILES,
    ),
    Preset(
        name="mobilenet_v2",
        builder="mobilenet_v2",
        preprocess=_plain(224),
        recipe=Recipe(stages=(Stage(224, 15),), augment=PLAIN_AUGMENT),
        source="MobileNetV2 (Sandler 2018), frozen: only the dense head on its pooled features learns",
        channels=3,
        pretrained=True,
        backbone_files=(
            "mobilenet_v2_1.0_notop_bnfolded.weights.h5",
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        ),
    ),
    Preset(
        name="vgg16",
        builder="vgg16",
        preprocess=_plain(64),
        recipe=Recipe(stages=(Stage(64, 5),), learning_rate=1e-4, augment=PLAIN_AUGMENT),
        source="VGG16 (Simonyan 2015), global average pooling, dense, sigmoid; without weights from scratch",
        channels=3,
        backbone_files=("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",),
    ),
    Preset(
        name="resnet50",
        builder="resnet50",
        preprocess=_plain(96),
        recipe=Recipe(stages=(Stage(96, 4),), learning_rate=3e-4, augment=PLAIN_AUGMENT),
        source="ResNet50 (He 2016), global average pooling, dense, sigmoid; without weights from scratch",
        channels=3,
        backbone_files=("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",),
    ),
)

COMPARISON = (
    "seed_a", "seed_b", "seed_c", "seed_d", "seed_e", "vgg16", "resnet50", "mobilenet_v2", "efficientnetv2_b0_plain",
)  # fmt: skip
"""What `make seeds` trains, in this order. One budget for all: 15 epochs (seed-c's), or fewer where those would take
longer than about five minutes of two quiet cores; then the epochs those minutes hold."""

PRESETS: dict[str, Preset] = {row.name: row for row in _ROWS}


def find(name: str) -> Preset:
    """The preset of that name; UnknownPreset lists the names there are."""
    if name not in PRESETS:
        raise UnknownPreset(f"there is no preset {name!r}; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
