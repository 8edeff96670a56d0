"""Albums, gathered from their messages."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram import Chat, Message

from bot.albums import REMEMBERED, Albums

CHAT = Chat(1, Chat.PRIVATE)


def part(number: int, album: str = "a", caption: str | None = None) -> Message:
    return Message(number, datetime.now(UTC), CHAT, media_group_id=album, caption=caption)


async def test_an_albums_messages_are_gathered_in_order() -> None:
    albums = Albums(quiet_s=0.01)
    second, first = part(2), part(1)
    assert albums.add(second, 20)
    assert not albums.add(first, 10)
    assert await albums.gather(second) == ([first, second], [20, 10])
    assert albums.whole(first) == [first, second]


async def test_an_edit_counts_while_the_album_is_gathered() -> None:
    albums = Albums(quiet_s=0.01)
    first, second, edited = part(1, caption="aple"), part(2), part(1, caption="apple")
    albums.add(first, 10)
    albums.add(second, 20)
    assert albums.amend(edited, 30)
    messages, update_ids = await albums.gather(first)
    assert [message.caption for message in messages] == ["apple", None]
    assert update_ids == [10, 20, 30]
    assert albums.whole(second)[0].caption == "apple"
    assert not albums.amend(edited, 40), "it is gathered"


async def test_what_comes_late_belongs_to_the_same_album() -> None:
    albums = Albums(quiet_s=0.01)
    first, late = part(1, caption="mango"), part(2)
    albums.add(first, 10)
    await albums.gather(first)
    assert albums.add(late, 20)
    assert await albums.gather(late) == ([late], [20])
    assert albums.whole(late) == [first, late]


async def test_an_album_that_is_forgotten_is_its_message_alone() -> None:
    albums = Albums(quiet_s=0)
    messages = [part(number, album=str(number)) for number in range(REMEMBERED + 1)]
    for message in messages:
        albums.add(message, message.message_id)
        await albums.gather(message)
    assert albums.whole(messages[0]) == [messages[0]]
    assert albums.whole(messages[1]) == [messages[1]]
