"""What folders' names mean: parts of a split, wrappers, sessions, albums by date.

The lists are generous, as a word alone decides nothing: `parts` and `levels` look at the folders
beside it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from enum import StrEnum


class Part(StrEnum):
    """A folder's part in a split; WRAPPER: it only holds the others ("images", "dataset")."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"
    WRAPPER = "wrapper"


_PART_WORDS = {
    Part.TEST: """
        test tests testing tst tests testset testdata testing holdout heldout evaluation eval evaluate pred
        predict prediction predictions unlabeled unlabelled submission query
        тест тесты тестовая тестовые тестовый тестовое тестирование экзамен контроль контрольная
        контрольные тестування тестова тестові
        testdaten prufung essai teste testes prueba pruebas prova prove testowy testowe testy
        测试 测试集 测试数据 測試 測試集 テスト テストデータ 評価 시험 테스트""",
    Part.VALID: """
        valid validation validate val vali dev devel development validset valset
        валидация валидационная валидационные проверка проверочная проверочные валідація перевірка
        validierung validierungsdaten validacion validacao verifica verification validazione
        walidacja dogrulama 验证 验证集 驗證 驗證集 検証 검증""",
    Part.TRAIN: """
        train training trn traindata trainset tr fit learn learning
        обучение обучающая обучающие обучающий учебная учебные тренировка тренировочная тренировочные
        тренировочный трейн навчання навчальна тренування тренувальна
        trainingsdaten entrainement apprentissage entrenamiento treino treinamento treinar
        addestramento trening treningowy egitim 训练 训练集 训练数据 訓練 訓練集 学習 訓練データ 학습 훈련""",
    Part.WRAPPER: """
        image images img imgs picture pictures pic pics photo photos foto fotos data dataset datasets
        set sets split splits part parts folder folders seg files file my new all raw samples sample full
        original originals the of and main archive export download downloads takeout google dcim
        фото фотографии фотки изображения изображение картинки картинка данные датасет набор выборка
        папка новая мои часть файлы архив зображення дані набір
        bilder bild daten datensatz imagenes imagen datos imagens dados immagini dati donnees photographies
        zdjecia obrazy dane resimler veri
        图片 图像 照片 数据 数据集 新建文件夹 圖片 資料 画像 写真 データ データセット 사진 이미지""",
}
_SESSION_WORDS = """
    session sessions sess day batch fold shoot shooting take run series visit round trip scan burst
    сессия сеанс съемка день серия партия дубль заход
    sitzung tag serie jour seance sesion dia 天 日 第一天
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря г год года"""
_SETTING_WORDS = """
    camera cam phone iphone android smartphone canon nikon sony samsung pixel webcam scanner
    color colour grayscale greyscale gray grey segmented augmented aug resized cropped processed
    edited raw original person user participant subject indoor outdoor front back
    камера телефон фотоаппарат группа человек участник kamera 相机 手机"""
_SIDECAR_WORDS = """
    annotations annotation labels label masks mask docs doc json xml csv metadata meta ground truth
    разметка аннотации метки маски"""
_ALBUM_WORDS = """
    photos photo from de of for for the in fotos foto von aus del vom фото фотографии за из с от год года г
    albums all recents recent favorites favourites favoriten camera roll library archive untitled
    избранное все недавние недавно архив камера снимки"""

_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
_LETTERS = re.compile(r"[^\W\d_]+")
_DATE = re.compile(
    r"(19|20)\d\d[-_. ]?[01]\d([-_. ]?[0-3]\d)?|[0-3]?\d[-_. ][01]?\d[-_. ](19|20)?\d\d"
)
_CAMERA_FOLDER = re.compile(r"\d{3}(_?[A-Z]{2,5}_?|_\d{4}|\d?[A-Z]{4,5})\d*", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


def plain(name: str) -> str:
    """The name without case, accents, spaces, dashes and invisible characters: what looks alike is equal."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(
        c for c in decomposed if unicodedata.category(c)[0] not in "MZC" and c not in "-_.'’`"
    )


def words_of(name: str) -> frozenset[str]:
    """The name's words without case, accents and digits: "testSet_2" has "test" and "set"."""
    return frozenset(plain(word) for word in _LETTERS.findall(_CAMEL.sub(" ", name)))


def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(map(plain, text.split()))


_PARTS = {part: _vocabulary(text) for part, text in _PART_WORDS.items()}
_ALL_PARTS = frozenset[str]().union(*_PARTS.values())
_SESSIONS = _vocabulary(_SESSION_WORDS)
_SETTINGS = _vocabulary(_SETTING_WORDS)
_SIDECARS = _vocabulary(_SIDECAR_WORDS)
_ALBUMS = _vocabulary(_ALBUM_WORDS)


def part_of(words: Set[str]) -> Part | None:
    """The part that these words name if they name nothing else."""
    if not words or not words <= _ALL_PARTS:
        return None
    return next(part for part, known in _PARTS.items() if words & known)


def is_part_word(word: str) -> bool:
    return word in _ALL_PARTS


def is_number(name: str) -> bool:
    """A bare number: a session in one tree, a class (digits, coins' years) in another."""
    return name.strip().isdecimal() and not _DATE.fullmatch(name.strip())


def is_session(name: str) -> bool:
    """A date, "session 2", "day1", or a camera's folder ("100CANON")."""
    stripped = name.strip()
    if _DATE.match(stripped) or _CAMERA_FOLDER.fullmatch(stripped):
        return True
    words = words_of(stripped)
    return bool(words) and words <= _SESSIONS and any(map(str.isdecimal, stripped))


def is_setting(name: str) -> bool:
    """Who or what took the photos, or how they were prepared ("iphone", "grayscale", "person 2").

    May well be a class; it is none where the classes' names recur beneath such folders.
    """
    words = words_of(name)
    return bool(words) and words <= _SETTINGS


def is_album_by_date(name: str) -> bool:
    """An album by year, as Google Takeout makes them: "Photos from 2023"."""
    return (
        bool(_YEAR.search(name)) and words_of(name) <= _ALBUMS | _SESSIONS and not is_number(name)
    )


def is_album(name: str) -> bool:
    """An album that an app fills by itself: of a date, "Camera Roll", "All photos"."""
    words = words_of(name)
    by_date = is_session(name) or is_album_by_date(name)
    return by_date or (bool(words) and words <= _ALBUMS | _ALL_PARTS)


def is_sidecar(name: str) -> bool:
    """A folder for what belongs to photos: annotations, masks."""
    words = words_of(name)
    return bool(words) and words <= _SIDECARS | _ALL_PARTS
