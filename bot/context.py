"""The context that every handler gets: the services, and the user with their language."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatAction, ChatID, ChatType
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.albums import Albums
from bot.api_server import ApiServer, server_of
from bot.askings import Askings
from bot.boards import Boards
from bot.consents import Consents
from bot.greetings import Greetings
from bot.guests import Guests
from bot.keyboards import Buttons
from bot.lessons import LessonBook, Lessons
from bot.policy import Policy
from bot.quizzes import QuizBook
from bot.taps import Taps
from bot.texts import DEFAULT_LANGUAGE, Texts, supported, texts_in
from bot.turns import Turns
from bot.updates import UpdateProcessor, handling, kept
from bot.zip_book import ZipBook
from bot.zips import Zips
from core.entities import User
from core.ports.turns import TURN
from core.services.services import Services

logger = logging.getLogger(__name__)

_Data = dict[Any, Any]
App = Application[ExtBot[Any], "Context", _Data, _Data, _Data, Any]

# Anonymous admins, channels and Telegram itself: each stands for many people.
PSEUDO_USERS = frozenset(ChatID)
# Telegram's limit on a callback's answer.
MAX_CALLBACK_ANSWER = 200


class Context(CallbackContext[ExtBot[Any], _Data, _Data, _Data]):
    """One update's context. `user` is set before any other handler sees the update."""

    user: User | None = None
    incoming: Update
    acknowledged = False

    @classmethod
    def from_update(cls, update: object, application: Any) -> Context:
        """Also keeps the update, as `incoming`; python-telegram-bot calls this for each update."""
        context = super().from_update(update, application)
        if isinstance(update, Update):
            context.incoming = update
        return context

    async def meet(self) -> None:
        """Finds out whose update it is, and which language they read. Of a pseudo-user nothing is kept."""
        person = self.incoming.effective_user
        if person is None:
            return
        TURN.set(person.id)
        language = supported(person.language_code)
        if person.id in PSEUDO_USERS:
            self.user = User(person.id, language)
        else:
            self.user = await self.services.users.meet(person.id, language)
            await self.services.users.see(person.id)

    @property
    def services(self) -> Services:
        services: Services = self.bot_data["services"]
        return services

    @property
    def server(self) -> ApiServer:
        """The Bot API server."""
        return server_of(self.bot)

    @property
    def albums(self) -> Albums:
        albums: Albums = self.bot_data["albums"]
        return albums

    @property
    def turns(self) -> Turns:
        turns: Turns = self.bot_data["turns"]
        return turns

    @property
    def taps(self) -> Taps:
        taps: Taps = self.bot_data["taps"]
        return taps

    @property
    def zips(self) -> Zips:
        zips: Zips = self.bot_data["zips"]
        return zips

    @property
    def zip_book(self) -> ZipBook:
        book: ZipBook = self.bot_data["zip_book"]
        return book

    @property
    def boards(self) -> Boards:
        boards: Boards = self.bot_data["boards"]
        return boards

    @property
    def lesson_book(self) -> LessonBook:
        book: LessonBook = self.bot_data["lesson_book"]
        return book

    @property
    def quiz_book(self) -> QuizBook:
        book: QuizBook = self.bot_data["quiz_book"]
        return book

    @property
    def guests(self) -> Guests:
        guests: Guests = self.bot_data["guests"]
        return guests

    @property
    def consents(self) -> Consents:
        consents: Consents = self.bot_data["consents"]
        return consents

    @property
    def askings(self) -> Askings:
        askings: Askings = self.bot_data["askings"]
        return askings

    @property
    def greetings(self) -> Greetings:
        greetings: Greetings = self.bot_data["greetings"]
        return greetings

    @property
    def policy(self) -> Policy:
        policy: Policy = self.bot_data["policy"]
        return policy

    async def lessons(self) -> Lessons:
        """What the user is teaching, as it is now."""
        return await self.lesson_book.read(self.services.users, self.me)

    async def change_lessons(self, change: Callable[[Lessons], Lessons]) -> Lessons:
        """Changes what the user is teaching, and returns what it was before."""
        return await self.lesson_book.change(self.services.users, self.me, change)

    @property
    def processor(self) -> UpdateProcessor:
        processor: UpdateProcessor = self.bot_data["processor"]
        return processor

    @property
    def known_burst(self) -> int | None:
        """The first update of those that an earlier process handled with this one; None where there are
        none."""
        current = handling()
        return current.burst if current else None

    def kept(self, name: str) -> str | None:
        """What was noted by `keep` before a crash, after which the update is handled again; None else."""
        return kept(name)

    async def keep(self, name: str, value: str) -> str:
        """Notes what must be the same where the update is handled again after a crash; returns it."""
        await self.processor.keep(name, value)
        return value

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Does this beside the handlers; the update is handled when it has ended, too."""
        self.processor.beside(self.application.create_task(work, update=self.incoming))

    async def once(self, work: Callable[[], Awaitable[None]], of: int = 0) -> None:
        """Does the work of the pressed button, unless a press of the same one has done it. of : which of several
        works of one press it is."""
        if query := self.incoming.callback_query:
            await self.taps.once((self.chat_id, self.message.message_id, query.data, of), work)
        else:
            await work()

    def begins(self) -> bool:
        """True if the work of the pressed button, with all that goes on beside the handlers, is to be done now; False
        where a press of the same one does it, or has just done it."""
        query = self.incoming.callback_query
        tap = (self.chat_id, self.message.message_id, query.data if query else None)
        if not self.taps.begin(tap):
            return False
        self.processor.when_over(lambda: self.taps.end(tap))
        return True

    @property
    def me(self) -> User:
        """The user whose update this is."""
        if self.user is None:
            raise LookupError("an update of nobody")
        return self.user

    @property
    def texts(self) -> Texts:
        """The texts in the user's language, or in English before `meet`."""
        return texts_in(self.user.language if self.user else DEFAULT_LANGUAGE)

    @property
    def buttons(self) -> Buttons:
        """A maker of buttons that only this user may press."""
        return Buttons(self.me.id)

    @property
    def message(self) -> Message:
        """The update's message, or the one that the pressed button belongs to."""
        message = self.incoming.effective_message
        if message is None:
            raise LookupError("an update without a message")
        return message

    @property
    def chat_id(self) -> int:
        return self.message.chat_id

    @property
    def is_anonymous(self) -> bool:
        """True if the update is a pseudo-user's."""
        return self.me.id in PSEUDO_USERS

    async def is_admin(self) -> bool:
        """True if the user is an admin of the group; who writes as the group is one."""
        chat = self.message.chat
        if chat.type == ChatType.PRIVATE:
            return False
        if self.is_anonymous:
            sender = self.message.sender_chat
            return sender is not None and sender.id == chat.id
        return self.me.id in {admin.user.id for admin in await chat.get_administrators()}

    @property
    def may_acknowledge(self) -> bool:
        """True if the update is the press of a button and has not been answered yet."""
        return self.incoming.callback_query is not None and not self.acknowledged

    async def acknowledge(self, text: str | None = None, *, alert: bool = False) -> None:
        """Answers the press of a button, once: later calls do nothing. The work goes on meanwhile.

        A press that is too old to be answered, as after a restart, is still acted on.
        """
        query = self.incoming.callback_query
        if query is None or self.acknowledged:
            return
        self.acknowledged = True

        async def answer() -> None:
            try:
                await query.answer(text, show_alert=alert)
            except TelegramError as error:
                logger.warning("a press was not answered: %s", error.message)

        self.beside(answer())

    async def show_action(self, action: ChatAction) -> None:
        """Shows "typing…", "sending a photo…" while the work goes on. A failure is only logged: nothing
        depends on it. Not in a group, where it would come from twenty people's photos at once."""
        chat = self.message.chat
        if chat.type != ChatType.PRIVATE:
            return

        async def show() -> None:
            try:
                await chat.send_action(action)
            except TelegramError as error:
                logger.debug("an action was not shown: %s", error.message)

        self.beside(show())
