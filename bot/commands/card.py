"""A model's card as text: its scores and how it was trained."""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands.labels import localized_names, localized_report, model_name
from bot.commands.recipe_names import recipe_name
from bot.commands.summary import short
from bot.texts import Html, Texts
from core.entities import Certainty, FitReport, Model, ModelCard, ModelKind, Recipe

CLASSES_NAMED = 3
SHARED_CLASSES_NAMED = 12
FEW_NAMED = 5
# Below these numbers of test photos a share in per cent, or how far probabilities are off, says more than
# is known.
MIN_PHOTOS_FOR_PERCENT = 30
MIN_PHOTOS_FOR_CALIBRATION = 50


def report_lines(model: Model, texts: Texts) -> Iterator[Html]:
    """The scores and how to read them, one message line each."""
    report = localized_report(model, texts)
    if not report.n_test:
        yield texts("report.unscored")
    elif report.too_few:
        yield from _guessed(report, texts)
    else:
        yield from _cross_validated(report, texts) if report.folds else _held_out(report, texts)
    yield from _best_and_worst(report, texts)
    if report.kept_together:
        yield texts("report.kept_together", n=texts.number(report.kept_together))
    if report.calibration_error is not None and report.n_test >= MIN_PHOTOS_FOR_CALIBRATION:
        error = texts.number(100 * report.calibration_error, 1)
        yield texts("report.calibration", error=error)
    if report.refitted and report.n_test:
        yield texts("report.refitted")
    if not report.complete:
        yield _incomplete(report, texts)


def _held_out(report: FitReport, texts: Texts) -> Iterator[Html]:
    yield texts(
        "report.scores_few" if _is_few(report.n_test) else "report.scores",
        right=texts.number(round(report.accuracy * report.n_test)),
        accuracy=texts.percent(report.accuracy),
        f1=texts.score(report.f1_macro),
        photos=texts.plural("count.unseen_photos", report.n_test),
    )
    yield from _refused(report, texts)
    yield texts(
        "report.trained",
        photos=texts.plural("count.photos", report.n_train),
        classes=texts.plural("count.classes", len(report.classes)),
        seconds=texts.seconds(report.seconds.fit),
    )


def _refused(report: FitReport, texts: Texts) -> Iterator[Html]:
    if refused := refused_photos(report):
        yield texts("report.refused", n=texts.number(refused))


def refused_photos(report: FitReport) -> int:
    """How many held-out photos the model called like nothing it was taught. The score counts their nearest class."""
    return sum(one.n for one in report.certainties if one.answer is Certainty.UNKNOWN)


def _guessed(report: FitReport, texts: Texts) -> Iterator[Html]:
    """Numbers of photos instead of shares, since some classes have too few for a score."""
    yield from _on_test_set(report, texts)
    named = ", ".join(short(label, 24) for label in report.too_few[:FEW_NAMED])
    yield texts(
        "report.guess",
        right=texts.number(round(report.accuracy * report.n_test)),
        photos=texts.plural("count.photos", report.n_test),
        classes=named + (", …" if len(report.too_few) > FEW_NAMED else ""),
    )


def _on_test_set(report: FitReport, texts: Texts) -> Iterator[Html]:
    if report.test:
        n = report.test.n
        yield texts(
            "report.scores_test_few" if _is_few(n) else "report.scores_test",
            right=texts.number(round(report.test.accuracy * n)),
            accuracy=texts.percent(report.test.accuracy),
            photos=texts.plural("count.photos_set_apart", n),
        )


def _cross_validated(report: FitReport, texts: Texts) -> Iterator[Html]:
    yield from _on_test_set(report, texts)
    if report.other_cameras:
        yield texts(
            "report.scores_other_cameras", accuracy=texts.percent(report.other_cameras.accuracy)
        )
    yield texts(
        "report.scores_folds",
        accuracy=share_text(report.accuracy, report.n_test, texts),
        f1=texts.score(report.f1_macro),
        n=texts.number(report.folds),
    )
    yield from _refused(report, texts)


def headline(report: FitReport) -> tuple[float, float]:
    """Accuracy and macro F1 for a list, each 0–1: on photos that were set apart, if there are any."""
    scores = report.test or report
    return scores.accuracy, scores.f1_macro


def scores_text(report: FitReport, texts: Texts) -> str:
    """Accuracy and macro F1 for a list; of what was not tested, only that."""
    accuracy = accuracy_text(report, texts)
    if not is_tested(report):
        return accuracy
    return texts.plain("models.scores", accuracy=accuracy, f1=f1_text(report, texts))


def accuracy_text(report: FitReport, texts: Texts) -> str:
    """The accuracy for a list; "8 of 8" where the photos are few; a guess is called one."""
    share = table_accuracy(report, texts)
    return texts.plain("model.guess", share=share) if is_guess(report) else share


def table_accuracy(report: FitReport, texts: Texts) -> str:
    """The accuracy for a table, where there is no room to call a guess one."""
    if not is_tested(report):
        return texts.plain("model.unscored")
    scores = report.test or report
    return share_text(scores.accuracy, report.test.n if report.test else report.n_test, texts)


def is_tested(report: FitReport) -> bool:
    """True where some photos were asked about."""
    return bool(report.test.n if report.test else report.n_test)


def is_guess(report: FitReport) -> bool:
    """True where the score comes from too few photos."""
    return is_tested(report) and bool(report.too_few) and not report.test


def f1_text(report: FitReport, texts: Texts) -> str:
    """Macro F1 for a list; a dash where nothing was tested."""
    _, f1_macro = headline(report)
    return texts.score(f1_macro) if is_tested(report) else "–"


