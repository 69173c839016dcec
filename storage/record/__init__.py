"""The senders' record: cases, people, lesions, reminders and the audit trail."""
