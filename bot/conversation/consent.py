"""First contact: what the bot is, what it is not, and the terms with a button to accept them."""

from dataclasses import replace
from functools import partial

from bot.conversation.access import is_admin
from bot.conversation.callback_data import Press
from bot.conversation.menus import publish_for
from bot.conversation.request import CONSENT_VERSION, Reply, Visit
from bot.delivery.outgoing import Button, Check, Keyboard
from bot.texts import Html, join_lines
from storage.database.sessions import WriteSession
from storage.record.people import ensure_person, find_person, record_consent


async def greet(visit: Visit) -> Reply:
    """`/start`."""
    if visit.has_consented:
        text = join_lines(
            (visit.say("start-hello"), visit.say("start-limits"), visit.say("start-again")), gap="\n\n"
        )
        reply = Reply(messages=(visit.message(text),))
    else:
        reply = ask_again(visit)
    if not is_admin(visit):
        return reply
    # An admin's own commands: their chat exists from now on.
    services = visit.services
    menu = partial(publish_for, visit.bot, services.texts, services.settings, visit.user_id)
    return replace(reply, effects=(menu,))


def ask_again(visit: Visit) -> Reply:
    """The terms, to someone who accepted others or none."""
    return Reply(messages=(visit.message(write_terms(visit), keyboard=terms_keyboard(visit)),))


def write_terms(visit: Visit) -> Html:
    """The whole first message."""
    blocks = (
        visit.say("start-hello"),
        _say_changed(visit),
        visit.say("start-limits"),
        visit.say("start-terms"),
    )
    return join_lines(blocks, gap="\n\n")


def _say_changed(visit: Visit) -> Html:
    """Why someone is asked who has accepted before."""
    accepted = visit.person.consent_version if visit.person else None
    return visit.say("consent-changed") if accepted not in (None, CONSENT_VERSION) else Html()


def terms_keyboard(visit: Visit) -> Keyboard:
    """Accept, or read it in the other language."""
    other = next(each for each in visit.services.texts.languages if each != visit.wording.language)
    return (
        (Button(text=visit.say("button-accept"), data=f"a:{CONSENT_VERSION}"),),
        (Button(text=visit.say("language-switch"), data=f"l:{other}:start"),),
    )


async def ask_consent(visit: Visit) -> Reply:
    """Hold a photo. The explanation comes once, however many photos wait."""
    if await visit.services.inbox.held_count(visit.chat_id):
        return Reply(is_held=True, unless=_consented_by_now(visit))
    blocks = (
        visit.say("consent-ask"),
        _say_changed(visit),
        visit.say("start-limits"),
        visit.say("start-terms"),
    )
    text = join_lines(blocks, gap="\n\n")
    # The same turn will answer the photo later, under the name that is usual for answers.
    asked = visit.message(text, name="consent", keyboard=terms_keyboard(visit))
    return Reply(messages=(asked,), is_held=True, unless=_consented_by_now(visit))


async def accept_terms(visit: Visit, press: Press) -> Reply:
    """Record the consent, take up the photos that waited, say what comes next."""
    if press.arguments != (CONSENT_VERSION,):
        outdated = join_lines((visit.say("consent-outdated"), write_terms(visit)), gap="\n\n")
        return Reply(messages=(visit.message(outdated, keyboard=terms_keyboard(visit)),))
    if visit.has_consented:
        release = visit.services.inbox.release_held(visit.chat_id)
        return Reply(messages=(visit.edit(press.message_id, _accepted(visit)),), records=(release,))
    held = await visit.services.inbox.held_count(visit.chat_id)
    ready = visit.say("start-ready-held", count=held) if held else visit.say("start-ready")

    async def record(session: WriteSession) -> None:
        now = visit.now()
        await ensure_person(session, visit.user_ref, now=now)
        await record_consent(session, visit.user_ref, version=CONSENT_VERSION, now=now)

    return Reply(
        messages=(visit.edit(press.message_id, _accepted(visit)), visit.message(ready)),
        records=(record, visit.services.inbox.release_held(visit.chat_id)),
    )


def _accepted(visit: Visit) -> Html:
    """The terms stay readable; the button gives way to the date."""
    agreed = visit.person.consent_at if visit.person and visit.has_consented else visit.now()
    terms = (visit.say("start-hello"), visit.say("start-limits"), visit.say("start-terms"))
    return join_lines((*terms, visit.say("start-accepted", at=agreed)), gap="\n\n")


def _consented_by_now(visit: Visit) -> Check:
    """The consent is looked up again where the photo is held: given meanwhile, it released nothing."""

    async def check(session: WriteSession) -> bool:
        person = await find_person(session, visit.user_ref)
        return person is not None and person.consent_version == CONSENT_VERSION

    return check
