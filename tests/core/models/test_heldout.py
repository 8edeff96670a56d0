"""The photos behind each cell of a report's confusion matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.entities import FitOptions
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
    for truth, row in zip(report.classes, report.confusion, strict=True):
        for named, count in zip(report.classes, row, strict=True):
            behind = tasks.mistaken(ignore, files, recipe, options, (truth, named))
            assert len(set(behind)) == count
            assert {labels[one] for one in behind} <= {truth}
