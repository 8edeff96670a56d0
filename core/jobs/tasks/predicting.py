"""Tasks that answer photos."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from core.entities import Prediction
from core.errors import BadInput, ImageUnreadable
from core.features.registry import make_extractor
from core.jobs.tasks.files import Report
from core.models import modelfile, prediction
from core.photos.images import decode
from core.sealed import Stored

RECENT_MODELS = 16


def predict(
    report: Report, model: Stored, images: Sequence[Path]
) -> tuple[Prediction | BadInput, ...]:
    """Raises ModelUnreadable; a picture that can't be read is answered by its error."""
    loaded = recent_model(model)
    return tuple(_predict_one(loaded, image) for image in images)


def _predict_one(model: modelfile.LoadedModel, image: Path) -> Prediction | BadInput:
    side = make_extractor(model.card.recipe).side
    try:
        return prediction.predict(model, decode(image.read_bytes(), side))
    except BadInput as error:
        return error
    except OSError:
        return ImageUnreadable()


@lru_cache(RECENT_MODELS)
def recent_model(file: Stored) -> modelfile.LoadedModel:
    """The model of a file. Files are named by their content, so a path always means the same model."""
    return modelfile.load(file.path, file.key)
