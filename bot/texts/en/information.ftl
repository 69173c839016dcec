help-text =
    <b>How to use me</b>

    <b>Send a photo</b> of one skin lesion. Several photos of the same lesion: as one album, or reply to my answer with the next one; a close-up and a dermoscopic photo are read together.

    <b>A good photo</b>
    • Through a dermatoscope if you have one.
    • Sharp: rest your hand, tap the lesion to focus.
    • Daylight or a lamp from the side, no flash, no glare.
    • The lesion fills about half of the frame, hair brushed aside.
    • No face, no name label.

    <b>The answer</b>
    🔴 high · 🟠 moderate · 🔵 low · ⚪ not assessable
    Low means that the models found no sign of melanoma. It never rules one out: <b>if you are worried, or the 7-point checklist reaches 3, refer now.</b>

    <b>Commands</b>
    /history – your cases, their levels and answers
    /letter – a referral letter to print (PDF)
    /remind – reminders for a new photo
    /export – all that is kept of you
    /about – what I was tested on, versions
    /privacy – what is kept, how to be forgotten
    /language – English or French
    /forget – forget me

help-clinic =
    <b>Ask the clinic</b>
    The button under an answer sends the case to the dermatologists, once you have seen what goes and the patient agreed. Their answer comes here; reply to it to ask back.
help-admin =
    <b>For administrators</b>
    /link – link a clinic's group or channel
    /invite – a link that lets one person in
    /members – who belongs to which clinic, removing someone
    /stats – what was counted

about-title = <b>About Nevus</b>
about-what =
    Two independent classifiers, a convolutional network (CNN) and a Vision Transformer (ViT), read each photo. Fixed rules turn both opinions, the photo's quality and your findings into a level.

    A research prototype, not a medical device. The clinician decides.
about-rules = <b>How the level is decided</b>
about-rules-text =
    • The highest level of all readable photos counts. When the models disagree, it goes up by one.
    • A photo that is taken for a plain close-up is never low. Now and then a close-up is taken for a dermoscopic photo: low is not valid without a dermatoscope.
    • Nothing lowers a level.

    <b>High, whatever the models say</b>
    • Weighted 7-point checklist (NICE NG12) at 3 or more: change in size, irregular shape, irregular colour, 2 points each; diameter 7 mm or more, inflammation, oozing, change in sensation, 1 each.
    • Bleeding, growth, a nodule, or your worry.
    • ABCDE (HAS) has no official score. Our own rule: evolution, an “ugly duckling”, or any two letters: high; one letter: at least moderate.

    <b>Never low, whatever the models say</b>
    Skin types V and VI, under 18, nail, palm, sole, mucosa, scar, tattoo, treated lesion.

about-measured = <b>What was measured</b>
about-measured-none = No measurement stands in the installed release.
about-source = <b>{ $source }</b>, { $use }: { $photos } photos, { $melanomas } melanomas
about-area = • { $who }: AUC { $value } ({ $low } to { $high })
about-missed = • Melanomas rated low: { $value } ({ $low } to { $high })
about-cleared = • Lesions that were no cancer, rated low: { $value } ({ $low } to { $high })
about-measured-note = <i>In brackets: 95% intervals. AUC for melanoma: 1 is perfect, 0.5 is chance.</i>
about-number = { NUMBER($value, minimumFractionDigits: 3, maximumFractionDigits: 3) }
about-limits =
    <b>Limits</b>
    • Trained on dermoscopic photos and close-ups of mostly fair skin (types I to IV). Worse on types V and VI.
    • Not trained on: under 18, nail, mucosa, scar, tattoo, treated lesions; few palms and soles.
    • Phone photos: the close-ups came from one university and one kind of camera, so a figure on yours may be lower.
    • Figures from published photo sets; your patients differ. A figure means nothing without its prevalence: answers assume { $prevalence }, and show a figure only if two independent test sets support it.
about-versions = <b>Versions</b>
about-versions-text = Nevus { $nevus }; pair { $pair }, CNN { $cnn }, ViT { $vit }; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

source-old-archive = ISIC 2017 and 2018
source-ham = HAM10000
source-isic = ISIC archive
source-pad = smartphone photos
source-milk-closeup = close-ups of one university
source-milk-dermoscopic = dermoscopy of one university
source-acral = palms and soles
source-unused = not used in training
source-used = also used to set the levels

privacy-title = <b>Your data</b>
privacy-text =
    <b>Kept</b>
    • A random subject number, your language, and when you accepted which terms.
    • Per photo: scores, level, quality figures, versions, time, and a keyed fingerprint of the file.
    • What you answer to the checklist, and which lesions you follow.
    • What a clinic answered, when you confirmed an urgent answer, on which day you referred, and the outcome of a case, if someone notes it. Comments are encrypted and go when you are forgotten.
    • Encrypted, and erased when no longer needed: your own words for a lesion, where to send a reminder, for some hours where Telegram keeps a photo, and until 14 days after a clinic's answer what you sent it, your call-back number and where the answer goes. Where to ask for the outcome is kept for 8 weeks after your question.
    • Encrypted, for a lesion that you follow and if the patient agreed: where Telegram keeps its photos, never a copy, until you stop, 24 months after the last photo at most.
    • What you say about the patient (age band, sex, site, duration, change, risk factors, one sentence) and your reference for the patient: encrypted, until you erase them or are forgotten. No research export contains them, except what the rules use (under 18, special site, growth, change).

    <b>Not kept</b>
    • No photo, name, user name or chat number in any record. A message is stored encrypted while it is processed, then erased.

    <b>Pseudonymised, not anonymous</b>
    One row links a keyed hash of your Telegram account to your subject number. As long as it exists, your records are pseudonymised: with the key they could be linked to you. /forget destroys that row for ever; what remains are figures that belong to no one.

    <b>Elsewhere</b>
    Telegram is a third party. Photos and answers stay in this chat until you delete them, and Telegram may keep copies.
privacy-number = Your subject number is <b>{ $subject }</b>: all that an administrator sees of you.
privacy-consent = You accepted version { $version } of the terms on { DATETIME($at, dateStyle: "medium") }.
privacy-consent-none = You have not accepted the terms: your photos are not opened.

forget-ask =
    <b>Forget you?</b>

    <b>What goes:</b> the link between your Telegram account and your cases, your language, your consent, the lesions that you follow with your own words and where their photos are, your reminders, what you said about patients and your references for them, return addresses, what you and a clinic wrote, and photos that wait. What I posted about your cases in a clinic's group is deleted or replaced by an “erased” picture. Your history is then gone, for me and for you. This cannot be undone.

    <b>What I cannot delete:</b> the messages in this chat, letters and exports included, and the copies that Telegram or members of a clinic’s group may hold. Delete the chat in Telegram, “for both sides”.
forget-done =
    <b>Done: I have forgotten you.</b>

    The link to your cases is destroyed; the figures that remain belong to no one.
    The messages above are still in this chat, and Telegram may hold copies: delete the chat “for both sides”.

    /start begins again.
forget-kept = Nothing was deleted.
forget-too-late = There is nothing left to keep: what I knew about you was deleted before you pressed this button. /start begins again.
forget-nothing = I know nothing about you: there is nothing to forget. Messages in this chat are yours to delete in Telegram.
button-forget = 🗑 Yes, forget me
button-keep = No, keep everything
