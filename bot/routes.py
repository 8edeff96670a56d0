"""Which handler every command and every button has."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot.commands import (
    admin,
    answers,
    borrow,
    cancel,
    class_card,
    class_edits,
    class_pages,
    compare,
    correct,
    dataset_removal,
    datasets,
    duplicates,
    export,
    fit,
    group,
    group_classes,
    group_teach,
    group_use,
    lesson,
    look,
    mistakes,
    model_choice,
    model_removal,
    model_report,
    models,
    notes,
    predict,
    presses,
    privacy,
    quiz,
    share,
    start,
    suggested,
    suspects,
    take_away,
    teach,
    undo,
    upload,
    usage,
    why,
)
from bot.context import Context

Command = Callable[[Update, Context], Coroutine[Any, Any, None]]

# In the order of the menu.
PRIVATE_COMMANDS: dict[str, Command] = {
    "start": start.start,
    "teach": teach.teach,
    "upload_dataset": upload.upload_dataset,
    "datasets": datasets.datasets,
    "info": look.info,
    "samples": look.samples,
    "undo": undo.undo,
    "export": export.export,
    "fit": fit.fit,
    "models": models.models,
    "model": models.model,
    "compare": compare.compare,
    "use": models.use,
    "unload": models.unload,
    "share": share.share,
    "remove": model_removal.remove,
    "remove_all": model_removal.remove_all,
    "predict": predict.predict,
    "quiz": quiz.quiz,
    "cancel": cancel.cancel,
    "usage": usage.usage,
    "privacy": privacy.privacy,
    "export_my_data": privacy.export_my_data,
    "delete_my_data": privacy.delete_my_data,
    "language": start.language,
    "help": start.help_,
}
GROUP_COMMANDS: dict[str, Command] = {
    "predict": predict.predict,
    "quiz": quiz.quiz,
    "teach": group_teach.teach,
    "classes": group_classes.classes,
    "use": group_use.use,
    "unload": group_use.unload,
    "teach_here": group.teach_here,
    "privacy": privacy.privacy,
    "language": start.language,
    "help": start.help_,
    "start": group.start,
}
# In no private menu, but they say there what they are for.
GROUP_COMMANDS_IN_PRIVATE: dict[str, Command] = {
    "classes": group_classes.classes,
    "teach_here": group.teach_here,
}

# In no group's menu, but they say there what does what they are for.
PRIVATE_COMMANDS_IN_GROUPS: dict[str, Command] = {
    "cancel": cancel.cancel_in_group,
    "undo": undo.undo_in_group,
}

# In no menu; for everybody but the operator's admins they do not exist.
ADMIN_COMMANDS: dict[str, Command] = {
    "stats": admin.stats,
    "health": admin.health,
    "ban": admin.ban,
    "unban": admin.unban,
    "broadcast": admin.broadcast,
}

ACTIONS: dict[str, presses.OnPress] = {
    # Start, help and language.
    "help": start.on_help,
    "language": start.on_language,
    "cancel": cancel.on_cancel,
    # What was answered to a photo.
    "right": correct.on_learn,
    "right_sure": correct.on_right_sure,
    "learn": correct.on_learn,
    "other": correct.on_other,
    "other_new": correct.on_other_new,
    "none": correct.on_none,
    "answer_open": answers.on_open,
    "answer_back": answers.on_back,
    "answer_close": answers.on_close,
    "why": why.on_why,
    # Lessons.
    "teach_meant": lesson.on_meant,
    "teach_new": lesson.on_new,
    "teach_class": teach.on_class,
    "teach_ask": teach.on_ask,
    "undo": undo.on_undo,
    # ZIPs.
    "sample": upload.on_sample,
    "upload": upload.on_upload,
    "zip_new": upload.on_new,
    "zip_add": upload.on_add,
    "zips_new": upload.on_all_new,
    "zips_add": upload.on_all_add,
    "zip_classes": upload.on_classes,
    "class_merge": notes.on_merge,
    "train_on_test": notes.on_train_on_test,
    # Datasets.
    "datasets": datasets.on_list,
    "dataset_open": datasets.on_open,
    "dataset_rename": datasets.on_rename,
    "dataset_delete": dataset_removal.on_delete,
    "dataset_delete_yes": dataset_removal.on_delete_yes,
    "info": look.on_info,
    "info_back": look.on_info_back,
    "class_list": look.on_class_list,
    "table": look.on_table,
    "samples": look.on_samples,
    "samples_others": look.on_other_samples,
    "export": export.on_export,
    # Classes and photos.
    "class_open": class_pages.on_open,
    "class_page": class_pages.on_page,
    "class_card": class_card.on_card,
    "class_rename": class_edits.on_rename,
    "class_into": class_edits.on_into,
    "class_join": class_edits.on_join,
    "class_delete": class_edits.on_delete,
    "class_delete_yes": class_edits.on_delete_yes,
    "photo": class_pages.on_photo,
    "photo_open": class_pages.on_photo_open,
    "photo_wrong": class_pages.on_photo_wrong,
    "photo_delete": class_pages.on_delete,
    "photo_move": class_pages.on_move,
    "photo_to": class_pages.on_move_to,
    "photo_new": class_pages.on_new_class,
    # Duplicates and wrong labels.
    "twins": duplicates.on_duplicates,
    "twins_group": duplicates.on_group,
    "twins_keep": duplicates.on_keep,
    "suspects": suspects.on_look_through,
    "suspect_keep": suspects.on_keep,
    "suspect_move": suspects.on_move,
    "suspect_delete": suspects.on_delete,
    # Training.
    "fit": fit.on_fit,
    "fit_plan": fit.on_plan,
    "fit_choose": fit.on_choose,
    "fit_pick": fit.on_pick,
    "fit_train": fit.on_train,
    # Models.
    "models": models.on_page,
    "models_which": model_choice.on_choice,
    "model": models.on_model,
    "model_charts": models.on_charts,
    "model_file": models.on_file,
    "model_report": model_report.on_report,
    "mistakes": mistakes.on_mistakes,
    "cell": mistakes.on_cell,
    "compare": compare.on_compare,
    "compare_choose": compare.on_choose,
    "take_away": take_away.on_take_away,
    "take_away_as": take_away.on_take_away_as,
    "take_folder": take_away.on_take_folder,
    "use": group_use.on_use,
    "remove": model_removal.on_remove,
    "remove_yes": model_removal.on_remove_yes,
    "remove_all_yes": model_removal.on_remove_all_yes,
    "keep": model_removal.on_keep,
    # Links to models.
    "share": share.on_share,
    "link_new": share.on_new,
    "link_revoke": share.on_revoke,
    "link_use": borrow.on_use,
    "link_copy": borrow.on_copy,
    "give_back": borrow.on_give_back,
    # Groups.
    "use_own": group_use.on_use_own,
    "group_use": group_use.on_ask,
    "group_open": group.on_open,
    "teach_here": group.on_teach_here,
    "suggested_add": suggested.on_add,
    "suggested_refuse": suggested.on_refuse,
    "suggested_look": suggested.on_look,
    "suggested_trust": suggested.on_trust,
    "suggested_distrust": suggested.on_distrust,
    # Quizzes.
    "quiz_allow": quiz.on_allow,
    "quiz_forbid": quiz.on_forbid,
    "quiz_end": quiz.on_end,
    "quiz_next": quiz.on_next,
    # Accounts.
    "my_export": privacy.on_export,
    "my_delete": privacy.on_delete,
    "my_delete_yes": privacy.on_delete_yes,
    "my_keep": privacy.on_keep,
    "consent_agree": privacy.on_agree,
    "consent_refuse": privacy.on_refuse,
    "consent_revoke": privacy.on_revoke,
    # The operator.
    "broadcast_yes": admin.on_broadcast,
    "broadcast_no": admin.on_no_broadcast,
}
# In a group everybody sees what a button shows: none shows the presser's own data there, but for the names of models
# that /use offers.
GROUP_ACTIONS = frozenset(
    {
        *("use", "models_which", "why", "help", "language"),
        *("quiz_allow", "quiz_forbid", "quiz_end", "quiz_next", "photo_wrong"),
        *("use_own", "group_use", "group_open", "teach_here"),
    }
)
# They send files or pictures as new messages.
FILE_ACTIONS = frozenset(
    {
        *("info", "table", "samples", "samples_others", "export", "class_open", "class_card"),
        *("suggested_look", "why"),
        *("model_charts", "model_file", "model_report", "compare"),
        *("take_away_as", "take_folder", "my_export", "quiz_next"),
    }
)
