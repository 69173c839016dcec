# Checklist and context: buttons under an answer, and what they add to its caption.

button-checklist = ☑ 7-point checklist
button-patient = 👤 About the patient
button-seven-point = 7-point checklist
button-abcde = ABCDE
button-done = ✓ Done
button-ticked = ✅ { $item }
button-none-of = None of these
button-no-site = None of these sites

# NICE NG12: the first three weigh 2 points, the others 1.
seven-change-in-size = Change in size · 2
seven-irregular-shape = Irregular shape · 2
seven-irregular-colour = Irregular colour · 2
seven-diameter-7-mm = 7 mm or more · 1
seven-inflammation = Inflammation · 1
seven-oozing = Oozing · 1
seven-change-in-sensation = Itch, sensation · 1

abcde-asymmetry = A · Asymmetry
abcde-border = B · Irregular border
abcde-colour = C · Several colours
abcde-diameter = D · Growing diameter
abcde-evolution = E · Evolution
abcde-ugly-duckling = “Ugly duckling”

letter-asymmetry = A
letter-border = B
letter-colour = C
letter-diameter = D
letter-evolution = E
letter-ugly-duckling = “ugly duckling”

flag-bleeding = bleeding
flag-growth = growth
flag-nodule = nodule
flag-worry = clinician’s worry

button-bleeding = 🚩 Bleeding
button-growth = 🚩 Growth
button-nodule = 🚩 Nodule
button-worry = 🚩 I am worried

button-skin-type = { $number }
age-adult = 18 or over
age-under-18 = under 18

site-nail = nail
site-palm-or-sole = palm or sole
site-mucosa = mucosa
site-scar = scar
site-tattoo = tattoo
site-treated = treated before
button-nail = Nail
button-palm-or-sole = Palm or sole
button-mucosa = Mucosa
button-scar = Scar
button-tattoo = Tattoo
button-treated = Treated before

answers = ✍️ { $answers }
answer-seven-point = 7-point checklist { $score }/10
answer-abcde = ABCDE: { $letters }
answer-skin-type = skin type { $number }
answer-no-site = no special site

prompt-seven-point = 👇 Now { $mark } <b>{ $level }</b>, <b>{ $score } of 10 points</b>. <b>Tick what you find.</b> 3 points, or one flag: refer.
prompt-abcde = 👇 Now { $mark } <b>{ $level }</b>, <b>{ $letters } of 6</b>. <b>Tick what you find.</b> E, “ugly duckling”, two letters, or one flag: refer.

picture-is-older = ⚠️ The level has changed: the picture still shows the first one.
