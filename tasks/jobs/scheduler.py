"""The scheduler process: periodiq wakes once a minute, and the tick fires what is due right here.

periodiq sends to a broker that executes instead of sending, so no Redis is needed to keep time, and a tick that fails
is followed by the next one.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
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


class Clock:
    """periodiq's clock, which may be interrupted anywhere and ends when it is told to, after the tick under way.

    periodiq sets its alarm before the handler, and its handler puts into a queue that the interrupted code may be
    holding: so the handler is there from the start, and the queue is one whose `put` may interrupt its `get`.
    """

    def __init__(self, actors: list[dramatiq.Actor[..., Any]]) -> None:
        self._stopping = threading.Event()
        self._clock = Scheduler(actors=actors)
        self._clock.alarm_q = queue.SimpleQueue()
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


def run() -> None:
    """Keep time until SIGTERM or SIGINT."""
    delivery.never_inline()
    broker = Here(middleware=[PeriodiqMiddleware()])
    tick = dramatiq.actor(actor_name="tick", broker=broker, periodic=cron("* * * * *"))(schedule.fire_due)
    clock = Clock([tick])
    me = Incarnation("scheduler", [])
    heartbeat = Heartbeat(me, Slots({}), on_stuck=lambda: None)
    heartbeat.start()
    log.info("scheduler %s is ready", me.id)
    try:
        clock.run()
        log.info("scheduler %s stops", me.id)
    finally:
        heartbeat.stop()
        me.end()
