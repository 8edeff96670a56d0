"""Links to models in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core import names
from core.entities import Link, LinkKind, Loan, Model, ModelCard, ModelKind
from core.errors import LinkGone, LinkNotForCopies, ModelGone, NameTaken
from tests.memory.tables import Tables, now


class MemoryLinks:
    """Fulfils `core.ports.Links`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._requests: dict[tuple[int, int], int] = {}

    async def of_model(self, owner_id: int, model_id: int) -> tuple[Link, ...]:
        self._check_own(owner_id, model_id)
        return tuple(
            replace(link, people=len(self._tables.borrowers(*key)))
            for key, link in sorted(self._tables.links.items())
            if link.model_id == model_id
        )

    async def begin(self, owner_id: int, model_id: int, tokens: Mapping[LinkKind, str]) -> None:
        self._check_own(owner_id, model_id)
        if model_id not in self._tables.shared_once:
            self._tables.shared_once.add(model_id)
            for kind, token in tokens.items():
                self._tables.links[model_id, kind] = Link(model_id, kind, token)

    async def renew(
        self, owner_id: int, model_id: int, kind: LinkKind, token: str, seen: str
    ) -> None:
        self._check_own(owner_id, model_id)
        known = self._tables.links.get((model_id, kind))
        if known is None and not seen:
            self._tables.links[model_id, kind] = Link(model_id, kind, token)
        elif known is not None and seen and known.token.startswith(seen):
            self._tables.links[model_id, kind] = replace(known, token=token)

    async def revoke(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        self._check_own(owner_id, model_id)
        known = self._tables.links.get((model_id, kind))
        if known is not None and seen and known.token.startswith(seen):
            self._tables.delete_link(model_id, kind)

    async def find(self, token: str) -> tuple[Model, LinkKind]:
        link = self._link(token)
        return self._tables.models[link.model_id], link.kind

    async def borrow(self, user_id: int, token: str) -> Model:
        link = self._link(token)
        key = (user_id, link.model_id, link.kind)
        self._tables.borrowed.setdefault(key, next(self._tables.moments))
        return self._tables.models[link.model_id]

    async def borrowed(self, user_id: int) -> tuple[Model, ...]:
        newest: dict[int, int] = {}
        for (user, model_id, _), at in self._tables.borrowed.items():
            if user == user_id:
                newest[model_id] = max(at, newest.get(model_id, 0))
        ordered = sorted(newest, key=lambda model_id: -newest[model_id])
        return tuple(self._tables.models[model_id] for model_id in ordered)

    async def give_back(self, user_id: int, model_id: int) -> None:
        if not self._tables.may_borrow(user_id, model_id):
            raise ModelGone
        for kind in LinkKind:
            self._tables.end_borrowing(user_id, model_id, kind)

    async def users(self, owner_id: int, model_id: int | None = None) -> int:
        own = {one.id for one in self._tables.models.values() if one.owner_id == owner_id}
        wanted = own if model_id is None else own & {model_id}
        return len({user for user, borrowed, _ in self._tables.borrowed if borrowed in wanted})

    async def loans(
        self, owner_id: int, model_id: int | None = None, kind: LinkKind | None = None
    ) -> tuple[Loan, ...]:
        return tuple(
            Loan(chat_id, user, self._tables.models[borrowed].name)
            for chat_id, borrowed in sorted(self._tables.chats.items())
            if borrowed is not None
            and (user := self._tables.chosen_by.get(chat_id, 0))
            and self._tables.models[borrowed].owner_id == owner_id
            and model_id in (None, borrowed)
            and (kinds := self._kinds(user, borrowed))
            and (kind is None or kinds == {kind})
        )

    async def copy(
        self, user_id: int, token: str, name: str, file: str, card: ModelCard, request: int
    ) -> Model:
        link = self._link(token)
        if link.kind is not LinkKind.COPY:
            raise LinkNotForCopies
        own = [one for one in self._tables.models.values() if one.owner_id == user_id]
        if names.key(name) in {names.key(one.name) for one in own}:
            raise NameTaken(name=name)
        if await self.copied(user_id, request):
            raise NameTaken(name=name)
        self._tables.models_made[user_id] += 1
        made = Model(
            id=next(self._tables.model_numbers),
            owner_id=user_id,
            name=name,
            kind=ModelKind.CUSTOM,
            file=file,
            card=card,
            created_at=now(),
            number=self._tables.models_made[user_id],
            is_copy=True,
        )
        self._tables.models[made.id] = made
        self._tables.links[link.model_id, link.kind] = replace(link, copies=link.copies + 1)
        self._requests[user_id, request] = made.id
        return made

    async def copied(self, user_id: int, request: int) -> Model | None:
        made = self._requests.get((user_id, request))
        return self._tables.models.get(made) if made is not None else None

    def _kinds(self, user_id: int, model_id: int) -> set[LinkKind]:
        """The kinds of the links by which the user has the model."""
        return {kind for kind in LinkKind if (user_id, model_id, kind) in self._tables.borrowed}

    def _check_own(self, owner_id: int, model_id: int) -> None:
        model = self._tables.models.get(model_id)
        if model is None or model.owner_id != owner_id:
            raise ModelGone

    def _link(self, token: str) -> Link:
        for link in self._tables.links.values():
            if link.token == token:
                return link
        raise LinkGone
