"""`/help` and `/about`."""

from bot import __version__
from bot.clinic.verdicts import find_clinic
from bot.conversation.access import is_admin
from bot.conversation.request import Reply, Visit
from bot.routing.measured import read_measures, write_measures
from bot.texts import join_lines


async def help_(visit: Visit) -> Reply:
    """`/help`: with the clinic where there is one to ask, and the commands of admins for admins."""
    blocks = [visit.say("help-text")]
    if await find_clinic(visit) is not None:
        blocks.append(visit.say("help-clinic"))
    if is_admin(visit):
        blocks.append(visit.say("help-admin"))
    return Reply(messages=(visit.message(join_lines(blocks, gap="\n\n")),))


async def about(visit: Visit) -> Reply:
    """`/about`: what it is, what was measured, limits, versions."""
    versions = visit.services.engine.versions
    text = visit.say(
        "about-versions-text",
        nevus=__version__,
        pair=versions.pair,
        cnn=versions.cnn,
        vit=versions.vit,
        onnxruntime=versions.onnxruntime,
        pillow=versions.pillow,
        kernel=versions.kernel_class,
    )
    blocks = (
        visit.say("about-title"),
        visit.say("about-what"),
        join_lines((visit.say("about-rules"), visit.say("about-rules-text"))),
        write_measures(read_measures(visit.services.release.pair), visit.wording),
        visit.say("about-limits", prevalence=visit.wording.percent(visit.wording.prevalence)),
        join_lines((visit.say("about-versions"), text)),
    )
    return Reply(messages=(visit.message(join_lines(blocks, gap="\n\n")),))
