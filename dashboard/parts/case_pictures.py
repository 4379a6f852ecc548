"""Case pictures: the images of a case as the viewer takes them: ticket, labels, the AI's regions, key images."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.records import Answer, Case, Finding, Image, KeyImage
from dashboard import reading_wording, wording
from dashboard.parts.viewer import ViewerImage
from dashboard.tickets import tickets


def case_pictures(case: Case, *, reader: str, revealed: bool, others: bool) -> list[ViewerImage]:
    """The case's images for this reader: with what the AI says once it is revealed, and others' key images or not."""
    findings = {finding.image_key: finding for finding in case.findings} if revealed else {}
    label = wording.SYNTHETIC.words if case.study.synthetic else ""
    images = [picture(image, findings.get(image.key), reader=reader, label=label) for image in case.images]
    return starred(images, case.key_images, reader=reader, others=others)


def prior_pictures(case: Case, *, reader: str) -> list[ViewerImage]:
    """The prior's images, as they came: what the AI said of them stays where they were read."""
    label = wording.PRIOR.format(day=wording.day(case.study.study_date))
    images = [picture(image, reader=reader, label=label) for image in case.images]
    return starred(images, case.key_images, reader=reader, others=True)


def picture(image: Image, finding: Finding | None = None, *, reader: str, label: str = "") -> ViewerImage:
    """One image for this reader; a finding outside of the intended use shows nothing on it."""
    finding = None if finding and finding.outside else finding
    return ViewerImage(
        image_key=image.key,
        ticket=tickets().issue(image.key, reader, heat=finding is not None),
        rows=image.rows,
        columns=image.columns,
        pixel_spacing=image.pixel_spacing,
        spacing_source=image.spacing_source,
        pixel_aspect=image.pixel_aspect,
        laterality=image.laterality,
        view_position=image.view_position,
        body_part=image.body_part,
        label=label,
        warnings=image.warnings,
        has_heat=finding is not None,
        regions=finding.regions if finding else (),
        doubtful=finding is not None and finding.answer is Answer.DOUBT,
    )


def starred(
    images: Iterable[ViewerImage], key_images: Sequence[KeyImage], *, reader: str, others: bool
) -> list[ViewerImage]:
    """The pictures with their key images told: her own, and those of `others` by name if she may know of them."""
    return [_starred(image, _names(key_images, image.image_key), reader, others=others) for image in images]


def _names(key_images: Sequence[KeyImage], image_key: int) -> list[str]:
    return [each.reader for each in key_images if each.image_key == image_key]


def _starred(image: ViewerImage, names: list[str], reader: str, *, others: bool) -> ViewerImage:
    hers = reader in names
    colleagues = [name for name in names if name != reader] if others else []
    return replace(image, chosen=hers, key_image=reading_wording.key_image(hers=hers, colleagues=colleagues))
