"""Who acts, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.playground.errors import PlayError
from bot.playground.parameters import Parameters
from bot.playground.world import GROUP_ID


@dataclass(frozen=True, slots=True)
class Session:
    """A user in a chat."""

    user_id: int
    chat_id: int

    @classmethod
    def of(cls, parameters: Parameters) -> Session:
        """Reads `user`, 1 by default, and `chat`: "private" (the default), "group", or the number of a group that
        raw updates told of. Raises PlayError."""
        user_id = parameters.integer("user", 1)
        if not 0 < user_id < 2**52:
            raise PlayError("user must be a positive number.")
        match parameters.text("chat", "private"):
            case "private":
                return cls(user_id, user_id)
            case "group":
                return cls(user_id, GROUP_ID)
        if re.fullmatch(r"-\d{1,15}", parameters.text("chat")):
            return cls(user_id, parameters.integer("chat"))
        raise PlayError("chat must be private or group, or a group's number.")
