# About the patient: asked once for a case, used in the clinic's card, the letter and the export.

patient-age-under-18 = under 18
patient-age-18-39 = 18–39
patient-age-40-59 = 40–59
patient-age-60-79 = 60–79
patient-age-80-up = 80 or over
patient-sex-female = woman
patient-sex-male = man
patient-sex-other = other
patient-site-head = head
patient-site-neck = neck
patient-site-chest = chest
patient-site-back = back
patient-site-abdomen = abdomen
patient-site-arm = arm
patient-site-hand = hand
patient-site-palm-or-sole = palm or sole
patient-site-leg = leg
patient-site-foot = foot
patient-site-nail = nail
patient-site-genital = genital area
patient-site-mucosa = mucosa
patient-duration-weeks = for weeks
patient-duration-months = for months
patient-duration-years = for years
patient-duration-always = always there
patient-change-unchanged = unchanged
patient-change-growing = growing
patient-change-changed = changing colour or shape
# “Unchanged” was answered, and the checklist says otherwise.
patient-change-disagrees = { $sign } and “unchanged”: answers disagree
sign-growth = growth
sign-diameter = growing diameter
sign-evolution = evolution
sign-size = change in size
patient-risk-own-melanoma = previous melanoma
patient-risk-family-melanoma = melanoma in the family
patient-risk-many-moles = many moles
patient-risk-immunosuppression = immunosuppression
patient-risk-sunburns = severe sunburns
patient-no-risks = none

prompt-patient = 👇 Now { $mark } <b>{ $level }</b>. { $question }
patient-question-all = <b>About the patient.</b> Used in the letter and when you ask the clinic. Answer what you like.
patient-question-age = <b>How old is the patient?</b>
patient-question-sex = <b>The patient’s sex?</b>
patient-question-site = <b>Where is the lesion?</b>
patient-question-duration = <b>Since when is it there?</b>
patient-question-change = <b>Has it changed?</b> “Growing” ticks the red flag, “changing” the E of ABCDE.
patient-question-skin = <b>Skin type, and the skin at this place?</b>
patient-site-stays = ℹ️ The site stays: { $site }.
patient-question-risks = <b>Risk factors?</b> Tick all that apply.
patient-name-age = Age
patient-name-sex = Sex
patient-name-site = Site
patient-name-duration = How long
patient-name-change = Change
patient-name-skin = Skin
patient-name-risks = Risk factors
patient-name-sentence = ✏️ One sentence
patient-name-reference = 🔖 My reference
patient-stated = { $name }: { $answer }
button-all-questions = ‹ All
button-next-question = Next ›

patient-sentence-ask =
    ✏️ <b>{ $case }: write one sentence about it in your next message</b>, { $limit } characters at most.

    <b>Name nobody:</b> no name, no initials, no date of birth, no address. It is kept encrypted, for your letter and, once you have seen it there, for the clinic. It is in no log and no research export. Your message stays in this chat until you delete it.
patient-sentence-kept = 📝 <b>{ $case }: kept.</b> “{ $words }”
patient-sentence-flags = A sentence changes no level: tick growth, bleeding or your worry in the checklist.
patient-sentence-erased = { $case }: the sentence is erased.
patient-reference-ask =
    🔖 <b>{ $case }: write your own reference for this patient in your next message</b>, { $limit } characters at most, such as the number of the record in your practice.

    <b>No names</b>, no initials, no date of birth. It is kept encrypted. I show it to you alone: in /history, under a followed lesion, in reminders and in the letter. /history and the reference find its cases.
patient-reference-kept = 🔖 { $case }: your reference is “{ $words }”. /history { $words } finds it.
patient-reference-erased = { $case }: your reference is erased.
patient-too-long = That is { $count } characters long; { $limit } at most. Write it shorter.
patient-so-far = So far: “{ $words }”
patient-stopped = { $case }: nothing was added.
button-write-again = ✏️ Write it again
button-erase-words = Erase it
button-write-nothing = ✖ Write nothing
button-none-of-risks = None of these
patient-taken-back = ⚠️ <b>Taken back with this answer</b>: { $items }. Tick it again if it was seen.
