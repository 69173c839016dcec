# The referral letter. Plain text; what is blank is filled in by hand.

letter-title = Referral: skin lesion
letter-date = { DATETIME($at, dateStyle: "long") }
letter-blank-to = To
letter-blank-from = From (practice, telephone)
letter-blank-patient = Patient (name)
letter-blank-birth = Date of birth
letter-blank-contact = Address, telephone
letter-greeting = Dear colleague,
letter-request-high = Please see this patient on the { $pathway } because of a skin lesion that is suspicious of melanoma.
letter-request-moderate = Please give me your opinion on this patient’s skin lesion; I cannot exclude melanoma.
letter-request-low = Please give me your opinion on this patient’s skin lesion.
letter-request-low-changed = Please give me your opinion on this patient’s skin lesion, which has changed; I cannot exclude melanoma.
letter-request-moderate-changed = Please see this patient on the { $pathway } because of a skin lesion that has changed; I cannot exclude melanoma.
letter-request-not-assessable = Please give me your opinion on this patient’s skin lesion; a photo of it could not be assessed.
letter-fact = { $name }: { $value }
letter-fact-case = Case
letter-fact-level = Level of the triage
letter-fact-answers = Checklist
letter-fact-verdict = Answer of the clinic
letter-case = { $case }, { DATETIME($at, dateStyle: "medium") }, { $count ->
        [one] 1 photo
       *[other] { $count } photos
    }
letter-no-answers = not answered
letter-closing = Site and size, history, my findings:
letter-signature = With kind regards, (signature and stamp)
letter-footer = Photos were read by two image classifiers (Nevus { $version }, pair of networks { $pair }): a research prototype, not a medical device. Its level is no diagnosis and never excludes melanoma. The clinician decides.
letter-nameless = No name of the patient was given to the software.

verdict-waited-for = asked, no answer yet
verdict-asked-again-waited-for = { $verdict }; asked again, no answer yet
verdict-asked-again-better-photo = { $verdict }; asked again, a better photo is needed
verdict-asked-again-better-photo-came = { $verdict }; asked again, the better photo has arrived
letter-request-answered = I am referring this patient to you because of a skin lesion. A dermatology team has seen its photo; its answer is below.
letter-fact-flag = This lesion before
letter-flag-high = rated high on { DATETIME($at, dateStyle: "medium") } ({ $case }), not settled since
letter-flag-urgent = answered “Urgent” on { DATETIME($at, dateStyle: "medium") } ({ $case }), not settled since
letter-flag-melanoma = proven melanoma ({ $case })
letter-fact-reference = My reference
letter-fact-patient = Patient and lesion
letter-fact-risks = Risk factors
letter-fact-sentence = History
letter-fact-photo = Photo
letter-photo = Photo as sent, the lesion outlined if it was found; not to scale.
letter-photo-gone = no longer available from Telegram
letter-closing-stated = Size, history, my findings:
letter-ticked = { $checklist }: { $names }
letter-flags = Red flags: { $flags }
letter-fact-moles = Split into
letter-mole = { $case }: { $level }
