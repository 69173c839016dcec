"""A clinic for a running product: its chat in the local chat, its row in the database."""

from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.records import clinic_row
from tests.support.served import Served


async def open_clinic(served: Served, *, title: str = "Clinic dermatology", language: str = "en") -> int:
    """Make the bot administrator of this chat and link it; the chat's id."""
    side = served.side
    leroy = await side.person("Dr Leroy")
    chat = await side.chat(leroy, title)
    bot = (await side.state())["bot"]["id"]
    rights = {"can_post_messages": True, "can_edit_messages": True}
    more = {"rights": rights} if chat["type"] == "channel" else {}
    await side.set_member(chat["id"], leroy, bot, "administrator", **more)
    await add_clinic(served, chat["id"], title=title, kind=chat["type"], language=language)
    return int(chat["id"])


async def add_clinic(served: Served, chat_id: int, *, title: str, kind: str, language: str) -> None:
    """Write the row of a linked clinic."""
    keyring = Keyring.open(served.data_dir / "nevus.key")
    database = Database(f"sqlite:///{served.data_dir / 'nevus.sqlite'}")
    async with database.write() as session:
        session.add(
            clinic_row(
                keyring,
                chat_id,
                title=keyring.encrypt(title.encode(), purpose="clinic title"),
                kind="channel" if kind == "channel" else "group",
                language=language,
            )
        )
    await database.close()
