"""The scheduler process: periodiq wakes once a minute, and the tick fires what is due right here.

periodiq sends to a broker that executes instead of sending, so no Redis is needed to keep time, and a tick that fails
is followed by the next one.
"""

from __future__ import annotations

import logging
import queue
import signal
import time
from typing import Any

import dramatiq
from dramatiq import Message
from periodiq import PeriodiqMiddleware, Scheduler, cron

from sql.engine import sentence
from tasks.jobs import delivery, schedule
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Slots

log = logging.getLogger(__name__)

RESTART_SECONDS = 5


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


class _Stop(BaseException):
    """SIGTERM or SIGINT. No Exception: whoever catches those in a tick must not catch this."""


def _stop(*_: object) -> None:
    signal.alarm(0)  # Python gives handlers back before it ends, and an alarm without one kills
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # what follows is short, and wants to be finished
    raise _Stop


def run() -> None:
    """Keep time until SIGTERM or SIGINT."""
    delivery.never_inline()
    me = Incarnation("scheduler", [])
    heartbeat = Heartbeat(me, Slots({}), on_stuck=lambda: None)
    heartbeat.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    broker = Here(middleware=[PeriodiqMiddleware()])
    tick = dramatiq.actor(actor_name="tick", broker=broker, periodic=cron("* * * * *"))(_tick)
    log.info("scheduler %s is ready", me.id)
    try:
        _tick_for_ever(_clock([tick]))
    except _Stop:
        log.info("scheduler %s stops", me.id)
    finally:
        heartbeat.stop()
        me.end()


def _clock(actors: list[dramatiq.Actor[..., Any]]) -> Scheduler:
    """periodiq's clock, safe to be frozen anywhere.

    It sets its alarm before the handler, and its handler puts into a queue that the interrupted code may be holding:
    so the handler is there from the start, and the queue is one whose `put` may interrupt its `get`.
    """
    clock = Scheduler(actors=actors)
    clock.alarm_q = queue.SimpleQueue()
    signal.signal(signal.SIGALRM, clock.signal_handler)
    return clock


def _tick() -> None:
    schedule.fire_due()


def _tick_for_ever(clock: Scheduler) -> None:
    while True:
        try:
            clock.schedule()
            clock.loop()
        except Exception as error:
            log.error("the clock stopped and is started again: %s", sentence(error))
            time.sleep(RESTART_SECONDS)
