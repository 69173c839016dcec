"""What the sender's export says of a form: all that the clinic got."""

from dataclasses import fields

from bot.cases.patient_context import PatientContext
from bot.clinic.export import say_stated
from bot.clinic.facts import Details


def test_every_answer_about_the_patient_is_in_it() -> None:
    said = {each.name: each.name for each in fields(PatientContext) if each.name != "risks"}
    form = Details(token="t", case_number="N-AAAAAA", **said, risks=("sunburns", "family"), phone="7946")
    stated = say_stated(form)
    assert stated == {**said, "risks": "sunburns, family", "phone": "7946"}


def test_a_patient_without_risks_is_not_one_that_nothing_is_said_of() -> None:
    empty = Details(token="t", case_number="N-AAAAAA")
    assert say_stated(empty) == {}
    assert say_stated(Details(token="t", case_number="N-AAAAAA", risks=())) == {"risks": "none"}


def test_the_file_of_the_locator_photo_is_in_it() -> None:
    form = Details(token="t", case_number="N-AAAAAA", locator=["file7", 5, False, "u"])
    assert say_stated(form) == {"locator_photo": "file7"}
