# First contact, consent, language. A change of meaning in `start-*` needs a new CONSENT_VERSION (bot/conversation/request.py).

start-hello =
    <b>Nevus: a second look at a mole</b>

    Send me a photo of a skin lesion. Two independent image classifiers read it. Within seconds you get a risk level, the reasons, a picture of where they looked, and what to do next.

start-limits =
    <b>What I am not</b>
    Not a medical device and not a diagnosis: a research prototype. I can miss a melanoma. You examine the patient, and you decide.

start-terms =
    <b>Before your first photo, please accept:</b>
    • The patient agrees that you send the photo.
    • It shows no face, no name label, nothing that identifies the patient (a tattoo can).
    • It travels through Telegram, a third party, and stays in this chat until you delete it. A photo sent as a file can carry the place where it was taken: I never read it, but Telegram keeps it.
    • I keep scores, level, what you answer about the lesion, versions, time and a fingerprint of the file under a random number: no photo, no name, no chat. More in /privacy.
    • If you follow a lesion and the patient agrees to that as well, I keep, encrypted, where Telegram has its photos: never a copy, until you stop, 24 months after the last photo at most.
    • What you say about the patient (age band, sex, site, risk factors, a sentence, your reference) I keep encrypted. Name nobody there.

start-accepted = ✅ <b>Accepted</b> on { DATETIME($at, dateStyle: "medium") }.

start-ready =
    Thank you. <b>Now send me a photo.</b>

    • Best: through a dermatoscope. A plain close-up works with less confidence.
    • One lesion, sharp, well lit, filling about half of the frame.
    • Several photos of <b>one</b> lesion: send them together as an album.

start-ready-held =
    { $count ->
        [one] Thank you. I am now reading the photo that you sent.
       *[other] Thank you. I am now reading the { $count } photos that you sent.
    }

start-again =
    You have accepted the terms. Send me a photo whenever you like; /help says how to take a good one.

consent-ask =
    📷 Your photo waits: I have not opened it.

    I read it as soon as you accept the terms below. Without that, I delete the reference to it within 24 hours.

consent-changed = <b>The terms have changed since you accepted them.</b> Please read them again.

consent-outdated = The terms have changed since that message. Here are the new ones.

consent-needed = Please accept the terms first: /start

button-accept = ✅ I accept

language-question = In which language shall I answer?
language-set = I answer in English from now on.
language-name = English
language-switch = Français