def share_text(accuracy: float, n: int, texts: Texts) -> str:
    """Per cent, or numbers of photos where these are few. accuracy : on n photos, 0–1."""
    if not _is_few(n):
        return texts.percent(accuracy)
    return texts.plain("report.of", right=texts.number(round(accuracy * n)), n=texts.number(n))


def _is_few(n: int) -> bool:
    return n < MIN_PHOTOS_FOR_PERCENT


def model_number(model: Model, texts: Texts) -> str:
    """The number by which its owner may call the model: "#12"."""
    return texts.plain("model.number", n=model.number)


def _incomplete(report: FitReport, texts: Texts) -> Html:
    """Says what did not end within the budget, and what to do about it."""
    seconds = texts.number(report.budget_s, 1)
    if report.n_train == report.n_available:
        return texts("report.no_curve", seconds=seconds)
    n, total = texts.number(report.n_train), texts.number(report.n_available)
    return texts("report.incomplete", seconds=seconds, n=n, total=total)


def card(model: Model, texts: Texts, *, active: bool) -> Html:
    """The card: identifier, kind, recipe, hyperparameters, scores, curve. active : used in this
    chat."""
    recipe = model.card.recipe
    settings = ", ".join(
        f"{name}={_setting_text(value)}" for name, value in recipe.hyperparameters.items()
    )
    is_baseline = model.kind is ModelKind.BASELINE
    title = "card.title_baseline" if is_baseline else "card.title"
    lines = [
        texts(title, name=model_name(model, texts), number=model_number(model, texts)),
        texts("card.copy" if model.is_copy else f"card.kind.{model.kind}"),
        *([texts("card.active")] if active else []),
        *(_origin(model.card, texts) if is_baseline else _dataset(model, texts)),
        texts("card.recipe", recipe=recipe_name(recipe, texts)),
        texts("card.settings", steps=" + ".join(_steps(recipe)), settings=settings),
        *report_lines(model, texts),
        *_curve_line(model.card.report, texts),
    ]
    return Html("\n".join(lines))


def shared_card(model: Model, texts: Texts, *, active: bool = False) -> Html:
    """The card of somebody else's model: what it knows and its scores. Of its dataset not even the name."""
    labels = list(localized_names(model, texts).values())
    named = ", ".join(short(label) for label in labels[:SHARED_CLASSES_NAMED])
    lines = [
        texts("card.title_shared", name=model.name),
        texts("card.shared"),
        *([texts("card.active")] if active else []),
        texts(
            "card.knows_classes",
            classes=texts.plural("count.classes", len(labels)),
            names=f"{named} …" if len(labels) > SHARED_CLASSES_NAMED else named,
        ),
        texts("card.trained", date=texts.moment(model.created_at)),
        _plain_score(model.card.report, texts),
    ]
    return Html("\n".join(lines))


def _plain_score(report: FitReport, texts: Texts) -> Html:
    """One line for people who did not train the model."""
    scores = report.test or report
    n = report.test.n if report.test else report.n_test
    if not is_tested(report):
        return texts("card.untested")
    return texts(
        "card.guess" if is_guess(report) else "card.right",
        share=texts.number(round(scores.accuracy * n))
        if _is_few(n)
        else texts.percent(scores.accuracy),
        photos=texts.plural("count.photos", n),
    )


def learning(model: Model) -> str:
    """How a shared model learns, as the end of a text's key: "live" with every photo, "fixed" not itself, while its
    dataset still takes photos, "alone" without a dataset."""
    if model.dataset_id is None:
        return "alone"
    return "live" if model.is_live else "fixed"


def _dataset(model: Model, texts: Texts) -> Iterator[Html]:
    if model.is_copy:
        yield texts("card.copied", date=texts.moment(model.created_at))
        return
    yield texts(
        "card.dataset",
        name=model.card.dataset,
        version=model.card.dataset_version,
        date=texts.moment(model.created_at),
    )


def _origin(card: ModelCard, texts: Texts) -> Iterator[Html]:
    """The baseline's classes, and the source of its photos."""
    yield texts(
        "card.knows",
        classes=texts.plural("count.classes", len(card.classes)),
        photos=texts.plural("count.photos", card.report.n_train),
    )
    if origin := card.origin:
        yield texts("card.origin", name=origin.name, url=origin.url, licence=origin.licence)
        yield texts("card.citation", citation=origin.citation)


def _best_and_worst(report: FitReport, texts: Texts) -> Iterator[Html]:
    scored = (score for score in report.class_scores if score.label not in report.too_few)
    ranked = sorted(scored, key=lambda score: -score.f1)
    if len(ranked) <= CLASSES_NAMED or ranked[-1].f1 == 1:
        return
    best, others = ranked[:CLASSES_NAMED], ranked[CLASSES_NAMED:]
    worst = [score for score in reversed(others) if score.f1 < 1][:CLASSES_NAMED]
    for key, scores in (("report.best", best), ("report.worst", worst)):
        named = ", ".join(f"{short(s.label, 24)} {texts.score(s.f1)}" for s in scores)
        yield texts(key, classes=named)


def _curve_line(report: FitReport, texts: Texts) -> list[Html]:
    if report.curve is None:
        return []
    means = [sum(row) / len(row) for row in report.curve.test_scores]
    steps = " → ".join(
        texts.plain("card.curve_step", n=texts.number(size), f1=texts.score(mean))
        for size, mean in zip(report.curve.train_sizes, means, strict=True)
    )
    return [texts("card.curve", steps=steps)]


def _steps(recipe: Recipe) -> Iterator[str]:
    """The names of the recipe's steps, without the reducer if it is "none"."""
    yield recipe.features
    if recipe.reducer != "none":
        yield recipe.reducer
    yield recipe.classifier


def _setting_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
