"""What a quiz tells when its poll is over: the class, who was right, what the bot said and why."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from telegram import InlineKeyboardMarkup, Message

from bot.commands.labels import localized_label, localized_names
from bot.context import Context
from bot.keyboards import EVERYBODY, Buttons, keyboard
from bot.texts import Html, Texts
from core.entities import BOT_PLAYER, Model, PlayerScore, Question, Vote
from core.services.quizzes import Said

NAMED = 10
SCORES_SHOWN = 5


async def tell(
    context: Context,
    question: Question,
    model: Model | None,
    sent: Message,
    votes: Sequence[Vote],
    said: Said | None,
) -> None:
    """One message: the class, who was right, what the bot said and why."""
    quizzes, update_id = context.services.quizzes, context.incoming.update_id
    if not await quizzes.is_permitted(question.owner_id, question.dataset_id, context.chat_id):
        said = None
    right = [vote for vote in votes if vote.option == question.correct]
    scores = await quizzes.score(
        context.chat_id, update_id, right, bot=said is not None and _is_right(said, question)
    )
    texts = context.texts
    lines = [
        texts("quiz.truth", label=name_of(question.label, model, texts)),
        _of_players(votes, right, texts),
        *(_of_bot(said, question, texts) if said else [texts("quiz.bot_silent")]),
        *([_of_scores(scores, texts)] if scores else []),
    ]
    text, keys = Html("\n".join(lines)), _result_keys(question, texts)
    if said and said.map:
        await sent.reply_photo(said.map, caption=text, do_quote=True, reply_markup=keys)
    else:
        await sent.reply_text(text, do_quote=True, reply_markup=keys)


def name_of(label: str, model: Model | None, texts: Texts) -> str:
    """The class in the words of the chat; model : None where it is gone."""
    return localized_label(label, model, texts) if model else label


def _result_keys(question: Question, texts: Texts) -> InlineKeyboardMarkup:
    """For everybody the next round, and for the owner of the photo its own buttons."""
    wrong = texts.plain("button.quiz_wrong"), "photo_wrong"
    return keyboard(
        [Buttons(EVERYBODY)(texts.plain("button.quiz_next"), "quiz_next")],
        [Buttons(question.owner_id)(*wrong, question.dataset_id, question.example_id)],
    )


def _is_right(said: Said, question: Question) -> bool:
    return said.prediction.known and said.prediction.label == question.label


def _of_players(votes: Sequence[Vote], right: Sequence[Vote], texts: Texts) -> Html:
    if not votes:
        return texts("quiz.nobody_voted")
    if not right:
        return texts("quiz.nobody_right")
    names = Html(", ".join(escape(vote.name) for vote in right[:NAMED]))
    if len(right) > NAMED:
        return texts("quiz.right_and_more", names=names, n=texts.number(len(right) - NAMED))
    return texts("quiz.right" if len(right) > 1 else "quiz.right_one", names=names)


def _of_bot(said: Said, question: Question, texts: Texts) -> list[Html]:
    """What the bot said, whether it knew the photo, and what speaks for its answer."""
    prediction, names = said.prediction, localized_names(said.model, texts)
    label = names.get(prediction.label, prediction.label)
    if not prediction.known:
        answer = texts("quiz.bot_unknown", label=label)
    elif prediction.probability is None:
        key = "quiz.bot_right" if _is_right(said, question) else "quiz.bot_wrong"
        answer = texts(key, label=label)
    else:
        key = "quiz.bot_right_chance" if _is_right(said, question) else "quiz.bot_wrong_chance"
        answer = texts(key, label=label, probability=texts.chance(prediction.probability))
    seen = texts("quiz.held_out") if said.is_held_out else texts("quiz.learned")
    return [Html(f"{answer} {seen}"), *_of_map(said, names, texts)]


def _of_map(said: Said, names: dict[str, str], texts: Texts) -> list[Html]:
    if said.map is None:
        return []
    explanation = said.explanation
    classes = {"label": names[explanation.label], "second": names[explanation.second]}
    where = texts("why.map" if explanation.is_exact else "why.map_roughly", **classes)
    return [Html(f"{texts('why.title', **classes)} {where}")]


def _of_scores(scores: Sequence[PlayerScore], texts: Texts) -> Html:
    def player(score: PlayerScore) -> str:
        name = texts.plain("quiz.me") if score.player_id == BOT_PLAYER else score.name
        return f"{escape(name)} {texts.number(score.points)}"

    return texts("quiz.scores", scores=Html(" · ".join(map(player, scores[:SCORES_SHOWN]))))
