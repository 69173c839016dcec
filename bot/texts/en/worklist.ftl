# The worklist of a clinic, and what a sender sees of their request.
worklist-open = { $count ->
        [0] 📋 <b>{ $clinic }: nothing is open.</b>
        [one] 📋 <b>{ $clinic }: 1 case is open</b>
       *[other] 📋 <b>{ $clinic }: { $count } cases are open</b>
    }
worklist-mine = { $count ->
        [0] 📋 <b>{ $clinic }: you have no open case.</b>
        [one] 📋 <b>{ $clinic }: you have 1 open case</b>
       *[other] 📋 <b>{ $clinic }: you have { $count } open cases</b>
    }
worklist-claimed = claimed
worklist-overdue = ⏰ <b>overdue</b>
worklist-unconfirmed = 🔴 <b>urgent answer, not confirmed</b>
worklist-refused = These lists are for dermatologists of a clinic.
menu-open = Cases that wait for an answer
menu-mine = Cases that I have claimed

button-release = ↩ Release
button-reopen = ♻ Reopen
release-done = The case is free: anyone may claim it.
release-answered = The case is answered already. Correct the answer, or reopen the case.
reopen-done = The case is open again: anyone may claim it. The answer holds until there is another.
reopen-gone = This case can no longer be reopened: the sender's address is erased. The sender can ask again.
reopen-asked-again = The sender has asked about this case again: answer the newer card.
claim-lost-named = { $name } claimed this case on { DATETIME($at, dateStyle: "medium", timeStyle: "short") }, and can release it.
clinic-not-claimer-named = { $name } claimed this case on { DATETIME($at, dateStyle: "medium", timeStyle: "short") }: only they can do that. They can release it.
claim-first = Claim the case first.
claim-first-named = Claim the case first.
clinic-not-listed = This clinic keeps a list of its dermatologists, and you are not on it. An admin can invite you.
clinic-subscriber = In a channel only administrators can answer, or those on the clinic's list.

request-usual = ⏱ This clinic usually answers within { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    }.
request-claimed-dermatologist = 👤 <b>A dermatologist on the clinic's list claimed it</b> on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-claimed-administrator = 👤 <b>An administrator of the clinic's chat claimed it</b> on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-claimed-member = 👤 <b>A member of the clinic's chat claimed it</b> on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-answered = ✅ The clinic has answered: see the message below.
request-withdrawn = ↩ <b>{ $case }: withdrawn.</b> The clinic's card, its photos and what you sent after them are erased. You can ask again with the button under the answer.
request-closed = The clinic has answered already, or the request is withdrawn.
button-withdraw = ↩ Withdraw the request
button-withdraw-sure = Yes, withdraw it
button-keep-request = No, keep it
card-withdrawn = ↩ { $case }: withdrawn by the sender.
withdrawn-title = Withdrawn
withdrawn-note = The sender no longer asks about this case.

notice-retake = <b>How to retake it:</b> daylight or a ring light, no flash from the side; the lens parallel to the skin, 10 to 15 cm away, or the dermoscope flat on it; the lesion in the middle, filling about half of the picture; tap on it to focus. Reply to this message with the photo.
notice-photo-overdue = ⏰ <b>{ $case }</b>: the clinic asked for a better photo a week ago, and none has come. Reply to its message with one, or see the patient again. If you are worried, refer now.
group-photo-overdue = ⏰ { $case }: no better photo has come within a week. Please claim it, and answer by what there is.
back-level = { $mark } This photo alone, read by the models: <b>{ $level }</b>.
button-remind-months = ⏰ Remind me in { $count ->
        [one] 1 month
       *[other] { $count } months
    }

card-points = ☑ 7-point checklist: { $points }
notice-by-dermatologist = <i>By a dermatologist on the clinic's list.</i>
notice-by-administrator = <i>By an administrator of the clinic's chat.</i>
notice-by-member = <i>By a member of the clinic's chat.</i>
own-card-answered = 🩺 The clinic answered: <b>{ $verdict }</b>
own-card-corrected = ✏️ The clinic corrected its answer: <b>{ $verdict }</b>
back-added = It is now a photo of { $case }, which is { $mark } <b>{ $level }</b>. The cards are updated.
back-split = ⚠️ It was split into { $cases }: the photo may show any of these moles.
back-raised = ⚠️ It may show { $cases } as well: <b>not rated low any more</b>. Have a dermatologist see it.
back-unreadable = ⚠️ <b>I cannot read this photo: it is not the better photo of { $case } yet.</b> The clinic sees it, and still waits for a better one.
back-known = ℹ️ { $case } has this photo already: nothing changes.
photo-waited-for = 📷 The clinic waits for a better photo of <b>{ $case }</b>. This one was read as a new case. <b>If it is the better photo, send it again as a reply to this message.</b>
