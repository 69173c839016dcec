"""What kind of photo it is, as the domain logits count it; their names are `models.release.files.DOMAINS`."""

DERMOSCOPIC, CLINICAL, OTHER = range(3)
