"""As what somebody answered: on the clinic's list, as its administrator, or as a member of its chat."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Added in place: a batch would copy every verdict on SQLite.
ROLES = "'dermatologist', 'administrator', 'member'"
ROLE = f"role VARCHAR(13) CONSTRAINT ck_verdicts_role CHECK (role IN ({ROLES}))"


def upgrade() -> None:
    op.execute(f"ALTER TABLE verdicts ADD COLUMN {ROLE}")


def downgrade() -> None:
    op.execute("ALTER TABLE verdicts DROP COLUMN role")
