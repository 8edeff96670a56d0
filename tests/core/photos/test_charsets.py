from __future__ import annotations

import random

import pytest

from core.photos.charsets import decode_names

RUSSIAN = (
    "яблоки груши Сливы лимоны Кошки собаки чашки ложки Вилки щенки кактусы фиалка Грибы Мухомор котики "
    "АНТОНОВКА ПСЫ ключи телефон очки жуки шмель берёза дуб сыроежка хлеб молоко чай папка"
)
UKRAINIAN = (
    "яблука груші сливи Коти Собаки їжак Вишні сніг річка ґудзик горіхи помідори огірки ведмідь"
)
CHINESE = "苹果 梨 香蕉 葡萄 西瓜 草莓 狗 桌子 椅子 杯子 手机 汽车 飞机 火车 照片 玫瑰 柠檬 樱桃 胡萝卜 白菜"
JAPANESE = (
    "りんご なし みかん バナナ 猫 桜 写真 トマト 林檎 花 電車 車 時計 机 椅子 新しいフォルダー"
)
GERMAN = "Äpfel Möhren Kürbis Käse Tür Straße Grüße Löwe Bär Hühner Öl Übung Büro Schlüssel Frösche"
FRENCH = "pêche café crème école forêt château garçon gâteau chêne français Noël éléphant théière"


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize(
    ("words", "charset"),
    [
        (RUSSIAN, "cp866"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "utf-8"),
        (UKRAINIAN, "cp1251"),
        (CHINESE, "gbk"),
        (JAPANESE, "cp932"),
        (GERMAN, "cp437"),
        (GERMAN, "cp1252"),
        (FRENCH, "cp437"),
        (FRENCH, "cp1252"),
    ],
)
def test_the_charset_that_makes_words_is_taken(words: str, charset: str, count: int) -> None:
    rng = random.Random(count)
    for _ in range(60):
        names = tuple(f"photos/{word}/1.jpg" for word in rng.sample(words.split(), count))
        assert decode_names([name.encode(charset) for name in names]).names == names


def test_a_second_likely_reading_is_told() -> None:
    decoded = decode_names(["犬/1.jpg".encode("cp932")])
    assert {decoded.names, decoded.other} == {("犬/1.jpg",), ("Мв/1.jpg",)}


def test_a_sure_reading_has_no_second() -> None:
    names = ("Яблоки/1.jpg", "Груши/1.jpg", "ascii.jpg")
    assert decode_names([name.encode("cp1251") for name in names]).other is None


def test_no_names_are_no_trouble() -> None:
    assert decode_names([]).names == ()
