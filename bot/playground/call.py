"""A call of a Bot API method: the caller, the parameters, the playground's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.playground import limits
from bot.playground.ballots import Ballots
from bot.playground.callbacks import Callbacks
from bot.playground.errors import ApiError, bad_request
from bot.playground.formatting import Entity, parse, tidy, utf16_length
from bot.playground.limits import FileLimits, FloodControl
from bot.playground.parameters import Parameters
from bot.playground.updates import UpdateQueue
from bot.playground.webhook import WebhookDelivery
from bot.playground.world import BOT_USERNAME, Json, World


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that live as long as the server."""

    world: World
    updates: UpdateQueue
    callbacks: Callbacks
    flood: FloodControl
    ballots: Ballots
    inline_queries: Callbacks
    guest_queries: Callbacks
    webhook: WebhookDelivery
    files: FileLimits


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one method. Its getters raise ApiError with Telegram's texts."""

    parts: Parts
    token: str
    parameters: Parameters

    @property
    def world(self) -> World:
        return self.parts.world

    @property
    def bot(self) -> Json:
        """The bot as a message's sender; its id is the number in its token."""
        name = self.world.settings.get("name/") or "Lukoshko"
        id_ = int(self.token.partition(":")[0])
        return {"id": id_, "is_bot": True, "first_name": name, "username": BOT_USERNAME}

    def chat(self) -> Json:
        """The chat that `chat_id` names."""
        given = self.parameters.text("chat_id")
        if not given:
            raise bad_request("chat_id is empty")
        chat = self.world.chat(int(given)) if re.fullmatch(r"-?\d{1,18}", given) else None
        if chat is None:
            if given.isdigit() and self.world.has_written(int(given)):
                raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
            raise bad_request("chat not found")
        return chat

    def topic(self, chat: Json) -> Json:
        """The fields of a message in the topic that `message_thread_id` names; {} without it."""
        if "message_thread_id" not in self.parameters:
            return {}
        thread_id = self.parameters.integer("message_thread_id")
        if not self.world.has_topic(chat["id"], thread_id):
            raise bad_request("message thread not found")
        return {"message_thread_id": thread_id, "is_topic_message": True}

    def message(self, doing: str, noun: str = "message") -> Json:
        """The message that `chat_id` and `message_id` name; `doing` and `noun` are for the error's
        text."""
        chat = self.chat()
        found = self.world.message(chat["id"], self.parameters.integer("message_id"))
        if found is None:
            raise bad_request(f"{noun} to {doing} not found")
        return found

    def message_ids(self) -> list[int]:
        """The parameter `message_ids`: 1 to 100 numbers, each once."""
        given = self.parameters.decoded("message_ids", list)
        if not given:
            raise bad_request("message identifiers are not specified")
        if len(given) > limits.MAX_MESSAGES_AT_ONCE:
            raise bad_request("too many message identifiers specified")
        if not all(isinstance(number, int) and number > 0 for number in given):
            raise bad_request("invalid message identifier specified")
        return list(dict.fromkeys(given))

    def is_own(self, message: Json) -> bool:
        """Return whether the bot sent the message."""
        return bool(message.get("from", {}).get("id") == self.bot["id"])

    def own_message(self) -> Json:
        """The message that `chat_id` and `message_id` name, for an edit: it must be the bot's."""
        message = self.message("edit")
        if not self.is_own(message):
            raise bad_request("message can't be edited")
        return message

    def text(self) -> Json:
        """The fields `text` and `entities` of a message."""
        text, entities = formatted(self.parameters, "text", "entities")
        if not text:
            raise bad_request("message text is empty")
        return {"text": text} | ({"entities": entities} if entities else {})

    def caption(self, parameters: Parameters | None = None) -> Json:
        """The fields `caption` and `caption_entities`; {} without a caption."""
        text, entities = formatted(parameters or self.parameters, "caption", "caption_entities")
        if utf16_length(text) > limits.MAX_CAPTION:
            raise bad_request("message caption is too long")
        if not text:
            return {}
        return {"caption": text} | ({"caption_entities": entities} if entities else {})

    def reply(self, chat: Json) -> Json:
        """The field `reply_to_message` that `reply_parameters` ask for; {} without them."""
        wanted = self.parameters.decoded("reply_parameters", dict)
        if wanted is None and "reply_to_message_id" in self.parameters:
            wanted = {"message_id": self.parameters.integer("reply_to_message_id")}
        if wanted is None:
            return {}
        reply = Parameters(wanted, {})
        found = self.world.message(chat["id"], reply.integer("message_id"))
        if found is not None:
            return quoted(found)
        name = "allow_sending_without_reply"
        if self.parameters.flag(name) or reply.flag(name):
            return {}
        raise bad_request("message to be replied not found")

    def spend(self, chat_id: int, cost: int = 1) -> None:
        """Counts messages against the flood limits."""
        wait_s = self.parts.flood.spend(chat_id, cost)
        if wait_s:
            raise ApiError(429, f"Too Many Requests: retry after {wait_s}", wait_s)


def formatted(
    parameters: Parameters, name: str, entities: str, mode: str = "parse_mode"
) -> tuple[str, list[Entity]]:
    """The text of parameter `name`, with the given entities or else those of its markup. Raises
    ApiError where the markup is wrong."""
    given, text = parameters.decoded(entities, list), parameters.text(name)
    return tidy(text, given) if given else parse(text, parameters.text(mode))


def quoted(message: Json) -> Json:
    """A message as the one replied to: without the message that it replies to itself."""
    inner = {key: value for key, value in message.items() if key != "reply_to_message"}
    return {"reply_to_message": inner}
