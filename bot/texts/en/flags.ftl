# Flagged lesions: once rated high or answered Urgent, until that is settled.
flag-high = 🚩 <b>Flagged: rated high on { DATETIME($at, dateStyle: "medium") } ({ $case }).</b> Was the patient referred?
flag-urgent = 🚩 <b>Flagged: answered “Urgent” on { DATETIME($at, dateStyle: "medium") } ({ $case }).</b> Was the patient referred?
flag-short = 🚩 <b>Flagged lesion.</b> Patient referred?
flag-melanoma = 🚩 <b>Flagged: proven melanoma ({ $case }).</b>
button-which-flagged = { $count ->
        [one] 🚩 Is it the flagged lesion?
       *[other] 🚩 Is it one of { $count } flagged lesions?
    }
flagged-ask = 🚩 <b>{ $case }: is it one of these?</b> They were rated high or answered “Urgent”, and that is not settled. The flag then stays with the new photo, whatever its level.
button-flagged = 🚩 { $name } · { DATETIME($at, dateStyle: "medium") }
button-none-flagged = None of these
flagged-none = { $case } shows none of the flagged lesions. If in doubt, compare on the patient.
flagged-none-other = { $case } shows none of the other flagged lesions. It is flagged itself:
flagged-joined = 🚩 { $case } was joined to a flagged lesion already, and stays with it. If it is not that lesion, take it out of it.
button-settle = 🚩 Settle the flag
settle-ask =
    <b>What settles it?</b>
    • Histology of the whole lesion: no cancer.
    • The clinic's “No suspicious feature” or “Monitor” about the newest photo rated high, or a later one: noted by itself.
    • A mistake, with its reason.
    A low level of a later photo settles nothing.
button-settle-histology = 🔬 Histology: no cancer
button-settle-mistake = ✖️ It was a mistake
settle-whole = <b>Was the whole lesion removed and examined, and is there no cancer in it?</b> A biopsy of a part settles nothing.
button-settle-whole = ✅ Yes: whole lesion, no cancer
settle-mistake = <b>What was the mistake?</b> The reason is kept in the record.
button-settle-wrong-lesion = The photo shows another lesion
button-settle-wrong-finding = A finding was ticked by mistake
button-settle-test-photo = It was a test photo
settle-melanoma = A proven melanoma stays flagged.
flag-settled = 🚩 Settled and noted for { $case }. A new high level or “Urgent” flags the lesion again.
flag-settled-before = Not flagged (any more).
remind-referred = <b>Was the patient referred?</b> A reminder in months does not replace it.
button-referred-remind = ✅ Referred: remind me
button-not-referred = Not yet
remind-refer-first = <b>Refer first, on the { $pathway }.</b> No reminder was set for { $case }: set it once the patient is referred.
reminder-due-flagged = ⏰ 🚩 <b>A new photo of { $case } is due, and the lesion is flagged: rated high or answered “Urgent”. Was the patient referred? If not, refer now.</b> After the answer press “Follow” to keep both together.
history-flagged = 🚩 Flagged

# Photos side by side. On the picture: plain text.
button-compare = 🖼 Compare photos
comparison-comes = The picture follows.
comparison-caption = 🖼 <b>{ $label }</b>: { $count } photos, not to scale; turned alike if the outline is known. Compare on the patient as well: if you see a change, or you are worried, refer.
comparison-first = First
comparison-previous = Previous
comparison-latest = Latest
comparison-unavailable = Photo no longer available
comparison-not-to-scale = Not to scale
