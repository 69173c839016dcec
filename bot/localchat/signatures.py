"""The parameters of each method, in a compact form of Telegram's documentation (Bot API 10).

`name:kind`, with `!` after the name if it is required. Kinds: `int`, `str`, `bool`, `chat` (number or
@name), `file` (an upload or a string), `[kind]`, or an object of `OBJECTS`. A test compares all of
it with the published schema.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or one field of an object."""

    name: str
    kind: str
    required: bool


Fields = dict[str, Field]

_TARGET = "business_connection_id:str chat_id!:chat message_thread_id:int direct_messages_topic_id:int "
_SENDING = (
    "disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str "
    "suggested_post_parameters:Any reply_parameters:ReplyParameters reply_markup:Markup "
)
_CAPTION = "caption:str parse_mode:str caption_entities:[MessageEntity] show_caption_above_media:bool "
_EDITED = "business_connection_id:str chat_id:chat message_id:int inline_message_id:str "
_INLINE = "reply_markup:InlineKeyboardMarkup"
_SCOPED = "scope:BotCommandScope language_code:str"

_METHODS = {
    "getMe": "",
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:[str]",
    "setWebhook": "url!:str certificate:file ip_address:str max_connections:int allowed_updates:[str] "
    "drop_pending_updates:bool secret_token:str",
    "deleteWebhook": "drop_pending_updates:bool",
    "getWebhookInfo": "",
    "sendMessage": _TARGET
    + "text!:str parse_mode:str entities:[MessageEntity] link_preview_options:LinkPreviewOptions "
    + _SENDING,
    "sendPhoto": _TARGET + "photo!:file has_spoiler:bool " + _CAPTION + _SENDING,
    "sendDocument": _TARGET
    + "document!:file thumbnail:file caption:str parse_mode:str caption_entities:[MessageEntity] "
    + "disable_content_type_detection:bool "
    + _SENDING,
    "sendMediaGroup": _TARGET
    + "media!:[InputMedia] disable_notification:bool protect_content:bool allow_paid_broadcast:bool "
    + "message_effect_id:str reply_parameters:ReplyParameters",
    "sendChatAction": "business_connection_id:str chat_id!:chat message_thread_id:int action!:str",
    "editMessageText": _EDITED
    + "text:str parse_mode:str entities:[MessageEntity] link_preview_options:LinkPreviewOptions "
    "rich_message:Any " + _INLINE,
    "editMessageCaption": _EDITED + _CAPTION + _INLINE,
    "editMessageMedia": _EDITED + "media!:InputMedia " + _INLINE,
    "editMessageReplyMarkup": _EDITED + _INLINE,
    "deleteMessage": "chat_id!:chat message_id!:int",
    "answerCallbackQuery": "callback_query_id!:str text:str show_alert:bool url:str cache_time:int",
    "getFile": "file_id!:str",
    "getChat": "chat_id!:chat",
    "getChatAdministrators": "chat_id!:chat return_bots:bool",
    "getChatMember": "chat_id!:chat user_id!:int",
    "setMyCommands": "commands!:[BotCommand] " + _SCOPED,
    "deleteMyCommands": _SCOPED,
    "setMyDescription": "description:str language_code:str",
    "setMyShortDescription": "short_description:str language_code:str",
}

_RIGHTS = (
    "is_anonymous!:bool can_manage_chat!:bool can_delete_messages!:bool can_manage_video_chats!:bool "
    "can_restrict_members!:bool can_promote_members!:bool can_change_info!:bool can_invite_users!:bool "
    "can_post_stories!:bool can_edit_stories!:bool can_delete_stories!:bool can_post_messages:bool "
    "can_edit_messages:bool can_pin_messages:bool can_manage_topics:bool can_manage_direct_messages:bool "
    "can_manage_tags:bool"
)

# Unions (`InputMedia`, `BotCommandScope`) are flattened: the fields that any member takes.
_OBJECTS = {
    "NoMarkup": "",
    "MessageEntity": "type!:str offset!:int length!:int url:str user:Any language:str custom_emoji_id:str "
    "unix_time:int date_time_format:str",
    "LinkPreviewOptions": "is_disabled:bool url:str prefer_small_media:bool prefer_large_media:bool "
    "show_above_text:bool",
    "ReplyParameters": "message_id!:int chat_id:chat allow_sending_without_reply:bool quote:str "
    "quote_parse_mode:str "
    "quote_entities:[MessageEntity] quote_position:int checklist_task_id:int poll_option_id:str",
    "InlineKeyboardMarkup": "inline_keyboard!:[[InlineKeyboardButton]]",
    "InlineKeyboardButton": "text!:str icon_custom_emoji_id:str style:str url:str callback_data:str "
    "web_app:WebAppInfo "
    "login_url:Any switch_inline_query:str switch_inline_query_current_chat:str "
    "switch_inline_query_chosen_chat:Any copy_text:CopyTextButton callback_game:Any pay:bool",
    "CopyTextButton": "text!:str",
    "WebAppInfo": "url!:str",
    "ReplyKeyboardMarkup": "keyboard!:[[KeyboardButton]] is_persistent:bool resize_keyboard:bool "
    "one_time_keyboard:bool input_field_placeholder:str selective:bool",
    "KeyboardButton": "text!:str icon_custom_emoji_id:str style:str request_users:Any "
    "request_chat:KeyboardButtonRequestChat request_managed_bot:Any request_contact:bool "
    "request_location:bool "
    "request_poll:Any web_app:WebAppInfo",
    "KeyboardButtonRequestChat": "request_id!:int chat_is_channel!:bool chat_is_forum:bool "
    "chat_has_username:bool "
    "chat_is_created:bool user_administrator_rights:ChatAdministratorRights "
    "bot_administrator_rights:ChatAdministratorRights bot_is_member:bool request_title:bool "
    "request_username:bool "
    "request_photo:bool",
    "ReplyKeyboardRemove": "remove_keyboard!:bool selective:bool",
    "ForceReply": "force_reply!:bool input_field_placeholder:str selective:bool",
    "InputMedia": "type!:str media!:str caption:str parse_mode:str caption_entities:[MessageEntity] "
    "show_caption_above_media:bool has_spoiler:bool thumbnail:str disable_content_type_detection:bool",
    "BotCommand": "command!:str description!:str",
    "BotCommandScope": "type!:str chat_id:chat user_id:int",
    "ChatAdministratorRights": _RIGHTS,
}


def _parse(line: str) -> Fields:
    fields = {}
    for part in line.split():
        name, _, kind = part.partition(":")
        required = name.endswith("!")
        fields[name.rstrip("!")] = Field(name.rstrip("!"), kind, required)
    return fields


METHODS: dict[str, Fields] = {name: _parse(line) for name, line in _METHODS.items()}
OBJECTS: dict[str, Fields] = {name: _parse(line) for name, line in _OBJECTS.items()}
BY_LOWER_NAME: dict[str, str] = {
    name.lower(): name for name in METHODS
}  # Telegram ignores the case of methods
