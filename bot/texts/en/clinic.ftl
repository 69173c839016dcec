# Asking the clinic: the sender's form, the card in the clinic's chat, the way back.

button-ask-clinic = 🩺 Ask the clinic
button-pass = Not said
button-cancel-form = ✖ Cancel
button-discard-form = Discard it
button-keep-form = ‹ Keep it
button-back-step = ‹ Back
button-previous = ‹ Previous question
button-send-referral = ✅ The patient agreed: send
button-crop = { $percent ->
        [100] Whole photo
       *[other] Only { $percent }%
    }
button-move-l = ⬅
button-move-u = ⬆
button-move-d = ⬇
button-move-r = ➡
button-crop-chosen = ● { $label }

referral-title = 📝 <b>Ask the clinic about { $case }</b>
referral-question-sentence = Anything to add? <b>Reply to this message</b> with one sentence ({ $limit } characters). <b>Name nobody</b>: no name, no date of birth, no address.
referral-too-long = Please keep it to { $limit } characters, and name nobody.
referral-preparing = Preparing what the clinic will see…
referral-preview = 👁 <b>Exactly this goes to “{ $clinic }”.</b> Does the photo identify nobody?
referral-consent = By sending you confirm: <b>the patient agreed that it travels through Telegram and is seen by everyone in the clinic's group.</b>
referral-urgent = A request for advice, no referral: <b>send your own referral today</b> on the { $pathway }.
referral-changed = A request for advice, no referral: the lesion has changed, so <b>send your own referral</b> on the { $pathway }.
referral-advice = A request for advice, no referral.
referral-sent = ✅ <b>{ $case } was sent to “{ $clinic }”</b> on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }). The answer comes here; reply to it to ask back.
referral-cancelled = Cancelled. Nothing was sent to the clinic. What you said about the patient stays with the case.
referral-discard = Discard what you entered? Nothing was sent to the clinic.
referral-gone = This form is no longer open.
referral-already = This case is with the clinic already.
referral-no-clinic = No clinic is linked at the moment.
referral-no-photo = I can no longer fetch this photo from Telegram. Send it again, then ask the clinic.

card-asked = Asked on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
card-sentence = “{ $sentence }”
card-open = ⏳ Waits for someone to claim it.
card-claimed = 👤 Claimed by { $name }.
card-claimed-someone = 👤 Claimed.
card-answered = ✅ <b>{ $verdict }</b>
card-corrected = ✏️ Corrected: <b>{ $verdict }</b>
card-replaced = <s>{ $verdict }</s> · replaced on { DATETIME($at, dateStyle: "medium", timeStyle: "short") }
card-comment = 💬 { $comment }
card-overdue = ⏰ Unanswered for too long: free to claim.
card-unreachable = ⚠️ The sender can no longer be reached through me.
card-how-to-comment = <i>Reply to this card to comment.</i>
card-foot = <i>Request for advice. Research prototype, not a medical device.</i>

verdict-urgent = Urgent: { $pathway }
verdict-routine = Routine appointment
verdict-monitor = { $count ->
        [one] Monitor: new photo in 1 month
       *[other] Monitor: new photo in { $count } months
    }
verdict-benign = No suspicious feature on this photo
verdict-better-photo = Better photo please
verdict-better-photo-came = Better photo asked for and received

button-claim = 🙋 Claim
button-verdict-urgent = 🔴 Urgent: { $pathway }
button-verdict-routine = 🟠 Routine appointment
button-verdict-monitor = 📅 Monitor…
button-verdict-benign = 🔵 No suspicious feature on this photo
button-verdict-better-photo = 📷 Better photo please
button-months = { $count ->
        [one] New photo in 1 month
       *[other] New photo in { $count } months
    }
button-below = ⚠️ Below { $level }. Yes: { $verdict }
button-correct = ✏️ Correct the answer
button-comment = 💬 Comment

claim-won = The case is yours. Answer with the buttons.
claim-lost = Someone else was faster: the case is taken.
claim-mine = The case is yours already.
clinic-refused = This is not for you to do here.
clinic-anonymous = You are anonymous here. Turn that off to claim a case: the sender must know that a person answers.
clinic-not-claimer = Only the person who claimed the case can do that.
clinic-stale = This case is no longer open.
clinic-confirm-below = My level is higher. Press once more if you are sure.
verdict-sent = Sent to the sender.
verdict-sent-nowhere = Kept on the card. The sender can no longer be reached.

comment-claim-first = Claim the case first, then reply to its card.
comment-ask = 🗨 <b>{ $case }</b>: write your comment as a reply to this message ({ $limit } characters, name nobody). It goes to the sender at once.
comment-taken = 💬 Sent to the sender of { $case }.
comment-too-long = Please keep it to { $limit } characters.
comment-not-text = Please comment in words.

