"""Groups: the set that a group teaches, the model that answers there, and who chooses it."""

from __future__ import annotations

from core.entities import Dataset, Group, Model, Person
from core.ports import Chats, Datasets, Groups, Suggestions
from core.services.live import LiveModels
from core.services.models import ModelService
from core.services.teaching import TeachingService


class GroupService:
    """The use cases of groups. Permissions in a chat are Telegram's to tell: who calls has asked."""

    def __init__(
        self,
        groups: Groups,
        chats: Chats,
        suggestions: Suggestions,
        datasets: Datasets,
        models: ModelService,
        live: LiveModels,
        teaching: TeachingService,
    ) -> None:
        self._groups = groups
        self._chats = chats
        self._suggestions = suggestions
        self._datasets = datasets
        self._models = models
        self._live = live
        self._teaching = teaching

    async def get(self, chat_id: int, title: str) -> Group:
        """The group, which has this title now."""
        await self._groups.see(chat_id, title)
        return await self._groups.get(chat_id)

    async def begin(self, chat_id: int, owner: Person, name: str) -> Dataset:
        """Begins the group's own set, which belongs to the owner. Raises QuotaExceeded, NameInvalid."""
        dataset = await self._teaching.begin(owner.id, name, becomes_current=False)
        await self._groups.set_own(chat_id, owner, dataset.id)
        return dataset

    async def link(self, chat_id: int, owner: Person, dataset: Dataset) -> None:
        """Makes a dataset that the owner has already the group's own set. Raises DatasetNotFound."""
        await self._groups.set_own(chat_id, owner, dataset.id)

    async def own_set(self, group: Group) -> Dataset | None:
        """The group's own set."""
        if group.own is None:
            return None
        return await self._datasets.get(group.own.owner_id, group.own.dataset_id)

    async def own_model(self, group: Group) -> Model | None:
        """The model of the group's own set; None where there is none yet."""
        if group.own is None:
            return None
        return await self._live.find(group.own.owner_id, group.own.dataset_id)

    async def follow(self, group: Group) -> Model | None:
        """Trains the model of the group's own set, which answers in the group from now on. None where it can't
        answer yet, and where the group chose another model.

        Raises DatasetNotFound and the workers' errors.
        """
        if group.own is None or not group.follows:
            return None
        model = await self._live.follow(group.own.owner_id, group.own.dataset_id)
        if model:
            await self._models.use(group.own.owner_id, group.id, model.id)
        return model

    async def use(self, group: Group, user_id: int, model_id: int) -> Model:
        """Makes one of the user's models, or the baseline, the group's. Raises ModelNotFound."""
        model = await self._models.use(user_id, group.id, model_id)
        own = await self.own_model(group)
        await self._groups.set_follows(group.id, follows=own is not None and own.id == model.id)
        return model

    async def use_own(self, group: Group) -> Model | None:
        """Makes the model of the group's own set answer, now or as soon as there is one: then None."""
        await self._groups.set_follows(group.id, follows=True)
        return await self.follow(await self._groups.get(group.id))

    async def unload(self, group: Group) -> bool:
        """Deactivates the group's model. False if there was none."""
        await self._groups.set_follows(group.id, follows=False)
        return await self._models.unload(group.id)

    async def set_open(self, group: Group, *, is_open: bool) -> None:
        """is_open : True where everybody may choose the model, False where admins may."""
        await self._groups.set_open(group.id, is_open=is_open)

    async def theirs(self, group: Group, user_id: int) -> str:
        """What a person would take along who left the group: "set", "model", or "" for nothing."""
        if group.own is not None and group.own.owner_id == user_id:
            return "set"
        active = await self._models.active(group.id)
        return "model" if active is not None and active.owner_id == user_id else ""

    async def left(self, group: Group, user_id: int) -> None:
        """A person left the group: their model doesn't answer there any more, and the set that the group taught is
        only its owner's. Idempotent."""
        if group.own is not None and group.own.owner_id == user_id:
            await self._groups.drop_own(group.id)
        active = await self._models.active(group.id)
        if active is not None and active.owner_id == user_id:
            await self._chats.reset(group.id)

    async def using_model(self, owner_id: int, model_id: int) -> tuple[Group, ...]:
        """The groups in which the owner's model answers."""
        return await self._groups.using_model(owner_id, model_id)

    async def using_models(self, owner_id: int) -> tuple[Group, ...]:
        """The groups in which any model of the owner's answers."""
        return await self._groups.using_models(owner_id)

    async def using_dataset(self, owner_id: int, dataset_id: int) -> tuple[Group, ...]:
        """The groups that teach the owner's dataset, or in which its live model answers."""
        return await self._groups.using_dataset(owner_id, dataset_id)

    async def using_account(self, owner_id: int) -> tuple[Group, ...]:
        """The groups that use anything of the person's."""
        return await self._groups.using_account(owner_id)

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group has a new id, and all that is kept for it moves there. Idempotent."""
        await self._models.move_choice(old_chat_id, new_chat_id)
        await self._groups.move(old_chat_id, new_chat_id)
        await self._suggestions.move(old_chat_id, new_chat_id)
