"""The photos, random views of them, and the training loops."""
