"""What every handler needs: request, wording, access, consent, attachments, callback data, menus."""
