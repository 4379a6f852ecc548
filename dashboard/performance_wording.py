"""Performance wording: what the Performance screen says, in a clinician's words."""

SPLITS = {"test": "Test images", "val": "Images used for tuning", "train": "Images it learned from"}
SPLIT_HELP = "Only test images tell what to expect: the network and its thresholds never met them before."
NOT_TEST = "These images were used while the network was made. Expect less than what stands here."
IN_USE = "{bundle} (in use)"
NOT_MEASURED = (
    "Nothing was recorded for this network. The person who runs Lucency records it with this command, on the labelled "
    "images it was made with; those of test it never saw:"
)
COMMAND = "LUCENCY_BUNDLE={folder} .venv/bin/python -m core evaluate --data DIR --split test --record"
NO_BUNDLE = "No network is there to tell about."

POINTS = {"doubt": "Doubtful or suspected", "fracture": "Suspected only"}
POINTS_HELP = {
    "doubt": "Counts both *doubtful* and *fracture suspected* as positive: the sensitive reading.",
    "fracture": "Counts only *fracture suspected* as positive: the specific reading.",
}
SHORT_POINTS = {"doubt": "from doubtful", "fracture": "if suspected"}
TABS = ("At a glance", "Curves", "By kind of image", "Heat map", "Mistakes")
HEADLINE = (
    "Measured on **{images:,} images, {fractured:,} of them fractured**. Brackets are 95% intervals: what a sample of "
    "this size leaves open."
)
OUTSIDE = (
    "{outside} of these images were turned away as outside of the intended use; they are counted here all the same."
)
METRICS = {
    "auroc": ("AUROC", "Chance that a fractured image gets a higher score than a healthy one. 0.5 is guessing."),
    "average_precision": ("Average precision", "Mean positive predictive value over all sensitivities."),
    "ece": ("Calibration error", "How far a stated probability lies from the observed share, on average."),
}
PREVALENCE = "Fractures among the images you read"
NATURAL = "In **1,000 images with {fractures} fractures**, by the answer you act on:"
NATURAL_COLUMNS = (
    "You act on",
    "Fractures found",
    "Fractures missed",
    "False alarms",
    "Rightly cleared",
    "A positive is right (PPV)",
    "A negative is right (NPV)",
)
NATURAL_NOTE = (
    "Sensitivity and specificity are taken from the measured images. The rarer fractures are, the more positives are "
    "false alarms."
)
FIGURES = "Every figure"

ROC = "Sensitivity against false alarms (ROC)"
ROC_NOTE = (
    "Area under the curve {auroc}. At the two marked points the answer changes; an image outside of the intended use "
    "is answered doubt, whatever the network says."
)
PRECISION_RECALL = "Right positives against sensitivity"
PRECISION_RECALL_NOTE = "Average precision {value} where {share:.0%} of the images are fractured, as here."
RELIABILITY = "Does a stated 70% mean 70%?"
RELIABILITY_NOTE = "On the dashed diagonal, stated probability and observed share agree. Calibration error {ece}."
BENEFIT = "Is it worth acting on?"
BENEFIT_NOTE = (
    "Net benefit: fractures found less false alarms, weighed by how many false alarms you accept for one fracture. The "
    "network helps wherever its line is the highest."
)
NUMBERS = "The numbers"
NETWORK, CHANCE, IDEAL = "Network", "Guessing", "Perfect agreement"
ACT_NETWORK, ACT_ALL, ACT_NONE = "Act on the network", "Act on every image", "Act on none"
AXES = {
    "false_alarms": "False alarms among healthy images (1 - specificity)",
    "sensitivity": "Fractures found (sensitivity)",
    "right": "Positives that are right (PPV)",
    "stated": "Stated probability",
    "observed": "Observed share of fractures",
    "threshold": "Probability from which you would act",
    "benefit": "Net benefit",
    "auroc": "AUROC",
}

TRAITS = {"region": "Body region", "view": "View", "hardware": "Hardware", "size": "Image size"}
VALUES = {
    "hardware": {"yes": "with hardware", "no": "without hardware"},
    "size": {"small": "up to 600 pixels", "large": "above 600 pixels"},
}
"""Values of a trait that need more words than the labels give them."""
TOO_FEW = "too few"
GROUPS_NOTE = (
    "*Too few*: fewer than ten images of the kind that figure needs. With this many rows, some differ by chance; look "
    "at the intervals before you trust a difference."
)
GROUP_COLUMNS = ("", "Group", "Images", "Fractured", "AUROC")
GROUPS_MISSING = "The labels of these images do not tell body region, view or hardware."

PARTS = {
    "all": "All",
    "small": "Small",
    "medium": "Medium",
    "large": "Large",
    "doubt": "Answer doubt",
    "fracture": "Answer fracture",
}
WAYS = {"linear": "This network's map", "gradient": "Grad-CAM by gradient"}
SCORES = {
    "peak_in_box": "Hottest place inside the fracture",
    "peak_near_box": "… inside it or near it",
    "overlap_0.1": "A marked region touches it (overlap from 10%)",
    "overlap_0.3": "A marked region fits it (overlap from 30%)",
    "energy_in_box": "Share of the heat inside it",
    "regions": "Marked regions per image",
}
COUNTS = {"regions"}
"""Scores that are numbers, not shares."""
HEAT_INTRO = (
    "On {count} fractures that the network found, its heat map is compared with the boxes that radiologists drew."
)
HEAT_BESIDE = "Beside it stands the usual gradient-based Grad-CAM of the same network."
HEAT_MISSING = "These images carry no annotated boxes, so nothing can be said of the heat map."
HEAT_NOTE = (
    "Small, medium and large are thirds of the annotated fractures. Near: within a tenth of the image's longer side. "
    "Found: answered doubt or fracture. The map shows where a fracture is most likely, not its outline."
)
SANITY = "Does the map depend on what was learned?"
SANITY_NOTE = (
    "When the network's layers are shuffled from the last to the first, the map stops resembling itself (1: the same, "
    "0: unrelated). A map that stayed the same would only show edges of the image."
)
SANITY_COLUMNS = ("Layers shuffled", "Resemblance to the true map")

FAILED = {"missed": "Missed fractures", "false_alarms": "False alarms"}
FAILED_TOLD = {
    "missed": "The answer was *no fracture seen* on **{count} of {of}** fractured images.",
    "false_alarms": "The answer was *fracture suspected* on **{count} of {of}** healthy images.",
}
FAILED_COLUMNS = ("", "Group", "Wrong", "Of", "Share")
FEWEST = 10
"""Images below which a share is not told."""
FAILED_NOTE = (
    "Every wrong image, with its boxes and heat map, stands in the report that `core evaluate --report` writes. The "
    "labels are a consensus of readers on the image alone; some of these “mistakes” may be theirs."
)


def percent(value: float) -> str:
    """`93%`: no more than the interval grants; `>99%` and `<1%` at the ends, but for the ends themselves."""
    if 0 < value < 0.01:
        return "<1%"
    return ">99%" if 0.99 < value < 1 else f"{value:.0%}"


def share(figure: "list[float] | tuple[float, ...] | None") -> str:
    """`93% [88, 97]`."""
    if figure is None:
        return TOO_FEW
    return f"{percent(figure[0])} [{100 * figure[1]:.0f}, {100 * figure[2]:.0f}]"


def number(figure: "list[float] | tuple[float, ...] | None", digits: int = 3) -> str:
    """`0.935 [0.907, 0.960]`."""
    if figure is None:
        return TOO_FEW
    return f"{figure[0]:.{digits}f} [{figure[1]:.{digits}f}, {figure[2]:.{digits}f}]"
