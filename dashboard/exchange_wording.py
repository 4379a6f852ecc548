"""Exchange wording: what stands on the pages by which images come in and cases leave."""

UPLOAD_HINT = (
    "DICOM (CR, DX, RG, secondary captures of them), PNG, JPEG, TIFF and BMP; file names and endings do not matter. "
    "An image that is already here is recognised and keeps its reviews."
)
UPLOAD_TOO_MUCH = (
    "These files are {size:.1f} GiB together; at most {most:.1f} GiB go in at once. Choose fewer, or have the person "
    "who runs Lucency take in their folder on the server: `.venv/bin/python -m core import FOLDER`."
)
UPLOAD_LEAVE = "You may leave this page: the work goes on, and images appear in the worklist as they are read."
UPLOAD_RUNS = "Not taken in: another import of yours is still running. Add the files again when it is done."
STAGES = {"": "Starting …", "import": "Taking in", "analyse": "The AI is looking at"}
EXPORT_FIRST = "The first {shown} cases are shown; the file holds all of them."
EXPORT_EMPTY = "No case matches. Flag cases while reading, or switch “Flagged only” off."
DISAGREEMENTS_HELP = (
    "Cases in which the reader says fracture and the AI none, or the reverse. A doubt of the AI, and a verdict that is "
    "neither yes nor no, contradict nothing."
)
IDENTIFIERS_HELP = "Adds name, patient ID, birth date, accession number, study dates and study UID."
IDENTIFIERS_WARNING = (
    "**The file will name patients.** Keep it where patient data may be kept. The download is recorded under your name."
)
EXPORT_FOR_TRAINING = (
    "To train a network on decided cases, run `.venv/bin/python -m core export --training DIR` on the server: it "
    "writes their pictures, and what readers said and marked."
)
IDENTIFIERS_NOT_SHOWN = "Identifiers are only in the downloaded file, not in this preview."
