"""Students: list, look up."""

from __future__ import annotations

from fastapi import APIRouter

from placeops_api.openapi import errors
from placeops_api.params import Caller, College, Cursor, Limit, RollNo, Word
from tasks.services import students
from tasks.services.paging import Page
from tasks.services.students import Student

router = APIRouter(prefix="/students", tags=["students"])


@router.get("", summary="Students, in the order they came in", responses=errors("not-found"))
def list_students(
    caller: Caller, college: College = None, branch: Word = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Student]:
    return students.list_students(caller, college=college, branch=branch, limit=limit, cursor=cursor)


# A roll number may hold slashes, so it travels as a parameter rather than in the path.
@router.get("/lookup", summary="The student with a roll number", responses=errors("not-found", "ambiguous"))
def show_student(caller: Caller, roll_no: RollNo, college: College = None) -> Student:
    return students.show_student(caller, roll_no, college)
