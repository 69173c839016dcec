# The caption under a card. All of it together stays within 1,024 UTF-16 units (tested over every combination).

answer-reading = { $count ->
        [one] 🔎 Reading your photo…
       *[other] 🔎 Reading your { $count } photos…
    }

# Past so many waiting photos of all chats; $minutes until this one is answered, rounded up.
answer-busy = { $minutes ->
        [one] 🔎 Many photos are waiting. Yours keeps its place: the answer comes in about a minute.
       *[other] 🔎 Many photos are waiting. Yours keeps its place: the answer comes in about { $minutes } minutes.
    }

# While more than two photos of a chat wait; $minutes until the last one is answered, rounded up.
answer-line = { $minutes ->
        [one] 🔎 { $count } photos wait here. They are read one after the other; the last answer comes in about a minute.
       *[other] 🔎 { $count } photos wait here. They are read one after the other; the last answer comes in about { $minutes } minutes.
    }

level-low = low
level-moderate = moderate
level-high = high
level-not-assessable = not assessable

mark-low = 🔵
mark-moderate = 🟠
mark-high = 🔴
mark-not-assessable = ⚪

headline-low = 🔵 <b>LOW RISK</b> · { $case }
headline-moderate = 🟠 <b>MODERATE RISK</b> · { $case }
headline-high = 🔴 <b>HIGH RISK</b> · { $case }
headline-not-assessable = ⚪ <b>NOT ASSESSABLE</b> · { $case }

# Several lesions on one photo, numbered on the picture.
lesions-several = { $count } lesions found: number { $number } sets the level. Never rated low before you pick one.
lesions-several-many = { $count } lesions found, { $read } read: number { $number } sets the level. Photograph the others singly; none of these is rated low.
lesions-picked = Lesion { $number } of { $count } on your photo.
lesions-picked-many = Lesion { $number }; { $count } found, { $read } read, so never rated low: photograph the others singly.
lesions-about = About lesion { $number } of { $count } on the photo.
lesions-higher = ⚠️ <b>Lesion { $number } on the same photo is rated higher: { $mark } { $level }.</b>
photo-sent-before = { $count ->
        [one] ℹ️ You sent this photo
       *[other] ℹ️ You sent one of these photos
    } on { DATETIME($at, dateStyle: "medium") } as case { $case }.
photo-read-together = { $count ->
        [one] 🔗 { $new }: read together with the photo
       *[other] 🔗 { $new }: read together with the photos
    } of case { $case }, as one lesion. Another lesion? Press <b>{ button-split }</b> under the answer.
photo-read-alone = ℹ️ Read alone: the photos of case { $case } can no longer be fetched, or there are more than { $most } in all.
lesions-picked-before = You picked lesion { $number } before: see case { $case }.
button-pick = Lesion { $number }

# What to do, first. NICE NG12 (suspected cancer: skin cancers).
pathway = suspected cancer pathway
advice-high = <b>Refer today on the { $pathway }.</b> Do not wait for another photo.
advice-moderate = <b>Score the 7-point checklist now.</b> 3 or more, or you are worried: refer on the { $pathway }. Otherwise ask a dermatologist for advice.
advice-moderate-scored = <b>Ask a dermatologist for advice.</b> If it changes, or you are worried: refer on the { $pathway }.
advice-moderate-changed = <b>It has changed, as you ticked: refer on the { $pathway }.</b>
# Basal or squamous cell carcinoma is possible (NICE NG12, 1.7: squamous by the pathway, basal routinely).
advice-other-malignancy = <b>Growing over weeks, thick, crusted, tender or ulcerated, on lip or ear, immunosuppressed, or you are worried: { $pathway }.</b> Otherwise refer routinely; sooner on eyelid, nose or ear, or if large. The same for a lesion that is pink, raised, firm and growing: checklists are for pigmented lesions.
advice-low = <b>Score the 7-point checklist, too.</b> If it changes, or you are worried, refer.
advice-low-scored = <b>If it changes, or you are worried, refer.</b>
advice-low-changed = <b>It has changed, as you ticked: refer.</b>

low-not-valid = Not valid for { $what }.
low-closeup = a photo without a dermatoscope
low-skin-type = skin types V and VI
low-site = under 18, nail, palm, sole, mucosa, scar, tattoo or a treated lesion
low-skin-type-and-site = skin types V and VI, under 18, nail, palm, sole, mucosa, scar, tattoo or a treated lesion

