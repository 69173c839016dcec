"""From a photo to its answer, and what the sender can do with the case afterwards."""
