# An urgent answer: confirmed by the sender, or telephoned about.

referral-question-phone = On which number may the clinic call you back? <b>Reply to this message</b> with it. Only the dermatologist who claims the case can open it, and it is used if you do not confirm an urgent answer.
button-add-phone = ☎ Add a call-back number
button-without-phone = Without a number
referral-no-phone = Please write a telephone number in digits, for example +44 20 7946 0018.

card-seen = 👁 Seen by the sender on { DATETIME($at, dateStyle: "medium", timeStyle: "short") }.
card-referred = 📨 The sender referred the patient on { DATETIME($at, dateStyle: "medium") }.
card-unconfirmed = ⏳ The sender has not confirmed yet.

notice-said-urgent = 🔴 <b>REFER TODAY. { $verdict }</b>
notice-replaces-urgent = ✏️ <b>This replaces the clinic's answer “{ $verdict }”</b> of { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
notice-other-urgent = 🔴 <b>REFER TODAY. { $verdict }</b>: this answer of the clinic to another request about the case holds. What follows does not replace it.
notice-still-urgent = 🔴 <b>REFER TODAY. { $verdict }</b>: this answer holds until the clinic replaces it.
notice-please-confirm = Please press <b>Seen</b>: the clinic waits for it, and will ask again until you do.
notice-seen = 👁 Seen on { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }). Once the patient is referred, press <b>Referred</b>.
notice-referred = 📨 Referred on { DATETIME($at, dateStyle: "medium") }.
button-seen = 👁 Seen
button-referred = 📨 Referred on …
button-referred-otherwise = 📨 Another day
button-referred-on = { DATETIME($at, dateStyle: "medium") }
button-phone = ☎ Call-back number
button-reached = ✅ Reached by telephone
phone-shown = { $case }: { $phone }
phone-gone = The number is no longer kept.
urgent-noted = Noted.
urgent-known = This is confirmed already.
urgent-replaced = The clinic has corrected this answer: see the newer message.
urgent-reminder = ⏰ 🔴 <b>{ $case }: the clinic answered URGENT, and you have not confirmed it. REFER TODAY</b> on the { $pathway }, then press <b>Seen</b>.
urgent-telephone = ☎ <b>{ $case }: the urgent answer is not confirmed.</b> { $name }, please telephone the sender today. Only you can open the number.
urgent-telephone-someone = ☎ <b>{ $case }: the urgent answer is not confirmed.</b> If you claimed the case, please telephone the sender today. Only you can open the number.
urgent-reached = ☎ { $case }: the sender was reached by telephone.
urgent-unconfirmed-phone = 🚨 <b>{ $case }: nobody has confirmed the urgent answer, and we cannot telephone</b>: the sender left no number.
urgent-unconfirmed-claimer = 🚨 <b>{ $case }: nobody has confirmed the urgent answer, and we cannot telephone</b>: the dermatologist who claimed the case, and who alone can open the number, may no longer answer here. <b>Please claim the case, and telephone the sender today.</b>
urgent-unconfirmed-unreachable = 🚨 <b>{ $case }: nobody has confirmed the urgent answer</b>, and the sender can no longer be reached through me. Only the claimer can open the number: please telephone now.
