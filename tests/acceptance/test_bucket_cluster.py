"""A bot whose photos and models are in a bucket, and whose work is done by two nodes that see none of its folders."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core import sealed
from storage.keyfile import KeySettings, find_key
from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, CAN_ANSWER, ONE_MORE, PEAR, ask
from tests.acceptance.lessons import teach as show
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import nearest_class, teach, train
from tests.factories import make_image
from tests.ray_nodes import add_node, running_cluster
from tests.s3_server import BUCKET, S3Server, running_s3

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the nodes have theirs in."""
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def cluster(nodes: Path) -> Iterator[Any]:
    with running_cluster(nodes) as cluster:
        yield cluster


@pytest.fixture
def bot(cluster: Any, server: S3Server, tmp_path: Path) -> Iterator[BotProcess]:
    settings = {"COMPUTE": f"ray://{cluster.address}", "FILES": f"s3://{BUCKET}/nodes"}
    bot = BotProcess(tmp_path, **(dict(server.settings) | settings))
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_the_journey_on_nodes_that_see_no_folder_of_the_bot(
    bot: BotProcess, cluster: Any, nodes: Path, server: S3Server, meet: Meet
) -> None:
    anna, basket = meet(bot), baskets.drawn()
    teach(anna, basket, baskets.QUICK_FIT)
    anna.say("/samples")
    anna.sees(lambda message: message.is_photo)
    anna.send_photos(basket.taught[0])
    answer = anna.hears("%", "█")
    anna.press(answer, "Why?")
    anna.sees(lambda message: message.is_photo and "Why" in message.text)
    anna.say("/export")
    anna.sees(lambda message: (message.file_name or "").endswith(".zip"))
    # A live model, and a node that has never seen any of it.
    boris = meet(bot)
    show(boris, "apple", APPLE, 0, 1, 2)
    boris.hears(ONE_MORE)
    add_node(cluster, nodes / "later")
    show(boris, "pear", PEAR, 0, 1, 2)
    boris.hears(CAN_ANSWER)
    assert nearest_class(ask(boris, make_image(PEAR, 5))) == "pear"
    train(anna, "/fit features=hog classifier=svc")

    kept_by_nodes = {path: path.read_bytes() for path in files_of(nodes, "sealed")}
    assert any("/photos/" in str(path) for path in kept_by_nodes)
    assert any("/cache/features/" in str(path) for path in kept_by_nodes)
    tells_nothing(bot, {str(path): content for path, content in kept_by_nodes.items()}, basket)
    tells_nothing(bot, server.contents("nodes/sealed"), basket)
    # What goes on after the report, as looking for photos that seem mislabelled, ends by itself.
    is_soon_empty(lambda: files_of(nodes, "work"))
    is_soon_empty(lambda: server.contents("nodes/work"))

    for person in (anna, boris):
        person.press(person.ask("/delete_my_data", "can't be undone"), "Yes, delete everything")
        person.hears("I keep nothing about you")
    assert set(server.contents("nodes")) == {"identity"}


def is_soon_empty(look: Callable[[], Collection[object]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while left := look():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def files_of(nodes: Path, folder: str) -> list[Path]:
    """The files in a folder of all nodes."""
    found = nodes.glob(f"lukoshko-node-*/{folder}/**/*")
    return [path for path in found if path.is_file() and path.name != ".lock"]


def tells_nothing(bot: BotProcess, files: dict[str, bytes], basket: baskets.Basket) -> None:
    """All of it is sealed, and has neither a key nor anything that a person sent."""
    sought = [b"fruits", b"accuracy", b"lukoshko_card", b"JFIF\0", b"NUMPY", b"\x89PNG\r\n"]
    sought += [name.split("/")[0].encode() for name in basket.to_teach]
    sought += [photo[200:232] for photo in basket.to_teach.values()]
    for key in keys_of(bot):
        sought += [key, key.hex().encode(), base64.b64encode(key)]
    for name, content in files.items():
        assert content.startswith(sealed.MAGIC), name
        assert not any(one in content or one in name.encode() for one in sought), name


def keys_of(bot: BotProcess) -> list[bytes]:
    """The master key and those of the owners."""
    master = find_key(bot.folder, KeySettings())
    with closing(bot.open_database()) as database:
        rows = database.execute("SELECT owner_id, wrapped FROM owner_keys").fetchall()
    return [master.secret, *(master.unwrap(owner, wrapped) for owner, wrapped in rows)]
