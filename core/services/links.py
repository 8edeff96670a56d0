"""Links: an owner shares a model, others use it or take a copy. Photos never go along."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from itertools import count

from core.entities import Link, LinkKind, Loan, Model
from core.errors import LinkIncomplete, LinkIsOwn, LinkNotForCopies, NameTaken
from core.names import NAME_STEM_LENGTH
from core.ports import Files, Links
from core.services.limits import Shares
from core.services.models import ModelService

TOKEN_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class LinkService:
    """The use cases of links."""

    def __init__(self, links: Links, files: Files, models: ModelService, shares: Shares) -> None:
        self._links = links
        self._files = files
        self._models = models
        self._shares = shares

    async def share(self, owner_id: int, model_id: int) -> dict[LinkKind, Link]:
        """The model's links by their kinds; both are made the first time, and none that was revoked comes back.
        Raises ModelNotFound."""
        known = await self.of_model(owner_id, model_id)
        if known:
            return known
        await self._links.begin(owner_id, model_id, {kind: _new_token() for kind in LinkKind})
        return await self.of_model(owner_id, model_id)

    async def of_model(self, owner_id: int, model_id: int) -> dict[LinkKind, Link]:
        """The model's links by their kinds. Raises ModelNotFound."""
        return {link.kind: link for link in await self._links.of_model(owner_id, model_id)}

    async def renew(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        """Gives the model a new link in place of the one whose token begins with `seen`, "" where there is none;
        whoever uses the model already goes on. Raises ModelNotFound."""
        await self._links.renew(owner_id, model_id, kind, _new_token(), seen)

    async def revoke(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        """Nobody uses the model by this link any more; copies stay. Raises ModelNotFound."""
        await self._links.revoke(owner_id, model_id, kind, seen)

    async def people(self, owner_id: int, model_id: int | None = None) -> int:
        """How many people use the owner's model by a link, None for any of the owner's."""
        return await self._links.users(owner_id, model_id)

    async def loans(
        self, owner_id: int, model_id: int | None = None, kind: LinkKind | None = None
    ) -> tuple[Loan, ...]:
        """The chats that lose the owner's model where it is deleted, or its link of this kind revoked. model_id : None
        for all of the owner's models."""
        return await self._links.loans(owner_id, model_id, kind)

    async def open(self, user_id: int, token: str) -> tuple[Model, LinkKind]:
        """What a link leads to. Raises LinkIncomplete, LinkGone, LinkIsOwn."""
        if not _TOKEN.fullmatch(token):
            raise LinkIncomplete
        model, kind = await self._links.find(token)
        if model.owner_id == user_id:
            raise LinkIsOwn(name=model.name)
        return model, kind

    async def borrow(self, user_id: int, token: str) -> Model:
        """The user has the model of the link from now on, until it is revoked. Raises what `open` raises."""
        await self.open(user_id, token)
        return await self._links.borrow(user_id, token)

    async def give_back(self, user_id: int, model_id: int) -> Model:
        """The user does not want a borrowed model any more. Raises ModelNotFound."""
        model = await self._models.get_usable(user_id, model_id)
        await self._links.give_back(user_id, model_id)
        return model

    async def copy(self, user_id: int, token: str, request: int) -> Model:
        """A model of the user's own with the file of the link's model as it is now; it learns nothing more.

        request : the user's number for this wish, which makes one copy.
        Raises what `open` raises, LinkNotForCopies, QuotaExceeded, NoRoom.
        """
        if made := await self._links.copied(user_id, request):
            return made
        model, kind = await self.open(user_id, token)
        if kind is not LinkKind.COPY:
            raise LinkNotForCopies
        await self._shares.check(user_id, models=1)
        file = await self._copy_file(model, user_id)
        # The owner's name for the dataset is not the reader's to see.
        card = replace(model.card, dataset="")
        for number in count(1):
            name = f"{model.name[:NAME_STEM_LENGTH]} {number}" if number > 1 else model.name
            try:
                return await self._links.copy(user_id, token, name, file, card, request)
            except NameTaken:
                if made := await self._links.copied(user_id, request):
                    return made
        raise AssertionError  # not reached: the numbers do not end

    async def copied(self, user_id: int, request: int) -> Model | None:
        """The copy that this wish of the user's has made; None where there is none."""
        return await self._links.copied(user_id, request)

    async def _copy_file(self, model: Model, user_id: int) -> str:
        """Seals the model's file with the key of the user, too; its digest."""
        content = await self._models.file(model)
        async with self._files.scratch() as folder:
            out = folder / "model.onnx"
            await asyncio.to_thread(out.write_bytes, content)
            return await self._files.put(user_id, out)


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
