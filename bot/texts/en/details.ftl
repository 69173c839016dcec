# Behind the "Details" button, and one case in the history.

details-title = <b>Case { $case }</b> · { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC

details-scores = <b>What the scores mean</b>
details-score-row = { $who }: { $opinion }. Of 100 such patients about { $few } (at { $low }), { $some } (at { $middle }) or { $many } (at { $high }) have melanoma.
details-count = { $count ->
        [0] fewer than 1
       *[other] { $count }
    }
details-score-none = No scores: the models could not read a photo of this case.
details-score-note = The percentage in brackets is how many of the patients you see with such a question have melanoma. A score means nothing without it.
who-pair = Both together
who-cnn = CNN
who-vit = ViT

details-photo = <b>Photo { $photo }</b>: { $level } · { $domain } ({ $share }) · { NUMBER($width, useGrouping: 0) } × { NUMBER($height, useGrouping: 0) } px · { $quality }
domain-dermoscopic = dermoscopic
domain-clinical = plain close-up, lower confidence
domain-other = no lesion seen
quality-good = quality sufficient

details-reasons = <b>Why this level</b>
details-models-alone = The models alone would say: { $level }.

details-rules = <b>How the level is decided</b>
details-rules-text =
    • The highest level of all readable photos counts. When the models disagree, it goes up by one.
    • A plain close-up is never low.
    • Nothing lowers a level.

    <b>High, whatever the models say</b>
    • Weighted 7-point checklist (NICE NG12) at 3 or more: change in size, irregular shape, irregular colour, 2 points each; diameter 7 mm or more, inflammation, oozing, change in sensation, 1 each.
    • Bleeding, growth, a nodule, or your worry.
    • ABCDE (HAS) has no official score. Our own rule: evolution, an “ugly duckling”, or any two letters: high; one letter: at least moderate.

    <b>Never low, whatever the models say</b>
    Skin types V and VI, under 18, nail, palm, sole, mucosa, scar, tattoo, treated lesion.

details-versions = <b>Versions</b>
details-versions-text = Pair { $pair }, CNN { $cnn }, ViT { $vit }; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

case-unknown = I have no case with this number for you. /history lists yours.

split-title = <b>Different moles</b>: this album is now { $count } cases, each with its own level.
split-caption = ✂️ { $case } was split: each photo is a case of its own now. See the message below.
split-line = <b>{ $case }</b>, photo { $photo }: { $mark } <b>{ $level }</b>
split-advice = { $mark } { $advice }
split-done = This album was split already. /history shows its cases.
