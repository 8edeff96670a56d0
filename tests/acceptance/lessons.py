"""Steps of people who teach with photos, and what they read off the status."""

from __future__ import annotations

from tests.acceptance.people import Message, Person
from tests.factories import make_image

APPLE, PEAR, PLUM = range(3)
CAN_ANSWER = "I can answer now"
ONE_MORE = "One more class"
MANY_NAMES = (
    *("ant", "bison", "cobra", "dingo", "emu", "falcon", "gnu"),
    *("heron", "ibex", "jackal", "kudu", "lynx", "mole", "newt"),
)
THUMBS, SURPRISED, SHRUG = "👌", "🤔", "🤷"


def named(person: Person, name: str) -> Person:
    """The person has written to the bot, by this name."""
    person.say("/start", name=name)
    person.hears("Lukoshko")
    return person


def begin(olga: Person) -> None:
    """Her group teaches a set of hers."""
    olga.in_group().ask("/teach_here", "This group teaches me now", "Olga", "/teach apple")
    olga.sees(lambda message: "is yours" in message.text)


def photos(kind: int, *numbers: int) -> list[bytes]:
    return [make_image(kind, number) for number in numbers]


def teach(person: Person, label: str, kind: int, *numbers: int) -> int:
    """Sends captioned photos; the number of the first."""
    return person.send_photos(*photos(kind, *numbers), caption=label)[0]


def taught(person: Person) -> Message:
    """Apples and pears are taught; returns the status."""
    teach(person, "apple", APPLE, 0, 1, 2)
    person.hears(ONE_MORE)
    teach(person, "pear", PEAR, 0, 1, 2)
    return person.hears(CAN_ANSWER)


def delete_dataset(person: Person, name: str) -> Message:
    """Deletes a dataset by the buttons of /datasets; the question that was answered with yes."""
    listed = person.ask("/datasets", name)
    person.press(listed, name)
    opened = person.sees(lambda message: any("Delete" in text for text in message.buttons))
    person.press(opened, "Delete")
    question = person.hears("Delete the dataset")
    person.press(question, "Yes, delete")
    return question


def ask(person: Person, picture: bytes) -> Message:
    """The answer to a photo."""
    person.send_photos(picture)
    return person.sees(lambda message: "Other…" in message.buttons)


def counts(board: Message) -> dict[str, int]:
    """How many photos each class has, by the lines of the status."""
    lines = [line.split() for line in board.text.splitlines() if "▮" in line]
    return {" ".join(line[:-2]): int(line[-1]) for line in lines}


def boards(person: Person, since: int) -> list[Message]:
    return [message for message in person.heard(since) if message.text.startswith("🧺")]
