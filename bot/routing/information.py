"""`/help` and `/about`."""

from bot import __version__
from bot.clinic.verdicts import find_clinic
from bot.conversation.access import is_admin
from bot.conversation.request import Reply, Request
from bot.routing.measured import read_measures, write_measures
from bot.texts import join_lines


async def help_(request: Request) -> Reply:
    """`/help`: names the clinic if there is one, and shows admins their commands."""
    blocks = [request.say("help-text")]
    if await find_clinic(request) is not None:
        blocks.append(request.say("help-clinic"))
    if is_admin(request):
        blocks.append(request.say("help-admin"))
    return Reply(messages=(request.message(join_lines(blocks, gap="\n\n")),))


async def about(request: Request) -> Reply:
    """`/about`: what it is and its rules; then what was measured, limits, versions. Telegram wants two."""
    versions = request.services.engine.versions
    text = request.say(
        "about-versions-text",
        nevus=__version__,
        pair=versions.pair,
        cnn=versions.cnn,
        vit=versions.vit,
        onnxruntime=versions.onnxruntime,
        pillow=versions.pillow,
        kernel=versions.kernel_class,
    )
    rules = (
        request.say("about-title"),
        request.say("about-what"),
        join_lines((request.say("about-rules"), request.say("about-rules-text"))),
    )
    tests = (
        write_measures(read_measures(request.services.release.pair), request.wording),
        request.say("about-limits", prevalence=request.wording.percent(request.wording.prevalence)),
        join_lines((request.say("about-versions"), text)),
    )
    return Reply(
        messages=(
            request.message(join_lines(rules, gap="\n\n")),
            request.message(join_lines(tests, gap="\n\n"), name="tests"),
        )
    )