notice-verdict = 🩺 <b>{ $case }: the clinic answered</b>
notice-correction = ✏️ <b>{ $case }: CORRECTION by the clinic</b>. This replaces the answer before.
notice-comment = 💬 <b>{ $case }: a comment from the clinic</b>
notice-said = <b>{ $verdict }</b>
notice-answer-waited-for = The answer itself has not come yet.
notice-high-stays = 🔴 The level is high: <b>send your own referral today</b> on the { $pathway }, if you have not; do not wait for the clinic.
notice-replaced = <s>{ $said }</s>
    ✏️ <b>Replaced on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }):</b> see the correction below.
notice-continued = { $said }
    ⬇️ The clinic wrote again on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }): see the message below.
notice-safety-net = { $count ->
        [one] Advice from one photo.
       *[other] Advice from { $count } photos.
    } <b>If the lesion changes, bleeds or worries you or the patient, refer, whatever was answered.</b>
notice-reply = Reply to this message with a sentence or a photo to ask back.
notice-overdue = ⏰ <b>{ $case }</b>: the clinic has not answered yet. Do not wait for it: if you are worried, refer now.
notice-overdue-high = ⏰ <b>{ $case }</b>: the clinic has not answered yet. <b>Send your own referral today</b> on the { $pathway }, if you have not.
notice-lost = ⚠️ <b>{ $case }</b>: I can no longer reach the clinic, so no answer will come from there. Refer by your usual way.
group-high = ⚠️ { $case } is now rated <b>high</b>: see its card.
group-split = ✂️ { $case }: the sender says that its photos show different moles. Its card names them. Your answer counts for each of them: if it is about one, say so in a comment.
group-overdue = ⏰ { $case } has waited too long: please claim and answer it.
digest-title = { $count ->
        [one] 📋 <b>1 case is open</b>
       *[other] 📋 <b>{ $count } cases are open</b>
    }
digest-line = { $mark } { $case } · since { DATETIME($at, dateStyle: "medium", timeStyle: "short") }
digest-more = … and { $count } more

back-forwarded = Passed on to the clinic. <b>Do not wait for it if you are worried.</b>
back-cropped = ✂️ Cropped like your first photo: the clinic sees { $percent } % of each side, around the lesions that were found.
back-cropped-less = ✂️ Cropped less than your first photo, so that no lesion is cut off: the clinic sees { $percent } % of each side.
back-cropped-middle = ✂️ Cropped like your first photo: the clinic sees the middle, { $percent } % of each side. <b>If the lesion is not there, send it again with the lesion in the middle.</b>
back-card = ↩️ <b>{ $case }</b>: the sender asks back
back-too-long = <b>The photo was not read or passed on.</b> Send it again as a reply, with at most { $limit } characters beside it, and name nobody.
back-one-photo = <b>Send one photo at a time</b>, each as a reply. None of these photos was read or passed on.
back-closed = This case is closed. Send a new photo to ask again.

teach-consent = I read photos in this group for teaching rounds once their sender has accepted my terms in private.

erased-title = Erased
erased-note = The sender asked for this case to be forgotten.
erased-caption = 🗑 Erased at the sender's wish.
erased-please = <i>Please delete your own replies, if they say anything about the patient.</i>
picture-is-above = The picture stands under the group's earlier messages: the group has moved.
notice-undelivered = ⚠️ <b>{ $case }</b> could not be posted in the clinic's chat: <b>nobody there has seen it.</b> Refer by your usual way, or ask again later with the button under the answer.

# The photos that follow the card, and the locator photo.
button-add-locator = 📍 Add locator photo
button-change-locator = 📍 Locator photo: change
button-without-locator = Without a locator photo
referral-question-locator = 📍 <b>Reply to this message with a photo of the site from afar</b>, so that the clinic sees where the lesion is. The models do not read it, and it counts for no level. No face, no tattoo, nothing that identifies the patient.
locator-added = 📍 The locator photo is in the form for the clinic. <b>The models did not read it.</b> If you meant a lesion to be assessed, send that photo again once the form is sent.
referral-photos = { $count ->
        [one] 📷 The photo follows the card at full size, cropped alike.
       *[other] 📷 { $count } photos follow the card at full size, cropped alike.
    }
referral-photos-locator = { $count ->
        [one] 📷 The photo, cropped alike, and the locator photo follow the card at full size.
       *[other] 📷 { $count } photos, cropped alike, and the locator photo follow the card at full size.
    }
album-caption = { $count ->
        [0] 📷 { $case }
        [one] 📷 { $case }: the photo at full size.
       *[other] 📷 { $case }: { $count } photos at full size.
    }
album-locator = The last one is the locator photo.
album-missing = { $count ->
        [one] 1 photo could not be fetched from Telegram.
       *[other] { $count } photos could not be fetched from Telegram.
    }
card-risks = ⚠️ Risk factors: { $risks }
card-no-risks = Risk factors: { $risks }
card-made = ⚠️ { $case }, rated singly (photo { $photo }): { $mark } { $level }
card-split = ✂️ The sender says that these are different moles ({ $moles }).
card-split-count = ✂️ The sender says that these are { $count } different moles.
card-mole = photo { $photo } { $mark } { $case }
card-earlier = 🕒 This lesion before: { $levels }
card-earlier-level = { $mark } { $level } on { DATETIME($at, dateStyle: "medium") }
