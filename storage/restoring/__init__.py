"""What a restore takes from the present database: queues, people, and cases that a clinic was asked about."""
