"""Performance wording: what the Performance screen says, in a clinician's words.

What the figures, groups and scores are called stands in `models.evidence_words`, where the card and the report take
it from, too.
"""

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

POINTS_HELP = {
    "doubt": "Counts both *doubtful* and *fracture suspected* as positive: the sensitive reading.",
    "fracture": "Counts only *fracture suspected* as positive: the specific reading.",
}
TABS = ("At a glance", "Curves", "By kind of image", "Heat map", "Mistakes")
HEADLINE = (
    "Measured on **{images:,} images, {fractured:,} of them fractured**. Brackets are 95% intervals: what a sample of "
    "this size leaves open."
)
OUTSIDE = (
    "{outside} of these images were turned away as outside of the intended use; they are counted here all the same."
)
METRICS = {
    "auroc": "Chance that a fractured image gets a higher score than a healthy one. 0.5 is guessing.",
    "average_precision": "Mean positive predictive value over all sensitivities.",
    "ece": "How far a stated probability lies from the observed share, on average.",
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
RELIABILITY_NOTE = (
    "On the dashed diagonal, stated probability and observed share agree. Expected calibration error {ece}."
)
BENEFIT = "Is it worth acting on?"
NUMBERS = "The numbers"
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

GROUPS_MISSING = "The labels of these images do not tell body region, view or hardware."

HEAT_INTRO = (
    "On {count} fractures that the network found, its heat map is compared with the boxes that radiologists drew."
)
HEAT_BESIDE = "Beside it stands the usual gradient-based Grad-CAM of the same network."
HEAT_MISSING = "These images carry no annotated boxes, so nothing can be said of the heat map."
SANITY = "Does the map depend on what was learned?"
FAILED_NOTE = (
    "Every wrong image, with its boxes and heat map, stands in the report that `core evaluate --report` writes. The "
    "labels are a consensus of readers on the image alone; some of these “mistakes” may be theirs."
)
