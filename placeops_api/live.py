"""Live streams: one poller a process reads the ledger, and hands each event to everybody who listens.

No thread and no connection a stream. A listener that does not keep up is ended; its browser comes back and goes on
where it stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Header, Request

from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.problems import understood
from tasks.services import live
from tasks.services.live import LiveEvent, LiveEvents, Overview

LastEventId = Annotated[
    str,
    Header(
        alias="Last-Event-ID",
        description="The id of the last event that was read: the stream goes on after it",
        pattern=r"^([0-9]{1,18}-[0-9]{1,18})?$",
    ),
]

Told = LiveEvent | Overview | datetime
"""A moment says that the ledger was read then, so that silence means that something is wrong."""
Stream = AsyncGenerator[Told]

log = logging.getLogger("placeops.api.live")

POLL_SECONDS = 0.5
BEAT_SECONDS = 2.0
LONGEST_SECONDS = 600
"""Then a stream ends, to be opened anew."""
STANDING_SECONDS = 10.0
"""How long a stream tells on before it looks whether its reader's credential, role and scope are what they were."""
MOST_BEHIND = 2000
MOST_OF_ONE = 8


@dataclass(eq=False)
class Listener:
    """One stream: what it may see, whether it hears beats, queues and workers too, and what waits to be sent."""

    wanted: Callable[[LiveEvent], bool]
    beats: bool = False
    overview: bool = False
    queue: asyncio.Queue[Told | None] = field(default_factory=lambda: asyncio.Queue(MOST_BEHIND))

    def hand(self, told: Told | None) -> bool:
        """Whether there was room; None ends the stream."""
        if isinstance(told, datetime) and not self.beats:
            return True
        if isinstance(told, Overview) and not self.overview:
            return True
        if isinstance(told, LiveEvent) and not self.wanted(told):
            return True
        with suppress(asyncio.QueueFull):
            self.queue.put_nowait(told)
            return True
        return False


class Live:
    """The poller of a process and its listeners. It polls while somebody listens."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._of: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._joining = asyncio.Lock()
        self._place = ""
        self._beat_at = 0.0
        self._closing = False

    def close(self) -> None:
        """End every stream: the process stops."""
        self._closing = True
        for listener in list(self._listeners):
            self._end(listener)

    @asynccontextmanager
    async def listening(
        self,
        actor: Actor,
        stands: Callable[[], bool],
        *,
        after: str = "",
        job: int | None = None,
        beats: bool = False,
    ) -> AsyncIterator[Stream]:
        """Events that the actor may see (or one job's): those since a place, and all that commit from here on.

        They end soon after `stands` says that the actor is no longer who it was.
        With `beats` every two seconds also the moment, while the ledger can be read, and how queues and workers stand,
        for whoever may look at them. Raises too-many-streams when the actor has as many open as it may, forbidden.
        """
        if self._of[actor.name] >= MOST_OF_ONE:
            message = f"{actor.name} has {MOST_OF_ONE} live streams open already"
            raise PlaceopsError("too-many-streams", message)
        self._of[actor.name] += 1
        listener = Listener(lambda event: job in (None, event.job_id) and sees(event), beats)
        try:
            sees = await run_sync(live.sight, actor)
            listener.overview = beats and live.sees_overview(actor)
            reached = await self._join(listener)
            missed = self._missed(partial(live.events_after, actor, job=job), after, reached)
            yield self._told(listener, missed if after else None, stands)
        finally:
            self._listeners.discard(listener)
            self._of[actor.name] -= 1
            if not self._of[actor.name]:
                del self._of[actor.name]

    async def _told(
        self, listener: Listener, missed: AsyncGenerator[LiveEvent] | None, stands: Callable[[], bool]
    ) -> Stream:
        clock = asyncio.get_running_loop().time
        deadline, looked = clock() + LONGEST_SECONDS, clock()
        if missed:
            async for event in missed:
                yield event
        while not self._closing and clock() < deadline:
            if clock() >= looked + STANDING_SECONDS:
                if not await run_sync(stands):
                    return
                looked = clock()
            until = min(deadline, looked + STANDING_SECONDS)
            try:
                told = await asyncio.wait_for(listener.queue.get(), max(0.0, until - clock()))
            except TimeoutError:
                continue
            if told is None:
                return
            yield told

    async def _join(self, listener: Listener) -> str:
        """From the place that is returned on, the listener hears everything."""
        async with self._joining:
            if self._task is None or self._task.done():
                self._place = await run_sync(live.newest_place, SYSTEM)
            self._listeners.add(listener)
            self._beat_at = 0.0
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._poll())
            return self._place

    async def _missed(
        self, look: Callable[[str], LiveEvents], place: str, reached: str
    ) -> AsyncGenerator[LiveEvent]:
        more = True
        while more and not self._closing:
            found = await run_sync(look, place)
            for event in found.events:
                if _later(event.place, reached):
                    return
                yield event
            place, more = found.place, found.more

    async def _poll(self) -> None:
        while self._listeners and not self._closing:
            try:
                found = await run_sync(live.events_after, SYSTEM, self._place)
                await self._look_around()
            except Exception as error:
                # The database is away: the streams stay open and go on when it is back.
                log.warning("live streams wait: %s", await run_sync(understood, error))
                await asyncio.sleep(5)
                continue
            self._place = found.place
            for event in found.events:
                self._tell(event)
            if not found.more:
                await asyncio.sleep(POLL_SECONDS)

    async def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._beat_at < BEAT_SECONDS:
            return
        self._beat_at = now
        self._tell(datetime.now(UTC))
        if any(one.overview for one in self._listeners):
            self._tell(await run_sync(live.overview, SYSTEM))

    def _tell(self, told: Told) -> None:
        for listener in list(self._listeners):
            if not listener.hand(told):
                self._end(listener)

    def _end(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        while not listener.hand(None):
            listener.queue.get_nowait()


def _later(place: str, than: str) -> bool:
    return _numbers(place) > _numbers(than)


def _numbers(place: str) -> tuple[int, int]:
    xid, _, number = place.partition("-")
    return int(xid), int(number)


def live_of(request: Request) -> Live:
    """The process's streams."""
    found: Live = request.app.state.live
    return found
