"""What lies on the disk: unreadable without the key, for its user alone, and whole again from a backup."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import ROOT, BotProcess
from tests.acceptance.steps import teach

PNG = b"\x89PNG\r\n\x1a\n"
# The playground keeps what Telegram would; the networks are nobody's.
NOT_OURS = {"playground", "cache"}


def kept_in(data: Path) -> Iterator[Path]:
    """Files and folders that the bot keeps of its users."""
    for path in data.rglob("*"):
        if path.relative_to(data).parts[0] not in NOT_OURS:
            yield path


def found_in(data: Path, sought: list[bytes]) -> list[bytes]:
    contents = [path.read_bytes() for path in kept_in(data) if path.is_file()]
    names = "\n".join(str(path.relative_to(data)) for path in kept_in(data)).encode()
    return [one for one in sought if any(one in data for data in [*contents, names])]


def storage(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "storage", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_copy_of_the_folder_tells_nothing_and_a_backup_brings_all_back(
    own_bot: BotProcess, meet: Meet, tmp_path: Path
) -> None:
    anna, basket = meet(own_bot), baskets.drawn()
    teach(anna, basket, baskets.QUICK_FIT)
    anna.say("/samples")
    anna.sees(lambda message: message.is_photo)
    anna.send_photos(basket.taught[0])
    anna.hears("%", "█")
    data = own_bot.database.parent

    shutil.copytree(data, tmp_path / "copy")

    photos = list(basket.to_teach.values())
    # No shorter ones: three letters are found in megabytes of what is encrypted by chance.
    sought = [b"fruits", b"accuracy", b"threshold", b"lukoshko_card", b"JFIF\0", b"NUMPY", PNG]
    sought += [name.split("/")[0].encode() for name in basket.to_teach]
    sought += [photo[200:232] for photo in photos]
    assert found_in(tmp_path / "copy", sought) == []
    for path in kept_in(data):
        assert path.stat().st_mode & 0o077 == 0, path
    assert data.stat().st_mode & 0o077 == 0

    assert storage("check", data=data).returncode == 0
    backup = tmp_path / "backup"
    assert storage("backup", str(backup), data=data).returncode == 0
    assert not any(one in backup.read_bytes() for one in sought)
    assert backup.stat().st_mode & 0o077 == 0
    elsewhere = BotProcess(tmp_path / "elsewhere")
    elsewhere.database.parent.parent.mkdir()
    restored = storage("restore", str(backup), data=elsewhere.database.parent)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    elsewhere.start()
    moved = Person(elsewhere, anna.user)
    try:
        moved.ask("/models", "✅")
        moved.send_photos(basket.taught[0])
        moved.hears("%", "█")
    finally:
        moved.leave()
        elsewhere.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_worker_has_the_key_in_its_environment(tmp_path: Path, meet: Meet) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    bot = BotProcess(tmp_path, LUKOSHKO_KEY=key)
    bot.start()
    try:
        anna = meet(bot)
        anna.say("/predict")
        anna.send_photos(baskets.a_kiwi())
        anna.hears("%")
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in bot.workers]
        assert len(environments) > 2
        assert not any(key.encode() in environment for environment in environments)
        assert key not in bot.log
    finally:
        bot.kill()
