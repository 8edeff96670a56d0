"""Nobody reaches what is not theirs: every command and every button, with another person's names and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.routes import ACTIONS, PRIVATE_COMMANDS
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, ask
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train
from tests.factories import make_image

CLASSES = ("annapple", "annapear")
MODEL = "annamodel"
NUMBERS = ((), (1,), (1, 1), (1, 1, 1))
# The first makes something of the presser's own, whose pictures are shown; the second takes the message away.
NOT_PRESSED = {"sample", "answer_close"}
# A link's user would not have the model any more, or no copy of it.
ENDS_THE_USE = {"my_delete_yes", "remove_yes", "remove_all_yes", "give_back"}


@pytest.fixture(scope="module")
def secretive_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("secretive"))
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_no_command_and_no_button_reaches_what_is_another_persons(
    secretive_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(secretive_bot), meet(secretive_bot)
    shown = _everything_of(anna)
    before = _kept(anna)
    beginning = boris.now()
    stale = boris.ask("/start", "Lukoshko")

    popups = [boris.press_data(stale, data).text for data in _buttons_for(boris, anna, shown)]
    for command in PRIVATE_COMMANDS:
        for words in (MODEL, f"1 {CLASSES[0]}"):
            boris.say(f"/{command} {words}".strip())
    boris.say("/cancel")
    boris.ask("/help", "/upload_dataset")

    heard = boris.heard(beginning)
    said = "\n".join([*popups, *(message.text for message in heard)])
    for secret in (*CLASSES, MODEL):
        # What Boris wrote himself may be quoted to him.
        assert not [line for line in said.splitlines() if secret in line and not _quotes(line)], (
            said
        )
    assert not [message for message in heard if message.is_photo]
    files = b"".join(boris.fetch(message) for message in heard if message.file_name)
    assert not [secret for secret in (*CLASSES, MODEL) if secret.encode() in files]
    assert _kept(anna) == before


def test_a_links_model_is_usable_and_its_photos_are_not_reachable(
    secretive_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(secretive_bot), meet(secretive_bot)
    shown = _everything_of(anna, _in_magenta)
    sheets = [anna.fetch(message) for message in shown if message.is_photo]
    assert any(map(_shows_magenta, sheets)), "the owner sees them"
    before = _kept(anna)
    anna.say("/share My things")
    link = anna.hears("Link to copy").copied[0]
    opened = boris.ask(f"/start {link.partition('=')[2]}", *CLASSES)
    boris.press(opened, "Copy to mine")
    boris.hears("is yours now")
    boris.press(opened, "Use here")
    boris.hears("answers here now")
    boris.send_photos(make_image(PEAR, 9))
    answer = boris.sees(lambda message: "Why?" in " ".join(message.buttons))
    beginning = boris.now()

    boris.press(answer, "Why?")
    boris.hears("Only their owner can see the photos")
    buttons = _buttons_for(boris, anna, shown)
    for data in buttons:
        if data.split(":")[0] not in ENDS_THE_USE:
            boris.press_data(answer, data)
    for command in PRIVATE_COMMANDS:
        for words in ("My things", CLASSES[0], ""):
            boris.say(f"/{command} {words}".strip())
    boris.say("/cancel")
    boris.ask("/help", "/upload_dataset")

    for message in boris.heard(beginning):
        if message.is_photo or message.file_name:
            pictures = _pictures_in(message, boris.fetch(message))
            assert not any(map(_shows_magenta, pictures)), message.file_name or message.text
    boris.ask("/models", "shared with you")
    assert _kept(anna) == before


def _pictures_in(message: Message, content: bytes) -> list[bytes]:
    """The picture that a message is, or those in its ZIP."""
    if str(message.file_name).endswith(".zip"):
        with ZipFile(BytesIO(content)) as archive:
            return [archive.read(name) for name in archive.namelist() if name.endswith(".jpg")]
    is_picture = message.is_photo or str(message.file_name).endswith(".png")
    return [content] if is_picture else []


def _in_magenta(kind: int, number: int) -> bytes:
    """A photo in a colour that neither charts nor heat maps have; its brightness is its class."""
    random = Random(number)
    level = 255 - 110 * kind - random.randrange(20)
    picture = Image.new("RGB", (96, 96), (level, 0, level))
    for _ in range(3):
        place = random.randrange(80), random.randrange(80)
        picture.paste((level, 30, level), (*place, place[0] + 16, place[1] + 16))
    content = BytesIO()
    picture.save(content, "JPEG", quality=95)
    return content.getvalue()


def _shows_magenta(content: bytes) -> bool:
    """True for a picture in which a small photo of that colour would be seen."""
    with Image.open(BytesIO(content)) as picture:
        red, green, blue = picture.convert("RGB").resize((320, 320)).split()
    pixels = zip(red.tobytes(), green.tobytes(), blue.tobytes(), strict=True)
    return sum(r > 90 and b > 90 and g < 60 and abs(r - b) < 40 for r, g, b in pixels) > 100


def _everything_of(
    person: Person, photo: Callable[[int, int], bytes] = make_image
) -> list[Message]:
    """A dataset, a live model and a trained one, pages, an answer: with their buttons."""
    for name, kind in zip(CLASSES, (APPLE, PEAR), strict=True):
        person.send_photos(*(photo(kind, number) for number in range(4)), caption=name)
    person.hears("I can answer now")
    ask(person, photo(PEAR, 9))
    train(person, f"/fit hog svc name={MODEL}")
    for command, word in (
        *(("/datasets", "My things"), ("/info", "8 photos"), (f"/info {CLASSES[0]}", CLASSES[0])),
        *((f"/samples {CLASSES[0]}", CLASSES[0]), ("/models", MODEL), (f"/model {MODEL}", MODEL)),
    ):
        person.ask(command, word)
    return person.heard(0)


def _kept(person: Person) -> tuple[str, str, str]:
    """What a person has, in words."""
    return (
        person.ask("/datasets", "My things").text,
        person.ask("/models", MODEL).text,
        person.ask("/info", "8 photos").text,
    )


def _buttons_for(thief: Person, owner: Person, shown: list[Message]) -> list[str]:
    """The owner's buttons as if they were made for the thief, and each action with small numbers."""
    stolen = {
        ":".join((*data.split(":")[:-1], str(thief.user)))
        for message in shown
        for data in message.buttons.values()
        if data.split(":")[-1] == str(owner.user)
    }
    tried = {
        ":".join((action, *map(str, numbers), str(thief.user)))
        for action in ACTIONS
        for numbers in NUMBERS
    }
    return sorted(data for data in stolen | tried if data.split(":")[0] not in NOT_PRESSED)


def _quotes(line: str) -> bool:
    return any(mark in line for mark in ("“", "«", "There is no", "no model", "Did you mean"))
