"""The scheduler process: periodiq wakes once a minute, and the tick fires what is due right here.

periodiq sends to a broker that executes instead of sending, so no Redis is needed to keep time, and a tick that fails
is followed by the next one.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import time
from functools import partial
from typing import Any

import dramatiq
from dramatiq import Message
from periodiq import PeriodiqMiddleware, Scheduler, cron

from sql.engine import sentence
from tasks.jobs import delivery, schedule
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Slots
from tasks.notify import Watchdog, tell
from tasks.processes import NO_RETURN

log = logging.getLogger(__name__)

RESTART_SECONDS = 5
OVERDUE_SECONDS = 150.0
"""Alarms come each minute; after so long without one the clock stands still, though its loop may not."""


class Here(dramatiq.Broker):
    """A broker without a queue: a message is executed by whoever sends it."""

    def declare_queue(self, queue_name: str) -> None:
        """Nothing to declare."""

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Call the message's actor now; an error is logged, never raised at the clock."""
        try:
            self.get_actor(message.actor_name)(*message.args, **message.kwargs)
        except Exception as error:
            log.error("tick failed: %s", sentence(error))
        return message


class Alarms(queue.SimpleQueue[bool]):
    """The clock's alarms. Waiting for the next one is what progress is, as long as they keep coming."""

    def __init__(self) -> None:
        self._watchdog = Watchdog()
        self._last = time.monotonic()

    def get(self, block: bool = True, timeout: float | None = None) -> bool:
        """The next alarm, False for the end; the service manager's watchdog is fed meanwhile."""
        while True:
            if time.monotonic() - self._last < OVERDUE_SECONDS:
                self._watchdog.beat()
            try:
                came = super().get(timeout=self._watchdog.seconds)
            except queue.Empty:
                continue
            self._last = time.monotonic()
            return came


class Clock:
    """periodiq's clock, which may be interrupted anywhere and ends when it is told to, after the tick under way.

    periodiq sets its alarm before the handler, and its handler puts into a queue that the interrupted code may be
    holding: so the handler is there from the start, and the queue is one whose `put` may interrupt its `get`.
    """

    def __init__(self, actors: list[dramatiq.Actor[..., Any]]) -> None:
        self._stopping = threading.Event()
        self._clock = Scheduler(actors=actors)
        self._clock.alarm_q = Alarms()
        signal.signal(signal.SIGALRM, self._clock.signal_handler)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_: object) -> None:
        """End the loop; a signal handler, so that it must not raise into what it interrupts."""
        self._stopping.set()
        self._clock.alarm_q.put(False)

    def run(self) -> None:
        """Tick until stopped; an error is logged, and the clock started again."""
        while not self._stopping.is_set():
            try:
                self._clock.schedule()
                self._clock.loop()
            except Exception as error:
                log.error("the clock stopped and is started again: %s", sentence(error))
                self._stopping.wait(RESTART_SECONDS)
        signal.alarm(0)  # Python gives handlers back before it ends, and an alarm without one kills


def _give_up(me: Incarnation) -> None:
    """Nobody knows of this process any more (its row is gone): make room for a new one."""
    me.end()
    log.error("scheduler %s exits to be replaced", me.id)
    os._exit(NO_RETURN)


def run() -> None:
    """Keep time until SIGTERM or SIGINT."""
    delivery.never_inline()
    broker = Here(middleware=[PeriodiqMiddleware()])
    tick = dramatiq.actor(actor_name="tick", broker=broker, periodic=cron("* * * * *"))(schedule.fire_due)
    clock = Clock([tick])
    me = Incarnation("scheduler", [])
    heartbeat = Heartbeat(me, Slots({}), on_stuck=partial(_give_up, me))
    heartbeat.start()
    log.info("scheduler %s is ready", me.id)
    tell("READY=1")
    try:
        clock.run()
        tell("STOPPING=1")
        log.info("scheduler %s stops", me.id)
    finally:
        heartbeat.stop()
        me.end()
