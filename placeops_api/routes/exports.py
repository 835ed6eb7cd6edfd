"""Exports: ask for a drive's list as a file, follow it, download it."""

from __future__ import annotations

import os

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from placeops_api.bodies import ExportBody
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, DriveFilter, Id, Limit, Ref
from tasks.services import exports
from tasks.services.exports import MEDIA_TYPES, Export, ExportRequested
from tasks.services.paging import Page

router = APIRouter(tags=["exports"])

BINARY = {"type": "string", "format": "binary"}


@router.post(
    "/drives/{ref}/exports",
    status_code=202,
    summary="Write a drive's list to a file, as a job",
    responses=errors("forbidden", "not-found", "queue-draining", "idempotency-key-reused"),
    openapi_extra=needs("export.request"),
)
def request_export(caller: Creator, ref: Ref, body: ExportBody, response: Response) -> ExportRequested:
    requested = exports.request_export(
        caller, ref, preset=body.preset, dialect=body.dialect, format=body.format, filters=body.filters()
    )
    response.headers["Location"] = f"/exports/{requested.export.id}"
    return requested


@router.get(
    "/exports",
    summary="Exports, newest first",
    responses=errors("not-found"),
    openapi_extra=needs("export.read"),
)
def list_exports(
    caller: Caller, drive: DriveFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Export]:
    return exports.list_exports(caller, drive=drive, limit=limit, cursor=cursor)


@router.get(
    "/exports/{id}", summary="One export", responses=errors("not-found"), openapi_extra=needs("export.read")
)
def show_export(caller: Caller, id: Id) -> Export:
    return exports.show_export(caller, id)


@router.get(
    "/exports/{id}/download",
    summary="The export's file; counted and audited",
    response_class=FileResponse,
    responses={
        200: {"content": {kind: {"schema": BINARY} for kind in MEDIA_TYPES.values()}},
        **errors("not-found", "export-not-ready", "export-elsewhere"),
    },
    openapi_extra=needs("export.read"),
)
def download_export(caller: Caller, id: Id) -> FileResponse:
    file = exports.open_export(caller, id)
    content = file.open()
    return FileResponse(
        # By its handle: the file may expire before the last byte is sent.
        f"/dev/fd/{content.fileno()}",
        stat_result=os.fstat(content.fileno()),
        background=BackgroundTask(content.close),
        media_type=file.media_type,
        filename=file.name,
        headers={"ETag": f'"{file.sha256}"'},
    )
