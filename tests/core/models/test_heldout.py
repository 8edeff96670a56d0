"""The photos behind each cell of a report's confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.entities import FitOptions, FitReport, Mistake
from core.jobs import tasks
from core.recipes import make_recipe
from tests.core.learning import examples_of, ignore, noise_files


@pytest.mark.parametrize("photos", [20, 4], ids=["a fifth held out", "cross-validated"])
@pytest.mark.parametrize("classifier", ["svc", "lda", "forest"])
def test_every_cell_has_the_photos_that_it_counts(
    tmp_path: Path, photos: int, classifier: str
) -> None:
    files = noise_files(tmp_path, classes=3, photos=photos)
    recipe, options = make_recipe("hog", classifier), FitOptions(budget_s=60)
    fitted = tasks.fit(ignore, files, recipe, options, ("noise", 1), tmp_path / "model.onnx")
    report = fitted.card.report
    labels = {example.id: example.label for example in examples_of(files)}
    assert sum(map(sum, report.confusion)) == report.n_test
    mistakes = tasks.mistakes(ignore, files, recipe, options)
    assert all(labels[one.example_id] == one.truth for one in mistakes)
    assert_every_cell_has_its_photos(report, mistakes)


def test_every_cell_of_a_live_model_has_its_photos(tmp_path: Path) -> None:
    files = noise_files(tmp_path, classes=6, photos=8, recipe=make_recipe())
    out = tmp_path / "model.onnx"
    report = tasks.fit_live(ignore, files, ("noise", 1), False, out).fitted.card.report
    assert report.n_test == 48
    assert_every_cell_has_its_photos(report, tasks.mistakes(ignore, files, None, FitOptions()))


def assert_every_cell_has_its_photos(report: FitReport, mistakes: Sequence[Mistake]) -> None:
    for truth, row in zip(report.classes, report.confusion, strict=True):
        for named, count in zip(report.classes, row, strict=True):
            behind = {o.example_id for o in mistakes if (o.truth, o.named) == (truth, named)}
            assert len(behind) == (count if truth != named else 0)
