"""What a sender says about the patient of a case, and the sender's reference for the patient."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient_contexts",
        sa.Column("case_number", sa.String(16), primary_key=True),
        sa.Column(
            "subject", sa.String(9), sa.ForeignKey("links.subject", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("reference_ref", sa.LargeBinary(32), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_patient_contexts_subject", "patient_contexts", ["subject", "reference_ref"])


def downgrade() -> None:
    op.drop_table("patient_contexts")
