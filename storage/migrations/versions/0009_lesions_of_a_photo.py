"""How many lesions were found in a photo, and from which answer one of them was picked."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Added in place: a batch would copy every photo on SQLite.
LESION_COUNT = "lesion_count INTEGER CONSTRAINT ck_photos_lesion_count CHECK (lesion_count >= 0)"


def upgrade() -> None:
    op.execute(f"ALTER TABLE photos ADD COLUMN {LESION_COUNT}")
    op.add_column("cases", sa.Column("picked_from_id", NUMBER, nullable=True))
    op.create_index("ix_cases_picked_from_id", "cases", ["picked_from_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_picked_from_id", "cases")
    op.execute("ALTER TABLE cases DROP COLUMN picked_from_id")
    op.execute("ALTER TABLE photos DROP COLUMN lesion_count")
