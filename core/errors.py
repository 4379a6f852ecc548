"""Errors: every way a request can fail, each saying what to do next. A message never holds patient data.

LucencyError
├── IntakeError                 a file could not be taken in; nothing already stored is touched
│   ├── UnknownFormat           not DICOM and not an image format we read
│   ├── WrongModality           a DICOM image that is no radiograph (CT, MR, US …)
│   ├── NoPixels                a DICOM object without an image (SR, PDF, RT, DICOMDIR …)
│   ├── CorruptFile             damaged, or a header that contradicts itself
│   ├── UnsupportedEncoding     a compression or pixel layout that is not supported
│   ├── TooLarge                beyond a limit in the settings (bytes, pixels, members, ratio)
│   ├── UnsafeFile              a path that leaves its folder, an executable in the preamble
│   ├── DecodingStopped         took longer, or more memory, than the settings allow
│   ├── DecoderUnavailable      the decoding worker could not be started; nothing is known of the file
│   ├── InstanceConflict        another image under a SOP Instance UID that is stored
│   └── PatientConflict         another patient under a Study Instance UID that is stored
├── StoreError                  the database or the image files
│   ├── NotFound                nothing stored under that key
│   ├── BlobDamaged             stored bytes no longer match their sha256
│   ├── StoreUnavailable        cannot be opened, locked, or from a newer version
│   └── RuleBroken              a row that the database's own rules refuse
├── InvalidSettings             a LUCENCY_* variable that is missing or makes no sense
├── ProviderUnavailable         the hospital's sign-in does not answer; passwords still open
├── BundleUnavailable           the network's bundle is missing or cannot be loaded; everything else still works
├── NetworkFailed               the network failed on one image, though it answers for others
└── RequestError                the request itself
    ├── UnusableTrainingData    labelled images that cannot teach or measure a network
    ├── NotAllowed              the account's roles do not carry the right this needs
    ├── NotYet                  what is shown only after one's own verdict
    ├── SignInRefused           name and password do not fit, or the account is closed
    │   ├── AccountLocked       too many wrong passwords; it opens again by itself
    │   └── IdentityRefused     what the hospital's sign-in says cannot be trusted, or opens nothing here
    ├── InvalidAccount          a name or password that does not meet the rules, or the last admin's end
    ├── InvalidVerdict          a verdict that contradicts itself
    └── VerdictStands           a verdict that cannot be taken back, or no longer
"""

import traceback

FRAMES = 6
"""Most lines of code a place names."""


def place(error: BaseException) -> str:
    """The lines of code an error went through, the last first: its own text may hold patient data, these do not."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return " < ".join(
        f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})" for frame in reversed(frames)
    )


class LucencyError(Exception):
    """The base of every error this product raises on purpose.

    `str(error)` is one or two sentences: what is wrong, then what to do. It never holds patient data.
    """


class IntakeError(LucencyError):
    """A file could not be taken in as a radiograph."""


class UnknownFormat(IntakeError):
    """Neither DICOM nor an image format that is read here."""


class WrongModality(IntakeError):
    """A DICOM image of another modality than projection radiography."""


class NoPixels(IntakeError):
    """A DICOM object that carries no image."""


class CorruptFile(IntakeError):
    """A damaged file, or one whose header contradicts itself."""


class UnsupportedEncoding(IntakeError):
    """A transfer syntax or pixel layout that is not supported."""


class TooLarge(IntakeError):
    """Beyond one of the limits in the settings; measured before decoding."""


class UnsafeFile(IntakeError):
    """A file built to reach outside its folder or to be run as a program."""


class DecodingStopped(IntakeError):
    """The decoding worker was stopped: out of time or memory."""


class DecoderUnavailable(IntakeError):
    """The decoding worker could not be started, so the file was not looked at."""


class InstanceConflict(IntakeError):
    """Another image is stored under the same SOP Instance UID."""


class PatientConflict(IntakeError):
    """The stored study of the same Study Instance UID belongs to another patient."""


class StoreError(LucencyError):
    """The database or the stored image files."""


class NotFound(StoreError):
    """Nothing is stored under that key."""


class BlobDamaged(StoreError):
    """Stored bytes no longer match the sha256 they are filed under."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, is locked, or was written by a newer version."""


class RuleBroken(StoreError):
    """A row that contradicts a rule of the database. Nothing of the request was stored."""


class InvalidSettings(LucencyError):
    """Settings that are missing or contradict each other. Named by their variables, without their values."""


class ProviderUnavailable(LucencyError):
    """The hospital's OpenID provider does not answer, or not as one."""


class BundleUnavailable(LucencyError):
    """The bundle that reads the images is missing, damaged or from another version."""


class NetworkFailed(LucencyError):
    """The network failed on this image alone, twice, while it answers for others."""


class RequestError(LucencyError):
    """The request itself cannot be carried out as given."""


class UnusableTrainingData(RequestError):
    """Labelled images that cannot teach or measure a network: no known layout, unreadable, one class only."""


class NotAllowed(RequestError):
    """The roles of whoever asks do not carry the right that this needs."""


class NotYet(RequestError):
    """Something that a reader is shown once she has signed her own verdict."""


class SignInRefused(RequestError):
    """Name and password do not fit together, or the account is closed. It is not told which."""


class AccountLocked(SignInRefused):
    """Too many wrong passwords in a row: the account is locked for a while."""


class IdentityRefused(SignInRefused):
    """The OpenID provider's answer cannot be trusted, or the person it names has no role here."""


class InvalidAccount(RequestError):
    """A name or password that does not meet the rules, or a change that would leave no admin."""


class InvalidVerdict(RequestError):
    """A verdict that contradicts itself."""


class VerdictStands(RequestError):
    """A verdict that cannot be taken back, or no longer: not her last one, too old, or a colleague went on from it."""
