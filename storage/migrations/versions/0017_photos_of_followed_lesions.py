"""Where Telegram keeps the photos of followed lesions, as long as the patient agrees."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("lesions", sa.Column("agreed_at", MOMENT, nullable=True))
    op.add_column("lesions", sa.Column("photos_until", MOMENT, nullable=True))
    op.create_index("ix_lesions_photos_until", "lesions", ["photos_until"])
    case = sa.ForeignKey("lesion_cases.case_id", ondelete="CASCADE")
    op.create_table(
        "lesion_files",
        sa.Column("case_id", NUMBER, case, primary_key=True, autoincrement=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("lesion_files")
    op.drop_index("ix_lesions_photos_until", "lesions")
    op.execute("ALTER TABLE lesions DROP COLUMN photos_until")
    op.execute("ALTER TABLE lesions DROP COLUMN agreed_at")
