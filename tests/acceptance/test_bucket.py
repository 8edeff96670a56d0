"""Photos and models in a bucket of a real S3 server: the whole journey, a machine that has nothing, a server that is
away, and what is left of a person in the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from core import sealed
from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, CAN_ANSWER, ONE_MORE, PEAR, PLUM, ask, taught
from tests.acceptance.lessons import teach as show
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import nearest_class, teach, train
from tests.factories import make_image
from tests.s3_server import BUCKET, S3Server, running_s3

AWAY = "I can't reach the place where photos and models are kept"
_prefixes = count()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


class BucketBot(BotProcess):
    """A bot whose files are in a bucket."""

    def __init__(self, home: Path, server: S3Server, **settings: str) -> None:
        self.server = server
        self.prefix = f"bots/{next(_prefixes)}"
        files = {"FILES": f"s3://{BUCKET}/{self.prefix}"}
        super().__init__(home, **(files | dict(server.settings) | settings))

    def objects(self) -> dict[str, bytes]:
        """What is kept of people."""
        kept = self.server.contents(self.prefix)
        return {name: content for name, content in kept.items() if name.startswith("sealed/")}


@pytest.fixture
def bot(server: S3Server, tmp_path: Path) -> Iterator[BucketBot]:
    bot = BucketBot(tmp_path, server)
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_the_journey_and_nothing_is_left_in_the_end(bot: BucketBot, meet: Meet) -> None:
    anna, basket = meet(bot), baskets.drawn()
    teach(anna, basket, baskets.QUICK_FIT)
    anna.say("/samples")
    anna.sees(lambda message: message.is_photo)
    anna.send_photos(basket.taught[0])
    anna.hears("%", "█")
    tells_nothing(bot, basket)

    # A machine that has the database alone.
    assert bot.stop() == 0
    shutil.rmtree(bot.folder / "sealed")
    bot.start()
    anna.send_photos(basket.taught[0])
    anna.hears("%", "█")
    train(anna, "/fit features=hog classifier=svc")
    anna.say("/samples")
    anna.sees(lambda message: message.is_photo)

    anna.press(anna.ask("/delete_my_data", "can't be undone"), "Yes, delete everything")
    anna.hears("I keep nothing about you")
    assert bot.objects() == {}
    assert [path for path in (bot.folder / "sealed").rglob("*") if path.is_file()] == []


def tells_nothing(bot: BucketBot, basket: baskets.Basket) -> None:
    """Every object is sealed, and there is no photo, name, label or key in any."""
    objects = bot.objects()
    assert len([name for name in objects if "/photos/" in name]) == len(basket.to_teach)
    sought = [b"fruits", b"accuracy", b"lukoshko_card", b"JFIF\0", b"NUMPY", b"\x89PNG\r\n"]
    sought += [name.split("/")[0].encode() for name in basket.to_teach]
    sought += [photo[200:232] for photo in basket.to_teach.values()]
    for name, content in objects.items():
        assert content.startswith(sealed.MAGIC), name
        assert not any(one in content or one in name.encode() for one in sought), name


def test_a_server_that_is_away_costs_a_sentence(
    bot: BucketBot, server: S3Server, meet: Meet
) -> None:
    anna = meet(bot)
    taught(anna)
    server.stop()
    try:
        show(anna, "plum", PLUM, 0, 1, 2)
        anna.hears(AWAY)
        assert "reference" in bot.log
    finally:
        server.start()
    show(anna, "plum", PLUM, 0, 1, 2)
    anna.hears(CAN_ANSWER, "plum ▮▮▮ 3")
    assert nearest_class(ask(anna, make_image(PLUM, 5))) == "plum"


def test_a_cache_of_nothing_is_only_slower(server: S3Server, tmp_path: Path, meet: Meet) -> None:
    bot = BucketBot(tmp_path, server, FILES_CACHE_MEGABYTES="0")
    bot.start()
    try:
        anna: Person = meet(bot)
        show(anna, "apple", APPLE, 0, 1, 2)
        anna.hears(ONE_MORE)
        show(anna, "pear", PEAR, 0, 1, 2)
        anna.hears(CAN_ANSWER)
        assert nearest_class(ask(anna, make_image(PEAR, 5))) == "pear"
    finally:
        assert bot.stop() == 0
    assert "Traceback" not in bot.log, bot.log
    left = {path.name for path in (bot.folder / "sealed").rglob("*") if path.is_file()}
    assert left <= {".lock"}


def test_a_start_without_its_bucket_says_so(server: S3Server, tmp_path: Path) -> None:
    bot = BucketBot(tmp_path, server, FILES="s3://no-such-bucket/x")
    failed = bot.try_to_start()
    assert failed.returncode == 1
    assert "FILES=s3://no-such-bucket/x can't be used (there is no such bucket)" in failed.stderr
    assert "Traceback" not in failed.stderr