safety-net = <b>Worried, or 7-point checklist at 3 or more? Refer now</b>, do not wait for a better photo.
safety-net-short = Do not wait for better photos.

# Only if the tests of the installed pair support it: two sources that chose nothing, 50 melanomas each.
tested-high = In our tests, of 100 such answers at { $prevalence } prevalence, between { $fewest } and { $most } were melanoma.
percent = { NUMBER($value, maximumFractionDigits: 1) }%

opinion-low = no sign of melanoma
opinion-moderate = unclear
opinion-high = suspicious

reason-score-low = No sign of melanoma found by the models.
reason-score-moderate = The score is neither clearly low nor high.
reason-score-high = The models see features of melanoma.
reason-other-malignancy = Another skin cancer (basal or squamous cell) is possible.
reason-disagreement = The two models disagree: level raised.
reason-several-lesions = Several lesions found, so never rated low before one is picked.
reason-many-lesions = More lesions found than are read, so never rated low: each needs a photo of its own.
reason-both-photos = Close-up and dermoscopic photo read together: level raised.
reason-better-photo = A better photo of { $case }, which may show this lesion, was not rated low.
reason-clinical-photo = Plain close-up, not dermoscopy: lower confidence, so never rated low.
reason-outline-uncertain = The edge of the lesion was not found; the middle of the photo was read. If the lesion is small or at the side, a closer photo helps.
reason-domain-uncertain = Unsure what kind of photo this is: lower confidence.
reason-no-lesion = I find no skin lesion on it.
reason-few-pixels = There are too few pixels on the lesion.
reason-quality = The photo is not good enough.
reason-skin-type = Skin type V or VI: the models do worse there, so never rated low.
reason-under-18 = Under 18: the models were not trained on such lesions, so never rated low.
reason-site = Special site or treated lesion: the models saw few or none, so never rated low.
reason-seven-point = 7-point checklist at 3 or more.
reason-seven-point-scored = 7-point checklist: { $score } of 10.
reason-abcde = ABCDE or “ugly duckling” criteria met.
reason-abcde-named = ABCDE: { $letters }.
reason-abcde-none = ABCDE: none.
reason-red-flag = A red flag: bleeding, growth, nodule, or worry.
reason-red-flag-named = Red flag: { $flags }.

fault-too-small = The lesion or photo is too small: go closer, send the original.
fault-blurred = Blurred: rest your hand, tap to focus, keep 10 cm away.
fault-too-dark = Too dark: use daylight or a lamp.
fault-too-bright = Over-exposed: move the light away, no flash.
fault-glare = Glare: tilt the light or the phone.
fault-low-contrast = Hardly any contrast: wipe the lens, use more light.
fault-no-colour = No colour: take it in colour, without a filter.
fault-name-too-small = too small
fault-name-blurred = blurred
fault-name-too-dark = too dark
fault-name-too-bright = over-exposed
fault-name-glare = glare
fault-name-low-contrast = low contrast
fault-name-no-colour = no colour
retake-no-lesion = Fill half of the frame with one lesion and send it again.
retake-few-pixels = Come closer, until the lesion is { NUMBER($factor, maximumFractionDigits: 1) } times larger on the photo, or send the photo as a file.

# Photos that were not read, each with what is wrong.
unread-this = The models cannot read this photo.
unread-photos = Not read: { $photos }.
unread-photo = photo { $photo } ({ $problem })
unread-count = { $count }
problem-quality = poor quality
problem-no-lesion = no lesion found
problem-few-pixels = too few pixels on the lesion
problem-unreadable = cannot be opened

disclaimer = <i>Research prototype, not a medical device. You decide. Worried? Refer.</i>

button-details = Details
button-split = Different moles

# On the card picture itself: plain text, no markup.
card-title-low = Low risk
card-title-moderate = Moderate risk
card-title-high = High risk
card-title-not-assessable = Not assessable
card-subtitle = Case { $case } · { DATETIME($at, dateStyle: "medium") }
card-level-low = Low
card-level-moderate = Moderate
card-level-high = High
card-level-not-assessable = Not assessable
card-for = speaks for melanoma
map-title = Case { $case }: what the { $who } looked at
card-against = speaks against
card-disclaimer = Research prototype, not a medical device. You decide.
many-photos = 🖼 <b>{ $count } photos were read as one lesion.</b> If they show different moles, press <b>Different moles</b>: each then has its own level.
