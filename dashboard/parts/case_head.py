"""Case head: who and what is on the screen, in one line."""

from datetime import date

from streamlit.delta_generator import DeltaGenerator

from core.records import Case, Study
from dashboard import wording
from dashboard.parts.reads import escape


def case_head(place: DeltaGenerator, case: Case) -> None:
    """Draw the line: body part and side first, then the patient, then the examination."""
    study = case.study
    place.markdown(f"##### {escape(examined(case))}", width="content")
    place.markdown(escape(" · ".join(person(study))), width="content")
    place.caption(escape(" · ".join(examination(study))), width="content")
    if study.synthetic:
        place.badge(wording.SYNTHETIC.words, icon=":material/science:", color="gray")


def examined(case: Case) -> str:
    """Body part and side, e.g. `Wrist, left`."""
    part = case.study.body_part or next((image.body_part for image in case.images if image.body_part), "")
    sides = sorted(
        {wording.LATERALITIES[i.laterality].lower() for i in case.images if i.laterality in wording.LATERALITIES}
    )
    return ", ".join([part.capitalize() or "Body part not given", *sides])


def person(study: Study) -> list[str]:
    """Name, number, sex and age, as far as the file gives them."""
    age = years(study.patient_birth_date, study.study_date.date() if study.study_date else None)
    known = (
        wording.person_name(study.patient_name),
        number(study),
        study.patient_sex,
        f"{age} y" if age is not None else "",
    )
    return [text for text in known if text] or ["No patient data in the file"]


def number(study: Study) -> str:
    """The patient's number, and who gave it out where the file says so."""
    return f"{study.patient_id} ({study.issuer})" if study.patient_id and study.issuer else study.patient_id


def examination(study: Study) -> list[str]:
    """Day, accession number and description, as far as the file gives them."""
    day = wording.day(study.study_date) if study.study_date else ""
    known = (f"Case {study.key}", day, study.accession_number, study.description)
    return [text for text in known if text]


def years(born: date | None, on: date | None) -> int | None:
    """Completed years of age on a day."""
    if born is None or on is None or on < born:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
