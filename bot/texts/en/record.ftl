# The sender's own record: lesions, reminders, letter, export.

# Two-word labels. Same length in both languages; no medical word, no colour, no name.
lesion-first-words = quiet, distant, ancient, northern, southern, eastern, western, wintry, vernal, summery, autumnal, peaceful, windy, misty, starry, hidden, silent, cheerful, royal, lunar, maritime, wooded, rural, alpine
lesion-second-words = harbour, garden, trail, mill, lighthouse, bridge, village, brook, dale, orchard, pond, belfry, market, workshop, refuge, quay, shore, hamlet, glacier, desert, archipelago, canal, plateau, summit
lesion-label = { $first } { $second }

button-lesion = 📌 Follow
button-letter = ✉️ Letter
button-new-lesion = ➕ A lesion that I have not followed
button-same-lesion = 📌 { $label }
button-timeline = 📈 Timeline
button-own-words = ✏️ My own words
button-no-words = Erase my words
button-remind = ⏰ Remind me
button-leave-lesion = Not this lesion
button-open-case = Open { $case }
button-letter-text = 📋 Copy as text
button-letter-language = In French

lesion-ask = <b>{ $case }</b>: which lesion does it show?
lesion-left = ↩️ <b>{ $case }</b> has left the lesion. What it took over from there stays: reference, age, sex, risk factors, skin type, special sites. <b>Another patient?</b> Correct them under “About the patient”.
lesion-page =
    📌 <b>{ $label }</b>
    { $count ->
        [one] Followed since { $case }.
       *[other] { $count } cases, the last one { $case }.
    }
lesion-own-words = ✏️ <i>{ $words }</i>
lesion-row = { $mark } { DATETIME($at, dateStyle: "medium") } · { $case } · { $level }
answers-also = 📌 <b>Also noted for { $cases }</b>: the same lesion or patient, where this was not answered. A slip has to be corrected there, too.
lesion-answers-shared = ⚠️ Under 18, skin type V or VI, or a special site: this holds for every photo of a lesion. Taken over from another photo for <b>{ $cases }</b>, which cannot be low.
lesion-how = <i>As of { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Another photo of it later: send the photo, then “Follow” and this label under its answer.</i>
lesion-agree =
    🖼 <b>Compare its photos later?</b> Ask the patient. With the patient's agreement I keep, encrypted, where Telegram has the photos of this lesion, never a copy: until you stop, or 24 months after the last photo.
button-agree-photos = ✅ The patient agreed: keep photos
lesion-photos = { $count ->
        [0] 🖼 The patient agreed. None of its photos can be found any more; new ones are kept
        [one] 🖼 The patient agreed: photos of 1 case are kept
       *[other] 🖼 The patient agreed: photos of { $count } cases are kept
    } until { DATETIME($at, dateStyle: "medium") } at most.
button-stop-photos = 🚫 Stop keeping photos
lesion-words-ask =
    Write your own words for “{ $label }” as your next message, 80 characters at most.

    <b>Name nobody:</b> no name, no initials, no date of birth, no address. They are kept encrypted, shown to you alone, and never posted unless you see and confirm it. The message that you write stays in this chat until you delete it.
lesion-words-kept = Kept for “{ $label }”: <i>{ $words }</i>
lesion-words-long = That is { $count } characters long; 80 at most. Write it shorter.
lesion-words-erased = Erased. The label stays: { $label }.
lesion-full = You follow as many lesions as there are labels. Take one that is there.
timeline-title = { $label }
timeline-caption =
    📈 <b>{ $label }</b>
    { $count ->
        [one] 1 case so far.
       *[other] { $count } cases.
    } As of { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Levels of the answers, not sizes: a low level never outweighs a change that you see.

remind-ask = ⏰ When shall I ask you for a new photo of <b>{ $case }</b>?
remind-set = ⏰ I will ask you for a new photo of <b>{ $case }</b> on { DATETIME($at, dateStyle: "medium") }. /remind lists and cancels.
remind-weeks = { $count ->
        [one] 1 week
       *[other] { $count } weeks
    }
remind-months = { $count ->
        [one] 1 month
       *[other] { $count } months
    }
remind-list = { $count ->
        [one] <b>Your reminder</b>
       *[other] <b>Your { $count } reminders</b>
    }
remind-row = ⏰ { DATETIME($at, dateStyle: "medium") } · { $case }
remind-none = No reminder is set. Open a case in /history, press “Follow”, then “Remind me”; or write /remind and the number of the case.
remind-cancelled = Cancelled: { $case }.
button-cancel-reminder = ✖ { $case } · { DATETIME($at, dateStyle: "medium") }
reminder-due = ⏰ <b>A new photo of { $case } is due.</b> Compare with the first one; if it has changed, or you are worried, refer now. After the answer press “Follow” to keep both together.

caption-command = I read the photo as a case first. For { $command }, use the buttons under its answer, or send { $command } once more.
caption-list = I read the photo as a case first: { $command } does not have it yet. Send { $command } once more, without a photo.
caption-not-kept = The caption of { $case } is not kept and changes no level: tick growth, bleeding or your worry in the checklist, or write one sentence for the letter.
letter-none = There is no case yet to write a letter about. Send me a photo first.
letter-caption = ✉️ { $case }: print it, fill in the patient by hand, sign. I know no name.
letter-file = letter-{ $case }.pdf

export-caption = 📦 All that is kept of you: { $count ->
        [one] 1 case
       *[other] { $count } cases
    }, as CSV and JSON, with a README. The file stays in this chat until you delete it.
export-nothing = Nothing is kept of you.

history-filter-all = All
history-filter-level = { $mark } { $level }
history-empty-level = No case of this level.
history-verdict = 🩺 { $verdict }

forget-open = ⚠️ { $count ->
        [one] <b>One referral is open</b>: { $cases }. Its answer will not reach you any more.
       *[other] <b>{ $count } referrals are open</b>: { $cases }. Their answers will not reach you any more.
    } If in doubt, refer by your own letter first.
timeline-date = { DATETIME($at, dateStyle: "medium") }

export-readme =
    All that Nevus keeps of you ({ $subject }), as of { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC.

    cases.csv        one row a case: number, time (UTC), level answered, level of the networks alone, reasons, photos, lesion, what you answered
    photos.csv       one row a photo: level, kind, scores (0 to 1, calibrated at 50% prevalence: no risk of a patient), keyed fingerprint of the file
    everything.json  the same and more: quality figures, opinions, versions, consent, what you said about the patients and your references for them, your own words, where Telegram has the photos of followed lesions and, for some hours, of new cases, which messages show cases, what I wait for, reminders, clinics, what you sent them and what they answered

    No photo and no name is kept; a chat only encrypted, and only while a reminder or an answer has to find it.

    Not in this file: encrypted addresses (your chat, ids of messages, the keyed hash of your account), which say nothing without the key; messages on their way, which are erased once they are read or sent; answers that you gave to other senders as a dermatologist, which belong to their cases; and the audit trail, which holds earlier levels and answers of the same cases by subject number, and stays as it is. /forget destroys the link between you and all of this.
