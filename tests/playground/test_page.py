"""The page in a real browser, with a small bot of the real python-telegram-bot behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from tests.chromium import browsing, needs_browser
from tests.playground.conftest import Boot
from tests.playground.people import TOKEN, picture

pytestmark = needs_browser


async def greet(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_html("Hello, <b>friend</b>! Try /help. <i>&lt;img src=x&gt;</i>")


async def ask(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    button = InlineKeyboardButton("Look", callback_data="look")
    keyboard = InlineKeyboardMarkup([[button]])
    await update.message.reply_text("A photo!", reply_markup=keyboard, do_quote=True)


async def look(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.callback_query.answer("Looking…")
    await update.callback_query.edit_message_text("I have looked.")


async def teach(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    rows = [["🍎 apple 12", "🍐 pear 5"], ["✅ Done"]]
    keyboard = ReplyKeyboardMarkup(rows, input_field_placeholder="A photo", is_persistent=True)
    await update.message.reply_text("Send photos.", reply_markup=keyboard)


async def finish(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_text("Taught.", reply_markup=ReplyKeyboardRemove())


async def ask_all(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_poll("Which one?", ["apple", "pear"])


async def quiz(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_poll(
        "What is it?",
        ["apple", "pear"],
        type="quiz",
        correct_option_ids=[1],
        media=InputMediaPhoto(picture()),
    )


async def offer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    content = InputTextMessageContent("All about berries")
    typed = update.inline_query.query
    await update.inline_query.answer([InlineQueryResultArticle("1", f"My {typed}", content)])


LINK = "https://t.me/LukoshkoBot?start=m_abc"


async def share(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    button = InlineKeyboardButton("Copy link", copy_text=CopyTextButton(LINK))
    await update.message.reply_text(LINK, reply_markup=InlineKeyboardMarkup([[button]]))


async def react(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.effective_message.set_reaction("🤔" if update.edited_message else "👌")


@pytest.fixture
async def served(boot: Boot) -> AsyncIterator[str]:
    """The address of a page whose bot answers photos with a button, and edits at its press; it
    reacts to texts, and has a keyboard, a poll and a link."""
    address = (await boot()).address
    urls = f"{address}/bot", f"{address}/file/bot"
    builder = Application.builder().token(TOKEN).base_url(urls[0]).base_file_url(urls[1])
    application = builder.build()
    application.add_handler(CommandHandler("start", greet))
    application.add_handler(CommandHandler("teach", teach))
    application.add_handler(CommandHandler("vote", ask_all))
    application.add_handler(CommandHandler("quiz", quiz))
    application.add_handler(InlineQueryHandler(offer))
    application.add_handler(CommandHandler("share", share))
    application.add_handler(MessageHandler(filters.PHOTO, ask))
    application.add_handler(MessageHandler(filters.Text(["✅ Done"]), finish))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, react))
    application.add_handler(CallbackQueryHandler(look))
    async with application:
        await application.bot.set_my_commands([("start", "begin anew"), ("help", "what I can do")])
        await application.start()
        await application.updater.start_polling()
        yield address
        await application.updater.stop()
        await application.stop()


@pytest.fixture
async def page(served: str) -> AsyncIterator[Page]:
    async with browsing() as browser:
        page = await browser.new_page(locale="en")
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
        await page.goto(served)
        yield page
    assert complaints == []


async def attach(page: Page, *files: Path) -> None:
    await page.locator("#files").set_input_files(files)


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_a_photo_a_button_and_the_edit(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "tomato.png"
    photo.write_bytes(picture(640, 480, kind="PNG"))
    await attach(page, photo)
    await page.get_by_label("Caption").fill("what is it?")
    await page.get_by_role("button", name="Send").last.click()
    await expect(page.locator(".mine .photo img")).to_be_visible()
    await expect(page.locator(".theirs .quote")).to_contain_text("what is it?")
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator(".theirs .words")).to_contain_text("I have looked.")
    await expect(page.get_by_role("alert")).to_have_text("Looking…")
    await expect(page.locator(".keyboard")).to_have_count(0)
    await page.locator(".mine .photo").click()
    await expect(page.locator("#viewer img")).to_be_visible()


async def test_a_link_is_copied_by_its_button_and_opens_the_chat(page: Page) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await say(page, "/share")
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_role("alert")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == LINK
    await page.get_by_role("button", name=LINK, exact=True).click()
    await expect(page.locator(".mine .words").last).to_contain_text("/start m_abc")
    await expect(page.locator(".theirs .words").last).to_contain_text("Hello, friend!")


async def test_several_photos_become_an_album_and_files_stay_files(
    page: Page, tmp_path: Path
) -> None:
    photos = [tmp_path / f"{color}.png" for color in ("red", "green", "blue")]
    for photo in photos:
        photo.write_bytes(picture(color=photo.stem, kind="PNG"))
    await attach(page, *photos)
    await page.get_by_role("button", name="Send").last.click()
    await expect(page.locator(".mine .count-3 img")).to_have_count(3)
    await attach(page, photos[0])
    await page.get_by_label("As files").check()
    await page.get_by_role("button", name="Send").last.click()
    await expect(page.locator(".mine .file")).to_contain_text("red.png")


async def test_the_keyboard_suffices_for_a_command_and_in_the_group_anyone_speaks(
    page: Page,
) -> None:
    await page.get_by_label("Message", exact=True).press_sequentially("/st")
    await expect(page.locator("#menu button")).to_have_text("/start begin anew")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator(".theirs .words")).to_contain_text("Hello")
    await page.get_by_role("button", name="Group").click()
    await page.locator("#speaker").select_option("Boris")
    await say(page, "/start")
    await expect(page.locator(".mine .words")).to_contain_text("/start")
    await page.locator("#speaker").select_option("Clara")
    await expect(page.locator(".theirs .name").first).to_have_text("Boris")


async def test_markup_is_shown_and_never_run_on_a_phone_in_russian(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.get_by_role("button", name="Chats").click()
    await page.get_by_label("Language").select_option("ru")
    await page.get_by_role("button", name="личный чат").click()
    await expect(page.get_by_placeholder("Сообщение")).to_be_visible()
    await page.get_by_role("button", name="Начать").click()
    answer = page.locator(".theirs .words")
    await expect(answer).to_contain_text("Hello, friend! Try /help. <img src=x>")
    await expect(answer.locator("b")).to_have_text("friend")
    await expect(answer.locator("img")).to_have_count(0)
    await answer.get_by_role("button", name="/help").click()
    await expect(page.locator(".mine .words").last).to_contain_text("/help")
    overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


async def test_a_keyboard_under_the_input_sends_its_words(page: Page) -> None:
    await say(page, "/teach")
    keys = page.locator("#keys button")
    await expect(keys).to_have_text(["🍎 apple 12", "🍐 pear 5", "✅ Done"])
    await expect(page.get_by_placeholder("A photo")).to_be_visible()
    await keys.nth(1).click()
    await expect(page.locator(".mine .words").last).to_contain_text("🍐 pear 5")
    await page.reload()
    await keys.nth(2).click()
    await expect(page.locator(".theirs .words").last).to_contain_text("Taught.")
    await expect(page.locator("#keys")).to_be_hidden()
    await expect(page.get_by_placeholder("Message")).to_be_visible()


async def test_a_reaction_stands_beneath_its_message_and_an_edit_changes_it(page: Page) -> None:
    await say(page, "mango")
    await expect(page.locator(".mine .reaction")).to_have_text("👌")
    await page.locator(".mine").get_by_role("button", name="Edit").click()
    await expect(page.get_by_label("Message", exact=True)).to_have_value("mango")
    await say(page, "fig")
    await expect(page.locator(".mine .words")).to_contain_text("fig")
    await expect(page.locator(".mine time")).to_contain_text("edited")
    await expect(page.locator(".mine .reaction")).to_have_text("🤔")


async def test_a_photo_can_be_sent_as_forwarded(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "mango.png"
    photo.write_bytes(picture(kind="PNG"))
    await attach(page, photo)
    await page.get_by_label("As forwarded").check()
    await page.get_by_role("button", name="Send").last.click()
    await expect(page.locator(".mine .forwarded")).to_have_text("Forwarded from Vera")


async def test_a_poll_is_answered_and_the_answer_taken_back(page: Page) -> None:
    await say(page, "/vote")
    poll = page.locator(".poll")
    await poll.get_by_role("button", name="pear").click()
    await expect(poll.locator(".chosen")).to_have_text("✓ pear100 %")
    await poll.get_by_role("button", name="Take the vote back").click()
    await expect(poll).to_contain_text("Votes: 0")
    await expect(poll.get_by_role("button", name="pear")).to_be_visible()


async def test_a_quiz_shows_its_photo(page: Page) -> None:
    await say(page, "/quiz")
    await expect(page.locator(".poll img")).to_be_visible()
    await page.get_by_role("button", name="apple").click()
    await expect(page.locator(".poll .chosen")).to_contain_text("✗ apple")


async def test_the_bots_name_offers_results_and_one_is_sent(page: Page) -> None:
    await page.get_by_label("Message", exact=True).press_sequentially("@lukoshko_bot berries")
    await page.locator("#menu").get_by_role("button", name="My berries").click()
    await expect(page.locator(".mine .bubble")).to_contain_text("All about berries")
    await expect(page.locator(".mine .bubble")).to_contain_text("via @lukoshko_bot")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("")
