"""Clinics that have a list of dermatologists, since the first invitation to answer was accepted."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# The trail also has those who were forgotten: nothing else remembers them.
JOINED = sa.text("SELECT payload FROM audit WHERE kind = 'member' AND payload LIKE '%dermatologist%'")
LISTED = sa.text("SELECT clinic_id FROM members WHERE role = 'dermatologist'")


def upgrade() -> None:
    op.execute("ALTER TABLE clinics ADD COLUMN has_list BOOLEAN DEFAULT false NOT NULL")
    connection = op.get_bind()
    clinics = set(connection.scalars(LISTED)) | {
        entry["clinic"] for entry in map(json.loads, connection.scalars(JOINED))
    }
    change = sa.text("UPDATE clinics SET has_list = true WHERE id = :id")
    if clinics:
        connection.execute(change, [{"id": each} for each in sorted(clinics)])


def downgrade() -> None:
    op.execute("ALTER TABLE clinics DROP COLUMN has_list")
