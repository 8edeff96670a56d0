"""The ports of models, and of the links by which others use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.entities import FittedModel, Link, LinkKind, Loan, Model, ModelCard


class Models(Protocol):
    """The custom models: rows that name an ONNX file. Names are unique per owner, in any case of
    letters."""

    async def create(
        self, owner_id: int, name: str, file: str, fitted: FittedModel, dataset_id: int, job_id: int
    ) -> Model:
        """Stores the model and marks its job done, both or neither.

        Raises NameTaken, NameInvalid, and JobCancelled if the job has ended already.
        """

    async def put_live(
        self, owner_id: int, dataset_id: int, name: str, file: str, fitted: FittedModel
    ) -> Model:
        """Stores the dataset's live model in place of the one before, whose id and name stay; the name is
        that of a first one.

        Raises DatasetNotFound, NameTaken, NameInvalid.
        """

    async def find_live(self, owner_id: int, dataset_id: int) -> Model | None:
        """The dataset's live model, or None where there is none."""

    async def get(self, owner_id: int, model_id: int) -> Model:
        """Raises ModelNotFound."""

    async def find(self, owner_id: int, name: str) -> Model:
        """By name, case folded, or by its owner's number ("12", "#12", "№ 12"). Raises
        ModelNotFound."""

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        """Newest first."""

    async def delete(self, owner_id: int, model_id: int) -> None:
        """Deletes the model; chats that used it go back to the default. Raises ModelNotFound."""

    async def delete_all(self, owner_id: int) -> int:
        """Deletes all models of the owner and returns their number."""


class Links(Protocol):
    """Links to models, and who uses a model by them. A token is the right itself: there is no list of them but
    the owner's of one model."""

    async def of_model(self, owner_id: int, model_id: int) -> tuple[Link, ...]:
        """The model's links, one per kind at most. Raises ModelNotFound."""

    async def begin(self, owner_id: int, model_id: int, tokens: Mapping[LinkKind, str]) -> None:
        """Gives the model its first links, with these tokens. Changes nothing where it ever had one. Raises
        ModelNotFound."""

    async def renew(
        self, owner_id: int, model_id: int, kind: LinkKind, token: str, seen: str
    ) -> None:
        """Gives the model a link with this token in place of the one whose token begins with `seen`, "" where
        there is none; people who use the model by it go on. Changes nothing where another link is there by now.
        Raises ModelNotFound."""

    async def revoke(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        """Deletes the link whose token begins with `seen`: people who used the model by it don't any more, and
        their chats go back to the default. Raises ModelNotFound."""

    async def find(self, token: str) -> tuple[Model, LinkKind]:
        """The model of a link. Raises LinkGone."""

    async def borrow(self, user_id: int, token: str) -> Model:
        """Notes that the user uses the model of a link; idempotent. Raises LinkGone."""

    async def borrowed(self, user_id: int) -> tuple[Model, ...]:
        """The models of others that the user may use, those of the newest links first."""

    async def give_back(self, user_id: int, model_id: int) -> None:
        """Notes that the user does not use the model any more; chats for which they chose it go back to the
        default. Raises ModelNotFound."""

    async def users(self, owner_id: int, model_id: int | None = None) -> int:
        """How many people use the owner's model, None for any of the owner's."""

    async def loans(
        self, owner_id: int, model_id: int | None = None, kind: LinkKind | None = None
    ) -> tuple[Loan, ...]:
        """The chats in which the owner's model answers, None for any of the owner's, for people who have it by a
        link of this kind alone, None for any. By the chats' ids."""

    async def copy(
        self, user_id: int, token: str, name: str, file: str, card: ModelCard, request: int
    ) -> Model:
        """Stores a model of the user's own that was copied from that of a link, which counts it.
        request : the user's number for this wish, which makes one copy.

        Raises LinkGone, LinkNotForCopies, NameTaken.
        """

    async def copied(self, user_id: int, request: int) -> Model | None:
        """The copy that this wish has made; None where there is none."""
