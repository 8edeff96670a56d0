"""Polls after they are sent: votes, counts, and closing by hand or in time.

The bot gets a `poll` update with each change of a poll, and `poll_answer` with each vote in one that
is not anonymous. People get an `edit` event of the poll's message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bot.playground.updates import UpdateQueue
from bot.playground.world import Json, World, event


class Ballots:
    """Counts votes and closes polls. Polls with a `close_date` are closed then by a timer."""

    def __init__(self, world: World, updates: UpdateQueue) -> None:
        """Takes up the open polls of an earlier run; what should have closed meanwhile closes now."""
        self._world = world
        self._updates = updates
        self._timers: dict[str, asyncio.TimerHandle] = {}
        for message in world.open_polls():
            self.watch(message)

    def watch(self, message: Json) -> None:
        """Closes the message's poll at its `close_date`, if it has one."""
        poll = message["poll"]
        if "close_date" not in poll or poll["is_closed"]:
            return
        left_s = max(poll["close_date"] - time.time(), 0)
        place = message["chat"]["id"], message["message_id"]
        loop = asyncio.get_running_loop()
        self._timers[poll["id"]] = loop.call_later(left_s, self._close_in_time, *place)

    def stop(self) -> None:
        """Stops the timers."""
        for timer in self._timers.values():
            timer.cancel()

    def vote(self, message: Json, voter: Json, options: Sequence[int]) -> Json:
        """Replaces the voter's choice, no options take it back; returns the message as it is then.

        What a poll does not allow is for the caller to refuse.
        """
        poll = message["poll"]
        votes = self._world.votes(poll["id"]) | {voter["id"]: list(options)}
        chosen = [number for choice in votes.values() for number in choice]
        counted = [
            option | {"voter_count": chosen.count(number)}
            for number, option in enumerate(poll["options"])
        ]
        total = sum(bool(choice) for choice in votes.values())
        voted = message | {"poll": poll | {"options": counted, "total_voter_count": total}}
        ballot = {"poll_id": poll["id"], "user_id": voter["id"], "options": list(options)}
        answers = [] if poll["is_anonymous"] else [_answer(poll, voter, options)]
        self._publish(voted, answers, votes=[{"record": "vote"} | ballot])
        return voted

    def close(self, message: Json) -> Json:
        """Closes the message's poll, which must be open; returns the message as it is then."""
        poll = message["poll"]
        timer = self._timers.pop(poll["id"], None)
        if timer is not None:
            timer.cancel()
        closed = message | {"poll": poll | {"is_closed": True}}
        self._publish(closed)
        return closed

    def _close_in_time(self, chat_id: int, message_id: int) -> None:
        message = self._world.message(chat_id, message_id)
        if message is not None:
            self.close(message)

    def _publish(
        self, message: Json, answers: Sequence[Json] = (), votes: Sequence[Json] = ()
    ) -> None:
        changed = event("edit", message["chat"]["id"], message=message)
        updates = self._updates.wanted([{"poll": message["poll"]}, *answers])
        self._world.publish([changed], updates, votes)


def _answer(poll: Json, voter: Json, options: Sequence[int]) -> Json:
    persistent = [poll["options"][number]["persistent_id"] for number in options]
    chosen = {"option_ids": list(options), "option_persistent_ids": persistent}
    return {"poll_answer": {"poll_id": poll["id"], "user": voter} | chosen}
