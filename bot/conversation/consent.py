"""First contact: what the bot is and is not, and the terms with a button to accept them."""

from dataclasses import replace
from functools import partial

from bot.conversation.access import is_admin
from bot.conversation.callback_data import Press
from bot.conversation.menus import publish_for
from bot.conversation.request import CONSENT_VERSION, Reply, Request
from bot.delivery.outgoing import Button, Check, Keyboard
from bot.texts import Html, join_lines
from storage.database.sessions import WriteSession
from storage.record.people import ensure_person, find_person, record_consent


async def greet(request: Request) -> Reply:
    """`/start`."""
    if request.has_consented:
        text = join_lines(
            (request.say("start-hello"), request.say("start-limits"), request.say("start-again")), gap="\n\n"
        )
        reply = Reply(messages=(request.message(text),))
    else:
        reply = ask_again(request)
    if not is_admin(request):
        return reply
    # An admin's own commands: their chat exists from now on.
    services = request.services
    menu = partial(publish_for, request.bot, services.texts, services.settings, request.user_id)
    return replace(reply, effects=(menu,))


def ask_again(request: Request) -> Reply:
    """The terms, for someone who accepted others or none."""
    return Reply(messages=(request.message(write_terms(request), keyboard=terms_keyboard(request)),))


def write_terms(request: Request, *, waits: bool = False) -> Html:
    """The whole first message; `waits`: for someone whose photo waits."""
    blocks = (
        request.say("consent-ask" if waits else "start-hello"),
        _say_changed(request),
        request.say("start-limits"),
        request.say("start-terms"),
    )
    return join_lines(blocks, gap="\n\n")


def _say_changed(request: Request) -> Html:
    """The reason why someone is asked who has accepted before."""
    accepted = request.person.consent_version if request.person else None
    return request.say("consent-changed") if accepted not in (None, CONSENT_VERSION) else Html()


def terms_keyboard(request: Request) -> Keyboard:
    """Accept, or read it in the other language."""
    other = next(each for each in request.services.texts.languages if each != request.wording.language)
    return (
        (Button(text=request.say("button-accept"), data=f"a:{CONSENT_VERSION}"),),
        (Button(text=request.say("language-switch"), data=f"l:{other}:start"),),
    )


async def ask_consent(request: Request) -> Reply:
    """Hold a photo. The explanation comes once, however many photos wait."""
    if await request.services.inbox.held_count(request.chat_id):
        return Reply(is_held=True, unless=_consented_by_now(request))
    # The same turn will answer the photo later, under the name that is usual for answers.
    asked = request.message(
        write_terms(request, waits=True), name="consent", keyboard=terms_keyboard(request)
    )
    return Reply(messages=(asked,), is_held=True, unless=_consented_by_now(request))


async def accept_terms(request: Request, press: Press) -> Reply:
    """Record the consent, release the photos that waited, explain the next step."""
    if press.arguments != (CONSENT_VERSION,):
        outdated = join_lines((request.say("consent-outdated"), write_terms(request)), gap="\n\n")
        return Reply(messages=(request.message(outdated, keyboard=terms_keyboard(request)),))
    if request.has_consented:
        release = request.services.inbox.release_held(request.chat_id)
        return Reply(messages=(request.edit(press.message_id, _accepted(request)),), records=(release,))
    held = await request.services.inbox.held_count(request.chat_id)
    ready = request.say("start-ready-held", count=held) if held else request.say("start-ready")

    async def record(session: WriteSession) -> None:
        now = request.now()
        await ensure_person(session, request.user_ref, now=now)
        await record_consent(session, request.user_ref, version=CONSENT_VERSION, now=now)

    return Reply(
        messages=(request.edit(press.message_id, _accepted(request)), request.message(ready)),
        records=(record, request.services.inbox.release_held(request.chat_id)),
    )


def _accepted(request: Request) -> Html:
    """The terms, with the date instead of the button."""
    agreed = request.person.consent_at if request.person and request.has_consented else request.now()
    terms = (request.say("start-hello"), request.say("start-limits"), request.say("start-terms"))
    return join_lines((*terms, request.say("start-accepted", at=agreed)), gap="\n\n")


def _consented_by_now(request: Request) -> Check:
    """Check the consent again when a photo is held: a consent in between released nothing."""

    async def check(session: WriteSession) -> bool:
        person = await find_person(session, request.user_ref)
        return person is not None and person.consent_version == CONSENT_VERSION

    return check
